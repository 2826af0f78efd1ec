"""Custom fields as settings: made, changed, put in order, archived; and which of them nobody fills or uses."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _

from abm.customers.custom import FieldDraft, archive_field, change_field, create_field, move_field, restore_field
from abm.errors import NotFound
from abm.models import CustomField
from abm.reports.custom_fields import field_uses
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import read_day
from abm.web.forms import refused
from abm.web.i18n import day
from abm.words import CustomKind, CustomSubject, Role

bp = Blueprint("custom_fields", __name__, url_prefix="/settings/fields")


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """Every field by kind of record, with how it is kept up."""
    return _list_page({}, {})


@bp.post("")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """Make a field."""
    subject = _subject(request.form.get("subject", ""))
    draft, problems = _read(request.form)
    if subject is None:
        problems["subject"] = "unknown"

    def save() -> None:
        assert subject is not None
        with work() as act:
            create_field(act.session, subject, draft, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _list_page(request.form, errors), status
    flash(_("The field was added. Forms ask for it from now on."), "success")
    return redirect(url_for("custom_fields.index") + f"#{subject}", 303)


@bp.get("/<uuid:field_id>")
@requires(Role.MARKETER)
def edit(field_id: uuid.UUID) -> ResponseReturnValue:
    """The field's form."""
    with work() as act:
        field = _field(act.session.get(CustomField, field_id))
    values = {"title": field.title, "choices": "\n".join(field.choices), "is_required": "1" * field.is_required}
    return _form_page(field, values, {})


@bp.post("/<uuid:field_id>")
@requires(Role.MARKETER)
def change(field_id: uuid.UUID) -> ResponseReturnValue:
    """Save the field's form; the kind stays."""
    with work() as act:
        field = _field(act.session.get(CustomField, field_id))
    draft, problems = _read({**request.form.to_dict(), "kind": field.kind})

    def save() -> None:
        with work() as act:
            change_field(act.session, field_id, draft, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _form_page(field, request.form, errors), status
    flash(_("The field was saved."), "success")
    return redirect(url_for("custom_fields.index") + f"#{field.subject}", 303)


@bp.post("/<uuid:field_id>/archive")
@requires(Role.MARKETER)
def archive(field_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for it no more; the values stay."""
    with work() as act:
        field = archive_field(act.session, field_id, by=current_user().id, at=act.at)
    flash(_("%(title)s is no longer asked for. Its values are kept.", title=field.title), "success")
    return redirect(url_for("custom_fields.index"), 303)


@bp.post("/<uuid:field_id>/restore")
@requires(Role.MARKETER)
def restore(field_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for it again."""
    with work() as act:
        field = restore_field(act.session, field_id, by=current_user().id, at=act.at)
    flash(_("%(title)s is asked for again.", title=field.title), "success")
    return redirect(url_for("custom_fields.index"), 303)


@bp.post("/<uuid:field_id>/move")
@requires(Role.MARKETER)
def move(field_id: uuid.UUID) -> ResponseReturnValue:
    """One place up or down in its form."""
    with work() as act:
        up = request.form.get("to") == "up"
        move_field(act.session, field_id, up=up, by=current_user().id, at=act.at)
        subject = _field(act.session.get(CustomField, field_id)).subject
    return redirect(url_for("custom_fields.index") + f"#{subject}", 303)


def show_custom_values(app: Flask) -> None:
    """Give templates {{ value|custom_value(kind) }}."""
    app.jinja_env.filters["custom_value"] = custom_value


def custom_value(value: Any, kind: str) -> str:
    """A custom value as readers write it; one that does not fit its kind is shown as it is."""
    if kind == CustomKind.NUMBER and isinstance(value, int | float):
        return str(format_decimal(value))
    shown = read_day(str(value)) if kind == CustomKind.DATE else None
    return day(shown) if shown else str(value)


def _read(form: Mapping[str, str]) -> tuple[FieldDraft, dict[str, str]]:
    """(draft, problems) of a field's form; choices stand one in a line, each counts once."""
    kind = form.get("kind", "")
    lines = [" ".join(line.split()) for line in form.get("choices", "").replace("\x00", "").splitlines()]
    draft = FieldDraft(
        " ".join(form.get("title", "").replace("\x00", "").split()),
        CustomKind(kind) if kind in set(CustomKind) else CustomKind.TEXT,
        tuple(dict.fromkeys(line for line in lines if line)),
        form.get("is_required") == "1",
    )
    return draft, ({} if kind in set(CustomKind) else {"kind": "unknown"})


def _subject(text: str) -> CustomSubject | None:
    return CustomSubject(text) if text in set(CustomSubject) else None


def _list_page(values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        uses = {subject: field_uses(act.session, subject) for subject in CustomSubject}
        away = {subject: field_uses(act.session, subject, archived=True) for subject in CustomSubject}
    return render_template("settings/fields.html", uses=uses, away=away, values=values, errors=errors)


def _form_page(field: CustomField, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    return render_template("settings/field.html", field=field, values=values, errors=errors)


def _field(field: CustomField | None) -> CustomField:
    if field is None:
        raise NotFound("no such custom field")
    return field
