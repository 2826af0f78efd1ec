"""The send calendar as a page: the weeks around a day, by sequence, and where caps would bite."""

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from abm.clock import local_day
from abm.guard.live import live_policy
from abm.reports.send_calendar import send_calendar
from abm.web.access import requires
from abm.web.acts import settings, work
from abm.web.asked import read_day
from abm.words import Role

bp = Blueprint("send_calendar", __name__, url_prefix="/send-calendar")

WEEKS = 5
# Further than this nobody plans, and calendars end.
FARTHEST = timedelta(days=3 * 366)


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Five weeks from the week of the day asked for on, today's by default."""
    with work() as act:
        today = local_day(act.at, settings().zone)
        first = _near(read_day(request.args.get("from", "")) or today, today)
        policy = live_policy(act.session)
        calendar = send_calendar(act.session, first, WEEKS, policy, zone=settings().zone, now=act.at)
    monday, step = first - timedelta(days=first.weekday()), timedelta(weeks=WEEKS - 1)
    return render_template(
        "send_calendar/index.html", calendar=calendar, today=today, before=monday - step, after=monday + step
    )


def _near(day: date, today: date) -> date:
    return min(max(day, today - FARTHEST), today + FARTHEST)
