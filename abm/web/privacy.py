"""Personal data: what is kept about a person, given to them or erased, and how long things are kept."""

import json
import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.customers.erase import erase_person
from abm.customers.export import export_person
from abm.customers.retention import list_retentions, set_retention
from abm.errors import NotFound
from abm.models import AuditEntry, Contact
from abm.web.access import current_user, requires
from abm.web.acts import digests, work
from abm.web.forms import refused
from abm.words import Kept, Role

bp = Blueprint("privacy", __name__)


@bp.get("/contacts/<uuid:contact_id>/personal-data")
@requires(Role.MARKETER)
def show(contact_id: uuid.UUID) -> ResponseReturnValue:
    """What is kept about a person, and what they may ask for."""
    return _page(contact_id, {})


@bp.post("/contacts/<uuid:contact_id>/personal-data/export")
@requires(Role.MARKETER)
def export(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Everything about the person as a JSON file; who took it is audited."""
    with work() as act:
        found = export_person(act.session, contact_id, act.at)
        by, what = current_user().id, {"subject": "contact", "subject_id": contact_id}
        act.session.add(AuditEntry(at=act.at, user_id=by, act="contact.exported", **what))
    content = json.dumps(found, ensure_ascii=False, indent=2)
    name = {"Content-Disposition": f'attachment; filename="person-{contact_id}.json"'}
    return Response(content, mimetype="application/json", headers=name)


@bp.post("/contacts/<uuid:contact_id>/personal-data/erase")
@requires(Role.MARKETER)
def erase(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Erase the person for good; asked once more by a box that must be ticked."""
    if request.form.get("understood") != "yes":
        return _page(contact_id, {"understood": _("Please confirm: nobody can take this back.")}), 422
    with work() as act:
        account_id = _contact(act.session, contact_id).account_id
        erase_person(act.session, contact_id, digests(), by=current_user().id, at=act.at)
    flash(_("The person was erased. What they did still counts, without a name."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.get("/settings/retention")
@requires(Role.ADMIN)
def retention() -> ResponseReturnValue:
    """How long things are kept."""
    return _retention_page({}, {})


@bp.post("/settings/retention")
@requires(Role.ADMIN)
def keep() -> ResponseReturnValue:
    """Set how long things are kept."""
    days = {kept: _days(request.form.get(kept, "")) for kept in Kept}
    problems = {kept.value: "days_unreadable" for kept, number in days.items() if number is None}

    def save() -> None:
        with work() as act:
            before = list_retentions(act.session)
            for kept, number in days.items():
                if number is not None and number != before[kept]:
                    set_retention(act.session, kept, number, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _retention_page(request.form, errors), status
    flash(_("The retention periods were saved."), "success")
    return redirect(url_for("privacy.retention"), 303)


def _page(contact_id: uuid.UUID, errors: Mapping[str, str]) -> str:
    with work() as act:
        contact = _contact(act.session, contact_id)
        records = export_person(act.session, contact_id, act.at)["records"]
    counts = {table: len(rows) for table, rows in records.items()}
    return render_template("contacts/privacy.html", contact=contact, counts=counts, errors=errors)


def _retention_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with work() as act:
        days = list_retentions(act.session)
    return render_template("settings/retention.html", days=days, values=values, errors=errors)


def _contact(session: Session, contact_id: uuid.UUID) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        raise NotFound("no such contact")
    return contact


def _days(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 6 else None
