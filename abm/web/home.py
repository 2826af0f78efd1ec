"""Home: what is warm now, what waits for me, what runs, what happened last."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.reports.folds import fold_lines
from abm.reports.home import demo_progress, read_home
from abm.web.access import current_user, requires
from abm.web.activities import mine_now
from abm.web.acts import settings, work
from abm.web.asked import fragment
from abm.words import Role

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The day at a glance; while the demo plays, its part of the page asks again by itself."""
    with work() as act:
        me = current_user()
        view = read_home(act.session, me.id, act.at, oversees=me.may(Role.MARKETER))
        mine = mine_now(act.session, act.at)
        demo = demo_progress(act.session)
        away = away_on(act.session, local_day(act.at, settings().zone))
    template = "home/_now.html" if fragment() else "home/index.html"
    folds = fold_lines(view.lines, settings().zone)
    return render_template(template, view=view, folds=folds, demo=demo, mine=mine, away=away, now=act.at)
