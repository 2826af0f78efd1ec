"""The contact guard's policy as settings: the live version as a form and as YAML, and the versions before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from abm.errors import Conflict, Invalid
from abm.guard.live import get_version
from abm.guard.policy import in_order
from abm.guard.publish import Publishing, list_versions, publish_policy
from abm.guard.validate import check_document, check_yaml
from abm.models import GuardPolicy, User
from abm.scoring.document import write_yaml
from abm.scoring.faults import Fault
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.guard_policy_form import by_place, limit_lines, read_policy_form, rule_lines, window_of
from abm.web.labels import problem
from abm.web.model_form import differences
from abm.web.yaml_files import given_yaml, told_faults, yaml_file
from abm.words import Role

bp = Blueprint("guard_policies", __name__, url_prefix="/settings/guard")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The live policy; administrators change it."""
    return _index_page()


@bp.get("/versions/<int:version>")
@requires(Role.VIEWER)
def show(version: int) -> ResponseReturnValue:
    """A version as it was published, beside the live one."""
    with work() as act:
        found, live = get_version(act.session, version), get_version(act.session)
    differing = differences(in_order(live.document), in_order(found.document))
    return render_template("guard_policies/show.html", version=found, live=live, differences=differing)


@bp.get("/versions/<int:version>.yaml")
@requires(Role.VIEWER)
def download(version: int) -> ResponseReturnValue:
    """A version as a file."""
    with work() as act:
        document = get_version(act.session, version).document
    return yaml_file(in_order(document), f"guard-policy-{version}.yaml")


@bp.post("")
@requires(Role.ADMIN)
def publish() -> ResponseReturnValue:
    """Make what was typed the live policy; faults are shown beside the fields, and nothing changes."""
    document = read_policy_form(request.form)
    checked = check_document(document)
    if checked.faults:
        return _index_page(document, checked.faults), 422
    return _publish(document)


@bp.post("/yaml")
@requires(Role.ADMIN)
def replace() -> ResponseReturnValue:
    """Make a file or text in YAML the live policy."""
    checked = check_yaml(given_yaml() or b"")
    if checked.faults:
        return _index_page(faults=checked.faults, text=request.form.get("text")), 422
    return _publish(checked.document)


def _publish(document: Mapping[str, Any]) -> ResponseReturnValue:
    form = request.form
    based_on = int(form["based_on"]) if form.get("based_on", "").isdecimal() else 0
    try:
        with work() as act:
            publishing = Publishing(based_on, act.at, current_user().id, form.get("note"))
            version = publish_policy(act.session, document, publishing)
    except (Invalid, Conflict) as error:
        return _index_page(document, error=_refusal(error)), 422
    flash(_("Version %(version)s is live. Mail that is held is decided again by it.", version=version), "success")
    return redirect(url_for("guard_policies.index"), 303)


def _refusal(error: Invalid | Conflict) -> str:
    return {
        "published_meanwhile": _("Another version was published meanwhile: look at what differs from it first."),
        "same_policy": _("Nothing differs from the live policy."),
    }.get(error.code) or problem(error)


def _index_page(
    document: Mapping[str, Any] | None = None,
    faults: Sequence[Fault] = (),
    *,
    text: str | None = None,
    error: str = "",
) -> str:
    with work() as act:
        names = {user.id: user.name for user in act.session.scalars(select(User))}
        versions = list_versions(act.session)
    live: GuardPolicy = next(version for version in versions if version.is_live)
    shown = live.document if document is None else document
    return render_template(
        "guard_policies/index.html",
        live=live,
        versions=versions,
        names=names,
        rules=rule_lines(shown),
        limits=limit_lines(shown),
        window=window_of(shown),
        told=by_place(faults) if document is not None else {},
        faults=told_faults(faults),
        text=write_yaml(in_order(live.document)) if text is None else text,
        error=error,
    )
