"""Absences as settings: who is away when, entered by oneself or by an administrator."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.clock import local_day
from abm.customers.absences import Leave, cancel_absence, enter_absence, list_absences
from abm.models import Absence
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_day, read_id
from abm.web.forms import refused
from abm.words import Role

bp = Blueprint("absences", __name__, url_prefix="/settings/absences")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Who is away now or will be."""
    return _page({}, {})


@bp.post("")
@requires(Role.VIEWER)
def enter() -> ResponseReturnValue:
    """Keep an absence of one's own; administrators enter anybody's."""
    form = request.form
    user_id = read_id(form.get("user_id", "")) or current_user().id
    _check_right(user_id)
    first, last = read_day(form.get("from_on", "")), read_day(form.get("until_on", ""))
    problems = {name: "required" for name, day in (("from_on", first), ("until_on", last)) if day is None}

    def save() -> None:
        assert first is not None
        assert last is not None
        note = form.get("note", "").replace("\x00", "").strip() or None
        leave = Leave(user_id, first, last, read_id(form.get("substitute_id", "")), note)
        with work() as act:
            today = local_day(act.at, settings().zone)
            enter_absence(act.session, leave, by=current_user().id, at=act.at, today=today)

    errors, status = refused(problems, save)
    if errors:
        return _page(form, errors), status
    flash(_("The absence was saved. New tasks go to others meanwhile."), "success")
    return redirect(url_for("absences.index"), 303)


@bp.post("/<uuid:absence_id>/cancel")
@requires(Role.VIEWER)
def cancel(absence_id: uuid.UUID) -> ResponseReturnValue:
    """The person is there after all."""
    with work() as act:
        absence = act.session.get(Absence, absence_id)
        if absence is not None:
            _check_right(absence.user_id)
            cancel_absence(act.session, absence_id, by=current_user().id, at=act.at)
    flash(_("The absence was cancelled."), "success")
    return redirect(url_for("absences.index"), 303)


def _check_right(user_id: uuid.UUID) -> None:
    me = current_user()
    if user_id != me.id and not me.may(Role.ADMIN):
        abort(403)


def _page(values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        today = local_day(act.at, settings().zone)
        known = {"absences": list_absences(act.session, today), "owners": owners(act.session), "today": today}
    return render_template("settings/absences.html", values=values, errors=errors, **known)
