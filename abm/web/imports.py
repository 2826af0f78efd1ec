"""Import: upload, look at the plan, change how the file is read, apply, and take it back."""

import uuid
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from abm.customers.custom import list_custom_fields
from abm.errors import Invalid
from abm.importers.apply import get_import
from abm.importers.columns import fields_of
from abm.importers.custom import subjects_of
from abm.importers.encodings import KNOWN
from abm.importers.mappings import find_remembered, forget_mapping
from abm.importers.request import Request, Upload, read_choices, request_of
from abm.importers.result import import_result, rejected_file
from abm.importers.texts import file_text
from abm.importers.waiting import APPLICABLE, READABLE, ask_to_apply, ask_to_plan, ask_to_plan_again, ask_to_undo
from abm.models import AuditEntry
from abm.reports.imports import ImportSummary, get_summary, list_imports, list_rows
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import fragment
from abm.web.i18n import current_language
from abm.web.labels import label
from abm.words import ConsentBasis, ImportKind, ImportState, Role
from abm.work import Work

bp = Blueprint("imports", __name__, url_prefix="/imports")

ROWS_SHOWN = 10
PROBLEMS_SHOWN = 100
DELIMITERS = (",", "\t", ";")
# What "nobody may be mailed" is called in the form; any basis else is a word of the consent ledger.
NO_CONSENT = "none"
# And a field that is not to be imported: no header is called so.
LEFT_OUT = "::"
# In these a worker has the import in hand, and the page asks again.
BUSY = (ImportState.PLANNING, ImportState.APPLYING, ImportState.UNDOING)


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """The door for a file, and what came through it before."""
    return _index_page("")


@bp.post("")
@requires(Role.MARKETER)
def upload() -> ResponseReturnValue:
    """Have a worker read a file and say what it would do; nothing is changed yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _index_page(_("Please choose a file.")), 422
    try:
        import_id = _keep(file)
    except Invalid as error:
        return _index_page(file_text(error, current_language())), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.get("/<uuid:import_id>")
@requires(Role.MARKETER)
def show(import_id: uuid.UUID) -> ResponseReturnValue:
    """The preview of a planned import, or the result of an applied one; while a worker has it, the page asks again."""
    return _page(import_id, "")


@bp.post("/<uuid:import_id>/plan")
@requires(Role.MARKETER)
def plan(import_id: uuid.UUID) -> ResponseReturnValue:
    """Have a worker read the same file anew, as the reader says."""
    choices = read_choices(_mapping(), _overrides())
    with work() as act:
        ask_to_plan_again(act.session, import_id, _kind(), choices, settings())
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/<uuid:import_id>/mapping/forget")
@requires(Role.MARKETER)
def forget(import_id: uuid.UUID) -> ResponseReturnValue:
    """Remember no columns for such a header any more; a plan made by them is made anew."""
    with work() as act:
        record = get_import(act.session, import_id)
        if forget_mapping(act.session, record.found.get("header", ())):
            _note(act, "import.mapping_forgotten", import_id)
        if record.state in READABLE:
            asked = request_of(record)
            found_out = replace(asked.choices, mapping=None)
            ask_to_plan_again(act.session, import_id, asked.kind, found_out, settings())
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/<uuid:import_id>/apply")
@requires(Role.MARKETER)
def apply(import_id: uuid.UUID) -> ResponseReturnValue:
    """Have a worker do what the plan says, on the ground given for mailing its people."""
    basis = request.form.get("consent", "")
    if basis != NO_CONSENT and basis not in set(ConsentBasis):
        return _page(import_id, _("Please say on what ground these people may be mailed.")), 422
    with work() as act:
        if ask_to_apply(act.session, import_id, None if basis == NO_CONSENT else ConsentBasis(basis)):
            _note(act, "import.applied", import_id)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/<uuid:import_id>/undo")
@requires(Role.MARKETER)
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    """Have a worker take back what it made and changed."""
    with work() as act:
        if ask_to_undo(act.session, import_id):
            _note(act, "import.undone", import_id)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.get("/<uuid:import_id>/rejected")
@requires(Role.MARKETER)
def rejected(import_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that were not imported, with the reason, in the encoding they came in."""
    with work() as act:
        file = rejected_file(act.session, import_id, current_language())
    if file is None:
        abort(404)
    kind = f"text/csv; charset={file.encoding}" if file.encoding else "application/octet-stream"
    disposition = f"attachment; filename=\"rejected\"; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, content_type=kind, headers={"Content-Disposition": disposition})


def _keep(file: FileStorage) -> uuid.UUID:
    # A browser sends the bare name; whatever else comes is cut to it.
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    with work() as act:
        asked = Request(_kind(), is_sample=request.form.get("sample") == "1", by=current_user().id)
        upload = Upload(name, cast(BinaryIO, file.stream))
        return ask_to_plan(act.session, upload, asked, settings(), act.at).id


