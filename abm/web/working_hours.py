"""The company calendar as settings: hours, clocks of tasks, and days that differ from the usual week."""

import uuid
from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from abm.clock import local_day
from abm.customers.company_calendar import (
    COLUMNS,
    DaysOff,
    add_days,
    list_days,
    read_calendar,
    read_clocks,
    remove_days,
    set_hours,
)
from abm.customers.working_hours import Clocks, Hours
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_day
from abm.web.forms import refused
from abm.words import Role

bp = Blueprint("working_hours", __name__, url_prefix="/settings/hours")

LONGEST_NUMBER = 6


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """When the firm works; administrators change it."""
    return _page({}, {})


@bp.post("")
@requires(Role.ADMIN)
def keep() -> ResponseReturnValue:
    """Set hours, days of the week and clocks."""
    form = request.form
    opens, closes = read_time(form.get("opens", "")), read_time(form.get("closes", ""))
    numbers = {clock: read_number(form.get(column, "")) for clock, column in COLUMNS.items()}
    problems = {name: "required" for name, hour in (("opens", opens), ("closes", closes)) if hour is None}
    problems |= {COLUMNS[clock]: "hours_unreadable" for clock, number in numbers.items() if number is None}

    def save() -> None:
        assert opens is not None
        assert closes is not None
        clocks = Clocks({clock: number for clock, number in numbers.items() if number is not None})
        with work() as act:
            set_hours(act.session, Hours(opens, closes, read_week(form)), clocks, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _page(form, errors), status
    flash(_("The working hours were saved. Tasks that are running keep their deadline."), "success")
    return redirect(url_for("working_hours.index"), 303)


@bp.post("/days")
@requires(Role.ADMIN)
def add() -> ResponseReturnValue:
    """Keep days on which the firm rests, or works, unlike its week."""
    form = request.form
    first = read_day(form.get("from_on", ""))
    last = read_day(form.get("until_on", "")) or first
    problems = {"from_on": "required"} if first is None else {}

    def save() -> None:
        assert first is not None
        assert last is not None
        works, yearly = form.get("is_working") == "1", form.get("every_year") == "1"
        with work() as act:
            off = DaysOff(first, last, form.get("name", ""), works, yearly)
            add_days(act.session, off, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _page(form, errors), status
    flash(_("The days were saved."), "success")
    return redirect(url_for("working_hours.index"), 303)


@bp.post("/days/<uuid:day_id>/remove")
@requires(Role.ADMIN)
def remove(day_id: uuid.UUID) -> ResponseReturnValue:
    """These days are like all others again."""
    with work() as act:
        remove_days(act.session, day_id, by=current_user().id, at=act.at)
    flash(_("The days were taken away."), "success")
    return redirect(url_for("working_hours.index"), 303)


def read_time(text: str) -> time | None:
    """The time of day in a text as time fields send it."""
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """The whole number in a text, if it is one."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def read_week(form: MultiDict[str, str]) -> frozenset[int]:
    """The days of the week that were ticked; Monday is 1."""
    return frozenset(int(day) for day in form.getlist("work_days") if day.isdecimal() and len(day) == 1)


def name_week() -> list[tuple[int, str]]:
    """The days of the week by number."""
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return list(enumerate(names, 1))


def _page(values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        calendar, clocks = read_calendar(act.session, settings().zone), read_clocks(act.session)
        days, today = list_days(act.session), local_day(act.at, settings().zone)
    shown = [day for day in days if day.every_year or day.until_on >= today]
    # Days that ship carry a code for a name, so that each reader sees it in their own language.
    names = {"new_year": _("Year-end and New Year"), "obon": _("Obon")}
    known = {"hours": calendar.hours, "clocks": clocks.hours, "columns": COLUMNS, "week": name_week()}
    return render_template("settings/hours.html", values=values, errors=errors, days=shown, names=names, **known)
