"""The scoring model as settings: versions, drafts as form and YAML, golden accounts, publishing with progress."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from abm.errors import Conflict, Invalid, NotFound
from abm.models import ModelDraft, ScoreModel, User
from abm.scoring.document import write_yaml
from abm.scoring.draft import change_draft, drop_draft, get_draft, list_drafts, open_draft, renew_draft
from abm.scoring.faults import Fault
from abm.scoring.golden import GoldenResult
from abm.scoring.live import get_version
from abm.scoring.model import in_order
from abm.scoring.publish import list_versions, publish_draft, read_progress
from abm.scoring.validate import check_document, check_yaml
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import fragment
from abm.web.labels import problem
from abm.web.model_form import LISTS, by_place, differences, read_form, sections, texts_of
from abm.web.yaml_files import given_yaml, told_faults, yaml_file
from abm.words import Role

bp = Blueprint("models", __name__, url_prefix="/settings/model")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The live version and how far it has come, drafts, and the versions before."""
    return _index_page("", [])


@bp.get("/versions/<int:version>")
@requires(Role.VIEWER)
def show(version: int) -> ResponseReturnValue:
    """A version as it was published, beside the live one."""
    with work() as act:
        found, live = get_version(act.session, version), get_version(act.session)
    values = _values(found.document, live.document, [], check_document(found.document).goldens)
    return render_template("models/show.html", version=found, live=live, **values)


@bp.get("/versions/<int:version>.yaml")
@requires(Role.VIEWER)
def download(version: int) -> ResponseReturnValue:
    """A version as a file."""
    with work() as act:
        document = get_version(act.session, version).document
    return yaml_file(in_order(document), f"model-{version}.yaml")


@bp.post("/drafts")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """A draft: of the live model, or of a file or text in YAML, which is checked first."""
    given = given_yaml()
    checked = check_yaml(given) if given is not None else None
    if checked is not None and checked.model is None:
        return _index_page(request.form.get("text", ""), checked.faults), 422
    with work() as act:
        document = checked.document if checked else get_version(act.session).document
        draft = open_draft(act.session, document, at=act.at, by=current_user().id, note=request.form.get("note"))
    flash(_("The draft was kept. It changes no score until it is published."), "success")
    return redirect(url_for("models.edit", draft_id=draft.id), 303)


@bp.get("/drafts/<uuid:draft_id>")
@requires(Role.VIEWER)
def edit(draft_id: uuid.UUID) -> ResponseReturnValue:
    """A draft as a form, with what differs from the live model and how golden accounts come out."""
    with work() as act:
        draft, live = get_draft(act.session, draft_id), get_version(act.session)
    return _draft_page(draft, live, draft.document, [])


@bp.get("/drafts/<uuid:draft_id>.yaml")
@requires(Role.VIEWER)
def download_draft(draft_id: uuid.UUID) -> ResponseReturnValue:
    """A draft as a file."""
    with work() as act:
        document = get_draft(act.session, draft_id).document
    return yaml_file(in_order(document), f"model-draft-{draft_id}.yaml")