def _note(act: Work, what: str, import_id: uuid.UUID) -> None:
    """The audit row of a change, in the change's own commit."""
    by = current_user().id
    act.session.add(AuditEntry(at=act.at, user_id=by, act=what, subject="import", subject_id=import_id))


def _kind() -> ImportKind | None:
    text = request.form.get("kind", "")
    return ImportKind(text) if text in set(ImportKind) else None


def _mapping() -> dict[str, str]:
    """Columns chosen by field; one that is left out has none."""
    chosen = {name.removeprefix("map-"): header for name, header in request.form.items() if name.startswith("map-")}
    return {field: "" if header == LEFT_OUT else header for field, header in chosen.items() if header}


def _overrides() -> dict[str, Any]:
    encoding, delimiter = request.form.get("encoding", ""), request.form.get("delimiter", "")
    header_row = request.form.get("header_row", "")
    return {
        "encoding": encoding if encoding in KNOWN else None,
        "delimiter": delimiter if delimiter in DELIMITERS else None,
        "sheet": request.form.get("sheet") or None,
        "header_row": int(header_row) if header_row.isdecimal() and len(header_row) < 7 else None,
    }


def _index_page(error: str) -> str:
    with work() as act:
        past = list_imports(act.session)
    template = "imports/_upload.html" if fragment() else "imports/index.html"
    return render_template(template, past=past, error=error)


def _page(import_id: uuid.UUID, consent_error: str) -> str:
    with work() as act:
        summary = get_summary(act.session, import_id)
        is_read = summary.state not in (ImportState.PLANNING, ImportState.UNREADABLE)
        result = import_result(act.session, import_id, current_language()) if is_read else None
        rows = list_rows(act.session, import_id, limit=ROWS_SHOWN) if is_read else []
        fields = _fields(act.session, ImportKind(summary.kind))
        remembered = _remembered(act.session, summary, dict(fields))
    template = "imports/_import.html" if fragment() else "imports/show.html"
    return render_template(
        template,
        summary=summary,
        can_apply=summary.state in APPLICABLE,
        can_read=summary.state in READABLE,
        is_busy=summary.state in BUSY,
        problem_text=_problem_text(summary),
        result=result,
        rows=rows,
        fields=fields,
        titles=dict(fields),
        unused=_unused(summary),
        remembered=remembered,
        sheets=[(name, name) for name in summary.found.get("sheets", ())],
        left_out=LEFT_OUT,
        encodings=KNOWN,
        delimiters=DELIMITERS,
        problems_shown=PROBLEMS_SHOWN,
        consent_error=consent_error,
        chosen=request.form.get("consent", "") or _usual_basis(summary),
    )


def _usual_basis(summary: ImportSummary) -> str:
    """Business cards were handed over: that is the ground, unless somebody says otherwise."""
    return ConsentBasis.BUSINESS_CARD.value if summary.found.get("layout") else ""


def _fields(session: Session, kind: ImportKind) -> list[tuple[str, str]]:
    """Name in a map and title of each field that a file of this kind may fill."""
    own = [(field.value, label(field, "ImportField")) for field in fields_of(kind)]
    return own + [
        (f"custom.{subject}.{field.code}", f"{field.title} ({label(subject, 'CustomSubject')})")
        for subject in subjects_of(kind)
        for field in list_custom_fields(session, subject)
    ]


def _remembered(
    session: Session, summary: ImportSummary, titles: dict[str, str]
) -> tuple[list[tuple[str, str]], datetime] | None:
    """([(field, header, or nothing when it is left out)], since when) as chosen for files with this header."""
    known = find_remembered(session, summary.found["header"]) if summary.found.get("header") else None
    if known is None:
        return None
    return [(titles.get(name, name), word) for name, word in known.mapping.items()], known.chosen_at


def _unused(summary: ImportSummary) -> list[str]:
    """Columns of the file that nothing is read from."""
    # Of two columns with one header only the first is read.
    left = Counter(filter(None, summary.found.get("header", ()))) - Counter(summary.found.get("columns", {}).values())
    return list(left.elements())


def _problem_text(summary: ImportSummary) -> str:
    """Why reading, applying or undoing failed."""
    told = summary.problem
    if not told:
        return ""
    usual = _("The import could not be applied; nothing was changed. Try again, or import the file anew.")
    if summary.state == ImportState.UNREADABLE:
        usual = _("The file could not be read. Read it differently below, or import another file.")
    if summary.state == ImportState.APPLIED:
        usual = _("The import could not be taken back; nothing was changed. Try again.")
    if not told.get("message"):
        return usual
    return file_text(Invalid(told["message"], told.get("field", ""), told.get("code", "")), current_language())
