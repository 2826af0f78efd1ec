"""Writing contacts: adding, editing, putting away, consent with its evidence, the history of the record."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.consents import Statement, record_consent
from abm.customers.contacts import archive_contact, change_contact, create_contact, restore_contact
from abm.customers.custom import custom_inputs, custom_texts, read_custom
from abm.customers.drafts import ContactDraft, draft_of_contact, version_of
from abm.customers.erased import refuse_erased
from abm.customers.freshness import confirm_contact, contact_left, mark_stale
from abm.customers.job_functions import job_function_of
from abm.customers.phone_wishes import allow_phone, refuse_phone
from abm.customers.rights import may_edit_people
from abm.errors import Invalid, NotFound
from abm.importers.typed import Typed, read_contact
from abm.models import Account, Consent, Contact, Department, Suppression, User
from abm.reports.history import changes_of_contact
from abm.reports.same_people import merges_of_person
from abm.web.access import current_user, requires
from abm.web.acts import digests, work
from abm.web.forms import refused, why_not
from abm.words import ConsentBasis, ConsentPurpose, CustomSubject, Role, StaleReason

bp = Blueprint("contacts_edit", __name__)

# Offered for a contact's time zone; any other of the tz database may be typed.
ZONES = (
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Taipei",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Bangkok",
    "Asia/Ho_Chi_Minh",
    "Asia/Jakarta",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "UTC",
)


@bp.get("/accounts/<uuid:account_id>/people/new")
@requires(Role.SALES)
def new(account_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a new person; a link may name the department and the buying role that is missing."""
    asked = {name: request.args.get(name, "") for name in ("department", "buying_role")}
    return _page(account_id, None, asked, {})


@bp.post("/accounts/<uuid:account_id>/people/new")
@requires(Role.SALES)
def create(account_id: uuid.UUID) -> ResponseReturnValue:
    """Make a contact."""
    typed = _read(request.form, {})
    made: list[uuid.UUID] = []

    def save() -> None:
        with work() as act:
            _check_right(act.session, account_id)
            by = current_user().id
            made.append(create_contact(act.session, account_id, typed.draft, by=by, at=act.at).id)
            refuse_erased(act.session, [typed.draft.email], digests(), act.at)

    errors, status = refused(typed.problems, save)
    if errors:
        return _page(account_id, None, request.form, errors), status
    flash(_("The contact was saved. Say next on what ground this person may be mailed."), "success")
    return redirect(url_for("contacts.show", contact_id=made[0]), 303)


@bp.get("/contacts/<uuid:contact_id>/edit")
@requires(Role.SALES)
def edit(contact_id: uuid.UUID) -> ResponseReturnValue:
    """The contact's form."""
    with work() as act:
        contact = _living(act.session, contact_id)
        department = act.session.get(Department, contact.department_id) if contact.department_id else None
        draft = draft_of_contact(contact, department)
    texts = {name: "" if value is None else str(value) for name, value in vars(draft).items() if name != "custom"}
    # What was typed and could not be read is shown as typed.
    shown = {"phone": draft.phone or draft.phone_typed or "", "version": version_of(draft)}
    return _page(contact.account_id, contact_id, {**texts, **custom_texts(draft.custom or {}), **shown}, {})


