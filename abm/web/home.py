"""Home: what is warm now, what waits for me, what runs, what happened last."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from abm.reports.home import demo_progress, read_home
from abm.reports.timeline import fold_machines
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import fragment
from abm.words import Role

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The day at a glance; while the demo plays, its part of the page asks again by itself."""
    with work() as act:
        view = read_home(act.session, current_user().id, act.at)
        demo = demo_progress(act.session)
    template = "home/_now.html" if fragment() else "home/index.html"
    return render_template(template, view=view, folds=list(fold_machines(view.lines)), demo=demo, now=act.at)
