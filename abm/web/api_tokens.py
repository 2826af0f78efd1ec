"""API tokens as settings: which other systems may ask, and what; each secret shown once, each token revocable."""

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.api_tokens import make_api_token, revoke_api_token
from abm.models import ApiToken
from abm.reports.api_tokens import list_tokens
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.forms import refused, why_not
from abm.words import ApiScope, Role
from campaigns.starting import names_by_api

bp = Blueprint("api_tokens", __name__, url_prefix="/settings/tokens")

# What stands in an example until a sequence can be named.
ANY_SEQUENCE = "NAME"


@bp.get("")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Every token without its secret, and how to ask with one."""
    return _page({}, [], {})


@bp.post("")
@requires(Role.ADMIN)
def make() -> ResponseReturnValue:
    """A new token; its secret is shown this once."""
    name = request.form.get("name", "").replace("\0", "")
    chosen = [ApiScope(scope) for scope in request.form.getlist("scopes") if scope in set(ApiScope)]
    made: list[tuple[ApiToken, str]] = []

    def save() -> None:
        with work() as act:
            made.append(make_api_token(act.session, name, chosen, act.at, by=current_user().id))

    errors, status = refused({}, save)
    if errors:
        return _page({"name": name}, chosen, errors), status
    ((token, secret),) = made
    # Shown, never redirected to: the secret stands in no address bar and in no log of ours.
    with work() as act:
        names = names_by_api(act.session)
    return render_template("settings/token.html", token=token, secret=secret, **_asking(names))


@bp.post("/<uuid:token_id>/revoke")
@requires(Role.ADMIN)
def revoke(token_id: uuid.UUID) -> ResponseReturnValue:
    """Make a token worth nothing from now on."""

    def save() -> None:
        with work() as act:
            revoke_api_token(act.session, token_id, act.at, by=current_user().id)

    if problem := why_not(save):
        flash(problem, "warning")
    else:
        flash(_("The token was revoked. Whoever sends it is refused from now on."), "success")
    return redirect(url_for("api_tokens.index"), 303)


def _page(values: Mapping[str, str], chosen: list[ApiScope], errors: Mapping[str, str]) -> str:
    with work() as act:
        (good, revoked), names = list_tokens(act.session), names_by_api(act.session)
    known = {"good": good, "revoked": revoked, "values": values, "chosen": chosen, "errors": errors}
    return render_template("settings/tokens.html", **known, **_asking(names))


def _asking(names: list[str]) -> dict[str, object]:
    """What an example of asking needs."""
    return {
        "names": names,
        "base": settings().public_url + "/api",
        "sequence": names[0] if names else ANY_SEQUENCE,
        "most": settings().api_requests,
    }
