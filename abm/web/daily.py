"""The activity report 日報: what each rep did day by day, on the screen, on paper and as a file."""

import uuid
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.handoff.activities import LOGGED
from abm.reports.daily import Activity, Deed, Period, read_activity
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_id, read_day
from abm.web.downloads import csv_answer
from abm.web.labels import label
from abm.web.tables import Plain
from abm.words import Role

bp = Blueprint("daily", __name__, url_prefix="/reports/daily")

# Longer than a quarter is no report of days any more.
LONGEST = timedelta(days=92)


@bp.get("")
@requires(Role.SALES)
def index() -> ResponseReturnValue:
    """A rep sees the own days, who oversees sees everybody's; today unless other days are asked for."""
    with work() as act:
        today = local_day(act.at, settings().zone)
        period = _period(today)
        found = read_activity(act.session, period)
        reps = _reps(act.session, period)
    return render_template(
        "daily/index.html",
        found=found,
        period=period,
        reps=reps,
        kinds=list(LOGGED),
        today=today,
        monday=today - timedelta(days=today.weekday()),
        is_printed=request.args.get("print") == "1",
    )


@bp.get("/file")
@requires(Role.SALES)
def file() -> ResponseReturnValue:
    """The same lines as CSV."""
    with work() as act:
        period = _period(local_day(act.at, settings().zone))
        found = read_activity(act.session, period)
    name = _("Activity report %(first)s to %(last)s", first=period.first.isoformat(), last=period.last.isoformat())
    heads = (
        _("Day"),
        _("Time"),
        _("Rep"),
        _("What was it"),
        _("Company"),
        _("Department"),
        _("Person"),
        _("Minutes (meeting)"),
        _("What it came to"),
    )
    return csv_answer(name, heads, _rows(found))


def _rows(found: Activity) -> list[tuple[Plain, ...]]:
    return [_row(day.day, deed) for day in found.days for deed in day.deeds]


def _row(day: date, deed: Deed) -> tuple[Plain, ...]:
    time = deed.happened_at.astimezone(settings().zone).strftime("%H:%M")
    who = (deed.account, deed.department, deed.contact)
    return day, time, deed.user, label(deed.kind, "ItemKind"), *who, deed.minutes, deed.body


def _period(today: date) -> Period:
    """The days asked for, in their order and no more than a quarter; a rep's are the rep's own."""
    last = min(read_day(request.args.get("to", "")) or today, today)
    first = min(read_day(request.args.get("from", "")) or last, last)
    return Period(max(first, last - LONGEST), last, settings().zone, _whose())


def _whose() -> uuid.UUID | None:
    me = current_user()
    return asked_id("rep") if me.may(Role.MARKETER) else me.id


def _reps(session: Session, period: Period) -> list[tuple[str, str]]:
    """Whose work may be looked at; a rep has no choice."""
    if not current_user().may(Role.MARKETER):
        return []
    return [("", _("Everybody")), *owners(session, [period.user_id])]
