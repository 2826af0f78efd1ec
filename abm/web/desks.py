"""Desks as settings: manager, weekly capacity and hours of everybody who gets tasks."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.company_calendar import read_calendar
from abm.handoff.desks import Terms, set_terms
from abm.reports.desks import list_desks
from abm.reports.working import owners
from abm.users import get_user
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_id
from abm.web.forms import refused
from abm.web.working_hours import name_week, read_number, read_time, read_week
from abm.words import Role

bp = Blueprint("desks", __name__, url_prefix="/settings/desks")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Who has how much room this week, and who their manager is."""
    with work() as act:
        desks = list_desks(act.session, act.at, settings().zone)
    return render_template("settings/desks.html", desks=desks)


@bp.get("/<uuid:user_id>")
@requires(Role.ADMIN)
def edit(user_id: uuid.UUID) -> ResponseReturnValue:
    """The terms of one user."""
    return _page(user_id, {}, {})


@bp.post("/<uuid:user_id>")
@requires(Role.ADMIN)
def keep(user_id: uuid.UUID) -> ResponseReturnValue:
    """Change how somebody works from now on."""
    form = request.form
    problems = {
        name: "hour_unreadable"
        for name in ("works_from", "works_until")
        if form.get(name) and not read_time(form[name])
    }
    capacity = read_number(form.get("weekly_capacity", ""))
    if form.get("weekly_capacity", "").strip() and capacity is None:
        problems["weekly_capacity"] = "capacity_unreadable"

    def save() -> None:
        terms = Terms(
            read_id(form.get("manager_id", "")),
            capacity,
            read_time(form.get("works_from", "")),
            read_time(form.get("works_until", "")),
            read_week(form),
        )
        with work() as act:
            set_terms(act.session, user_id, terms, by=current_user().id, at=act.at, zone=settings().zone)

    errors, status = refused(problems, save)
    if errors:
        return _page(user_id, form, errors), status
    flash(_("Saved."), "success")
    return redirect(url_for("desks.index"), 303)


def _page(user_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        user = get_user(act.session, user_id)
        managers = [(key, name) for key, name in owners(act.session) if key != str(user_id)]
        usual = read_calendar(act.session, settings().zone).hours
    known = {"user": user, "managers": managers, "usual": usual, "week": name_week()}
    return render_template("settings/desk.html", values=values, errors=errors, **known)
