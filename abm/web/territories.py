"""Territories as settings: who looks after accounts without an owner, by prefecture, industry and tier."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.territories import Area, add_territory, list_territories, move_territory, remove_territory
from abm.reports.territories import industries_in_use, prefectures_in_use
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import read_id
from abm.web.forms import refused
from abm.words import Role

bp = Blueprint("territories", __name__, url_prefix="/settings/territories")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Every territory in the order in which they are asked."""
    return _page({}, {})


@bp.post("")
@requires(Role.ADMIN)
def add() -> ResponseReturnValue:
    """Keep a territory behind those there are."""
    form = request.form
    user_id = read_id(form.get("user_id", ""))
    problems = {"user_id": "required"} if user_id is None else {}
    named = {name: form.get(name, "").replace("\0", "").strip() or None for name in ("prefecture", "industry", "tier")}

    def save() -> None:
        assert user_id is not None
        with work() as act:
            add_territory(act.session, Area(user_id, **named), by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _page(form, errors), status
    flash(_("The territory was saved."), "success")
    return redirect(url_for("territories.index"), 303)


@bp.post("/<uuid:territory_id>/up")
@requires(Role.ADMIN)
def move(territory_id: uuid.UUID) -> ResponseReturnValue:
    """Ask it before the one above."""
    with work() as act:
        move_territory(act.session, territory_id, by=current_user().id, at=act.at)
    return redirect(url_for("territories.index"), 303)


@bp.post("/<uuid:territory_id>/remove")
@requires(Role.ADMIN)
def remove(territory_id: uuid.UUID) -> ResponseReturnValue:
    """Nobody looks after it any more."""
    with work() as act:
        remove_territory(act.session, territory_id, by=current_user().id, at=act.at)
    flash(_("The territory was taken away."), "success")
    return redirect(url_for("territories.index"), 303)


def _page(values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        known = {
            "territories": list_territories(act.session),
            "owners": owners(act.session),
            "prefectures": prefectures_in_use(act.session),
            "industries": industries_in_use(act.session),
        }
    return render_template("settings/territories.html", values=values, errors=errors, **known)
