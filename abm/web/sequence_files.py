"""Sequences made anew (empty, from the library, of another one, from a file) and taken away as YAML."""

from collections.abc import Mapping
from typing import Any

import yaml
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.errors import Conflict, Invalid
from abm.reports.sequences import list_heads
from abm.scoring.document import MOST_KILOBYTES
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.labels import problem
from abm.web.model_form import say_fault
from abm.words import FaultCode, Language, Role
from campaigns.drafts import free_name, get_draft, open_sequence
from campaigns.library import library_names, read_document, read_text

bp = Blueprint("sequence_files", __name__, url_prefix="/sequences")

YAML = "application/yaml"


@bp.get("/new")
@requires(Role.MARKETER)
def new() -> ResponseReturnValue:
    """What a sequence can begin from."""
    return _new_page("")


@bp.post("/new")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """Keep a new draft and open it in the editor."""
    try:
        with work() as act:
            document = _beginning()
            name = free_name(act.session, _name_of(document))
            draft = open_sequence(act.session, {**document, "name": name}, at=act.at, by=current_user().id)
    except (Invalid, Conflict) as error:
        return _new_page(problem(error)), 422
    flash(_("The draft was kept. Nobody is taken on until it is published."), "success")
    return redirect(url_for("sequence_drafts.edit", name=draft.sequence.name), 303)


@bp.post("/<name>/clone")
@requires(Role.MARKETER)
def clone(name: str) -> ResponseReturnValue:
    """A new draft with what this sequence says now."""
    with work() as act:
        document = get_draft(act.session, name).document
        copied = {**document, "name": free_name(act.session, name), "title": _copied(document.get("title"))}
        draft = open_sequence(act.session, copied, at=act.at, by=current_user().id)
    flash(_("The copy was kept as a draft."), "success")
    return redirect(url_for("sequence_drafts.edit", name=draft.sequence.name), 303)


@bp.get("/<name>.yaml")
@requires(Role.VIEWER)
def download(name: str) -> ResponseReturnValue:
    """The newest document as a file that `abm sequence apply` takes."""
    with work() as act:
        document = get_draft(act.session, name).document
    text = yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=120)
    headers = {"Content-Disposition": f'attachment; filename="{name if name.isascii() else "sequence"}.yaml"'}
    return Response(text, mimetype=YAML, headers=headers)


def _beginning() -> Mapping[str, Any]:
    """The document that was chosen, uploaded, or an empty one under the title typed."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return _read(upload.stream.read(MOST_KILOBYTES * 1024 + 1))
    if (ready_made := request.form.get("library", "")) in library_names():
        return read_document(ready_made)
    title = request.form.get("title", "").strip()
    if not title:
        raise Invalid(_("Give a title, choose a ready-made sequence, or choose a file."), field="title", code="empty")
    return {"name": _slug(title), "title": dict.fromkeys(map(str, Language), title), "steps": []}


def _read(content: bytes) -> Mapping[str, Any]:
    if len(content) > MOST_KILOBYTES * 1024:
        raise Invalid(_("The file is larger than %(most)s KB.", most=MOST_KILOBYTES), field="file", code="large")
    text = read_text(content)
    for fault in text.faults:
        if fault.code == FaultCode.NOT_TEXT:
            raise Invalid(_("The file is not written in UTF-8."), field="file", code="encoding")
        if fault.code != FaultCode.EMPTY:
            line = _("line %(line)s: ", line=fault.line or 1)
            raise Invalid(f"{line}{say_fault(fault)}", field="file", code="yaml")
    if not isinstance(text.document, Mapping):
        raise Invalid(_("The file holds no sequence: name, title and steps."), field="file", code="no_table")
    return text.document


def _name_of(document: Mapping[str, Any]) -> str:
    return str(document.get("name") or "sequence")


def _slug(title: str) -> str:
    """A name for addresses: of a Japanese title nothing is left to make one of."""
    kept = "_".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in title.lower()).split())
    return kept[:40] or "sequence"


def _copied(title: Any) -> dict[str, str]:
    given = title if isinstance(title, Mapping) else {}
    marks = {Language.JAPANESE: "（複製）", Language.ENGLISH: " (copy)"}
    return {language: f"{text}{marks.get(language, '')}" for language, text in given.items()}


def _new_page(error: str) -> str:
    with work() as act:
        rows = list_heads(act.session)
    library = [read_document(name) for name in library_names()]
    return render_template("sequences/new.html", rows=rows, library=library, error=error)