@bp.post("/contacts/<uuid:contact_id>/edit")
@requires(Role.SALES)
def change(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Save the contact's form."""
    with work() as act:
        held = _living(act.session, contact_id).custom
    typed = _read(request.form, held)

    def save() -> None:
        with work() as act:
            _check_right(act.session, _living(act.session, contact_id).account_id)
            seen = request.form.get("version")
            change_contact(act.session, contact_id, typed.draft, by=current_user().id, at=act.at, version=seen)
            refuse_erased(act.session, [typed.draft.email], digests(), act.at)

    errors, status = refused(typed.problems, save)
    if errors:
        with work() as act:
            account_id = _living(act.session, contact_id).account_id
        return _page(account_id, contact_id, request.form, errors), status
    flash(_("The record was saved."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@bp.post("/contacts/<uuid:contact_id>/confirm")
@requires(Role.SALES)
def confirm(contact_id: uuid.UUID) -> ResponseReturnValue:
    """The record is right as it stands."""
    with work() as act:
        _check_right(act.session, _living(act.session, contact_id).account_id)
        confirm_contact(act.session, contact_id, by=current_user().id, at=act.at)
    flash(_("The record was confirmed as right."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@bp.post("/contacts/<uuid:contact_id>/no-phone")
@requires(Role.SALES)
def set_no_phone(contact_id: uuid.UUID) -> ResponseReturnValue:
    """This person asked not to be phoned, or may be phoned again."""
    wanted = request.form.get("wanted") == "1"
    keep = refuse_phone if wanted else allow_phone
    with work() as act:
        _check_right(act.session, _living(act.session, contact_id).account_id)
        keep(act.session, contact_id, by=current_user().id, at=act.at)
    flash(_("Noted: no phone calls.") if wanted else _("Noted: may be phoned again."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@bp.post("/contacts/<uuid:contact_id>/stale")
@requires(Role.SALES)
def distrust(contact_id: uuid.UUID) -> ResponseReturnValue:
    """The record is wrong, and why; who left the company is put away, who moved gets the form for the new place."""
    said = request.form.get("reason", "")
    if said not in set(StaleReason):
        raise Invalid("choose what is wrong with the record", "reason", "unknown")
    with work() as act:
        _check_right(act.session, _living(act.session, contact_id).account_id)
        tell = contact_left if said == StaleReason.LEFT_COMPANY else partial(mark_stale, reason=StaleReason(said))
        tell(act.session, contact_id, by=current_user().id, at=act.at)
    if said == StaleReason.LEFT_COMPANY:
        flash(_("The contact left the company and was archived. You can restore it here."), "success")
        return redirect(url_for("contacts_edit.changes", contact_id=contact_id), 303)
    if said == StaleReason.MOVED:
        flash(_("Noted. If you know the new department, enter it here."), "success")
        return redirect(url_for("contacts_edit.edit", contact_id=contact_id), 303)
    flash(_("Noted: this record is no longer trusted."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@bp.post("/contacts/<uuid:contact_id>/archive")
@requires(Role.SALES)
def archive(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Put a person away."""
    with work() as act:
        _check_right(act.session, _living(act.session, contact_id).account_id)
        archive_contact(act.session, contact_id, by=current_user().id, at=act.at)
    flash(_("The contact was archived. You can restore it here."), "success")
    return redirect(url_for("contacts_edit.changes", contact_id=contact_id), 303)


@bp.post("/contacts/<uuid:contact_id>/restore")
@requires(Role.SALES)
def restore(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Bring a person back."""

    def save() -> None:
        with work() as act:
            _check_right(act.session, _contact(act.session, contact_id).account_id)
            restore_contact(act.session, contact_id, by=current_user().id, at=act.at)

    if problem := why_not(save):
        flash(problem, "danger")
        return redirect(url_for("contacts_edit.changes", contact_id=contact_id), 303)
    flash(_("The contact was restored."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@bp.get("/contacts/<uuid:contact_id>/changes")
@requires(Role.VIEWER)
def changes(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Who changed what of this person's record; also of an archived one."""
    with work() as act:
        contact = _contact(act.session, contact_id)
        account = act.session.get_one(Account, contact.account_id)
        found = changes_of_contact(act.session, contact_id)
        shown = {"may": _may(act.session, contact.account_id), "merges": merges_of_person(act.session, contact_id)}
    return render_template("contacts/changes.html", contact=contact, account=account, changes=found, **shown)


@bp.get("/contacts/<uuid:contact_id>/consents")
@requires(Role.VIEWER)
def consents(contact_id: uuid.UUID) -> ResponseReturnValue:
    """The person's ledger, and the form for what the person said."""
    return _ledger_page(contact_id, {}, {})


@bp.post("/contacts/<uuid:contact_id>/consents")
@requires(Role.SALES)
def say(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Add what the person said to the ledger."""
    form = request.form
    basis = form.get("basis", "")
    said = Statement(
        form.get("said") == "granted",
        ConsentBasis(basis) if basis in set(ConsentBasis) else None,
        form.get("evidence", ""),
        ConsentPurpose.OPEN_TRACKING if form.get("purpose") == ConsentPurpose.OPEN_TRACKING else ConsentPurpose.MAIL,
    )
    problems = {} if form.get("said") in ("granted", "refused") else {"said": "unknown"}

    def save() -> None:
        with work() as act:
            contact = _living(act.session, contact_id)
            _check_right(act.session, contact.account_id)
            record_consent(act.session, contact, said, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _ledger_page(contact_id, form, errors), status
    flash(_("The ledger was extended."), "success")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


def may_edit_person(session: Session, account_id: uuid.UUID) -> bool:
    """Whether the user of this request writes the people of this account."""
    return _may(session, account_id)


def _may(session: Session, account_id: uuid.UUID) -> bool:
    me = current_user()
    return may_edit_people(session, account_id, by=me.id, role=me.role)


def _check_right(session: Session, account_id: uuid.UUID) -> None:
    if not _may(session, account_id):
        abort(403)


def _read(form: Mapping[str, str], held: Mapping[str, Any]) -> Typed[ContactDraft]:
    """The contact's form with its custom fields."""
    typed = read_contact(form)
    with work() as act:
        custom, problems = read_custom(act.session, CustomSubject.CONTACT, form, held)
    return Typed(replace(typed.draft, custom=custom), {**typed.problems, **problems})


def _page(
    account_id: uuid.UUID, contact_id: uuid.UUID | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> str:
    with work() as act:
        account = act.session.get(Account, account_id)
        if account is None or account.archived_at is not None:
            raise NotFound("no such account")
        _check_right(act.session, account_id)
        living = select(Department.name).where(Department.account_id == account_id, Department.archived_at.is_(None))
        departments = act.session.scalars(living.order_by(Department.name)).all()
        inputs = custom_inputs(act.session, CustomSubject.CONTACT)
    proposed = job_function_of(values.get("title"), values.get("department"))
    known = {"account": account, "contact_id": contact_id, "departments": departments, "inputs": inputs}
    known |= {"proposed": proposed, "zones": ZONES}
    return render_template("contacts/edit.html", values=values, errors=errors, **known)


def _ledger_page(contact_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        contact = _living(act.session, contact_id)
        entries = act.session.execute(
            select(Consent, User.name)
            .outerjoin(User, User.id == Consent.by_user_id)
            .where(Consent.contact_id == contact_id)
            .order_by(Consent.at.desc(), Consent.id.desc())
        ).all()
        suppression = act.session.get(Suppression, contact.email) if contact.email else None
        may = _may(act.session, contact.account_id)
    known = {"contact": contact, "entries": entries, "suppression": suppression, "may": may}
    return render_template("contacts/consents.html", values=values, errors=errors, **known)


def _contact(session: Session, contact_id: uuid.UUID) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("no such contact")
    return contact


def _living(session: Session, contact_id: uuid.UUID) -> Contact:
    contact = _contact(session, contact_id)
    if contact.archived_at is not None:
        raise NotFound("the contact is archived")
    return contact