@bp.post("/drafts/<uuid:draft_id>")
@requires(Role.MARKETER)
def change(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Save a draft's form; faults are shown beside the fields, and the draft stays as it was."""
    with work() as act:
        draft, live = get_draft(act.session, draft_id), get_version(act.session)
    document, unreadable = read_form(request.form, draft.document)
    faults = [*unreadable, *check_document(document).faults]
    if faults:
        return _draft_page(draft, live, document, faults), 422
    return _keep(draft, live, document)


@bp.post("/drafts/<uuid:draft_id>/yaml")
@requires(Role.MARKETER)
def replace(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Replace what a draft says by a file or text in YAML."""
    checked = check_yaml(given_yaml() or b"")
    with work() as act:
        draft, live = get_draft(act.session, draft_id), get_version(act.session)
    if checked.model is None:
        return _draft_page(draft, live, draft.document, checked.faults, text=request.form.get("text", "")), 422
    return _keep(draft, live, checked.document)


@bp.post("/drafts/<uuid:draft_id>/publish")
@requires(Role.ADMIN)
def publish(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Make a draft the live model; every account is folded again by it."""
    try:
        with work() as act:
            by, despite = current_user().id, request.form.get("despite")
            version = publish_draft(act.session, draft_id, at=act.at, by=by, despite=despite)
    except NotFound:
        flash(_("This draft is not open any more: it was published or dropped."), "warning")
        return redirect(url_for("models.index"), 303)
    except (Invalid, Conflict) as error:
        with work() as act:
            draft, live = get_draft(act.session, draft_id), get_version(act.session)
        return _draft_page(draft, live, draft.document, [], error=_refusal(error)), 422
    flash(_("Version %(version)s is live. Scores move within minutes.", version=version), "success")
    return redirect(url_for("models.index"), 303)


@bp.post("/drafts/<uuid:draft_id>/renew")
@requires(Role.MARKETER)
def renew(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Let a draft stand beside the version that is live by now."""
    with work() as act:
        renew_draft(act.session, draft_id, at=act.at, by=current_user().id)
    return redirect(url_for("models.edit", draft_id=draft_id), 303)


@bp.post("/drafts/<uuid:draft_id>/drop")
@requires(Role.MARKETER)
def drop(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    with work() as act:
        drop_draft(act.session, draft_id, at=act.at, by=current_user().id)
    flash(_("The draft was thrown away."), "success")
    return redirect(url_for("models.index"), 303)


def _keep(draft: ModelDraft, live: ScoreModel, document: Mapping[str, Any]) -> ResponseReturnValue:
    note = request.form.get("note", draft.note or "")
    try:
        seen_at = datetime.fromisoformat(request.form.get("seen_at", ""))
        with work() as act:
            change_draft(act.session, draft.id, document, seen_at=seen_at, at=act.at, by=current_user().id, note=note)
    except (Conflict, ValueError) as error:
        told = _refusal(error) if isinstance(error, Conflict) else _("Reload the page and try again.")
        return _draft_page(draft, live, document, [], error=told), 409
    flash(_("The draft was saved. It changes no score until it is published."), "success")
    return redirect(url_for("models.edit", draft_id=draft.id), 303)


def _index_page(text: str, faults: Sequence[Fault]) -> str:
    with work() as act:
        names = {user.id: user.name for user in act.session.scalars(select(User))}
        versions, drafts = list_versions(act.session), list_drafts(act.session)
        progress = read_progress(act.session)
    live = next(version for version in versions if version.is_live)
    template = "models/_progress.html" if fragment() else "models/index.html"
    return render_template(
        template,
        versions=versions,
        drafts=drafts,
        live=live,
        names=names,
        progress=progress,
        text=text,
        faults=told_faults(faults),
    )


def _draft_page(
    draft: ModelDraft,
    live: ScoreModel,
    document: Mapping[str, Any],
    faults: Sequence[Fault],
    *,
    text: str | None = None,
    error: str = "",
) -> str:
    checked = check_document(draft.document)
    typed = {name: request.form[name] for name in texts_of(document) if name in request.form}
    return render_template(
        "models/edit.html",
        draft=draft,
        live=live,
        error=error,
        text=write_yaml(in_order(draft.document)) if text is None else text,
        typed=typed,
        failed=checked.failed,
        **_values(document, live.document, faults, checked.goldens),
    )


def _values(
    document: Mapping[str, Any], live: Mapping[str, Any], faults: Sequence[Fault], goldens: Sequence[GoldenResult]
) -> dict[str, Any]:
    """What the form of a model shows."""
    told = by_place(faults)
    shown = document if isinstance(document.get("kinds"), dict) else live
    return {
        "sections": sections(shown, live, told),
        "texts": texts_of(document) if not faults else {},
        "told": told,
        "faults": told_faults(faults),
        "lists": {
            name: [(word.value, word.value in (document.get(name) or ())) for word in words]
            for name, words in LISTS.items()
        },
        "kinds_of_lists": {name: words.__name__ for name, words in LISTS.items()},
        "differences": differences(live, document) if not faults else [],
        "goldens": goldens,
    }


def _refusal(error: Invalid | Conflict) -> str:
    return {
        "golden_failed": _("Golden accounts come out otherwise than expected: say why, or change the model."),
        "published_meanwhile": _("Another version was published meanwhile: look at what differs from it first."),
        "same_model": _("Nothing differs from the live model."),
        "changed_meanwhile": _("Somebody else changed this draft meanwhile. Open it again."),
    }.get(error.code) or problem(error)
