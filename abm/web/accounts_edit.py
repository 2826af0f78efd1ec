"""Writing accounts and departments: the one-minute form for a new customer, editing, putting away, the history."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.accounts import archive_account, change_account, create_account, restore_account
from abm.customers.consents import Statement, record_consent
from abm.customers.contacts import create_contact
from abm.customers.custom import custom_inputs, custom_texts, read_custom
from abm.customers.departments import archive_department, change_department, create_department, restore_department
from abm.customers.domains import SharedDomains
from abm.customers.drafts import AccountDraft, ContactDraft, draft_of_account, draft_of_department, version_of
from abm.customers.erased import refuse_erased
from abm.customers.firm_domains import domains_of
from abm.customers.hearing import hear_note
from abm.customers.rights import may_edit_people
from abm.customers.timeline import Item, keep_item
from abm.errors import NotFound
from abm.importers.typed import Likely, Typed, likely_accounts, read_account, read_contact, read_department
from abm.models import Account, Contact, Department, User
from abm.reports.groups import group_of
from abm.reports.history import changes_of_account
from abm.reports.matches import merges_of
from abm.reports.working import owners, people_of_sales
from abm.web.access import current_user, requires
from abm.web.acts import digests, settings, work
from abm.web.asked import read_id
from abm.web.forms import refused, why_not
from abm.web.i18n import money
from abm.words import ConsentBasis, CustomSubject, ItemKind, Role
from abm.work import Work

bp = Blueprint("accounts_edit", __name__, url_prefix="/accounts")

NEW = "new"


@dataclass(frozen=True)
class Choice:
    """A known account that the typed company may be, and whether this user may add people there."""

    likely: Likely
    owner: str | None
    is_open: bool


@bp.get("/new")
@requires(Role.SALES)
def new() -> ResponseReturnValue:
    """The one-minute form."""
    return _new_page({"owner_id": _own_key(), **request.args.to_dict()}, {}, [])


@bp.post("/new")
@requires(Role.SALES)
def create() -> ResponseReturnValue:
    """Make a customer; when a known company may be meant, that is shown first."""
    form = request.form.to_dict()
    account, contact = _read_customer(form)
    problems = {**(contact.problems if contact else {}), **account.problems}
    choice = form.get("choice", "")
    if not problems and not choice:
        with work() as act:
            if choices := _choices(act.session, account.draft, contact.draft if contact else None):
                return _new_page(form, {}, choices)
    made: list[Account] = []

    def save() -> None:
        with work() as act:
            made.append(_create_customer(act, account.draft, contact.draft if contact else None, form))

    errors, status = refused(problems, save)
    if errors:
        return _new_page(form, errors, []), status
    flash(_("%(name)s was saved.", name=made[0].name), "success")
    return redirect(url_for("accounts.show", account_id=made[0].id), 303)


@bp.get("/<uuid:account_id>/edit")
@requires(Role.MARKETER)
def edit(account_id: uuid.UUID) -> ResponseReturnValue:
    """The account's form."""
    with work() as act:
        draft = draft_of_account(_living(act.session, account_id))
    shown = {"revenue": money(draft.revenue), "version": version_of(draft)}
    values = {**_texts(draft), **custom_texts(draft.custom or {}), **shown}
    return _edit_page(account_id, values, {})


@bp.post("/<uuid:account_id>/edit")
@requires(Role.MARKETER)
def change(account_id: uuid.UUID) -> ResponseReturnValue:
    """Save the account's form."""
    typed = read_account(request.form)
    with work() as act:
        held = _living(act.session, account_id).custom
        custom, problems = read_custom(act.session, CustomSubject.ACCOUNT, request.form, held)
    draft = replace(typed.draft, custom=custom)

    def save() -> None:
        with work() as act:
            seen = request.form.get("version")
            change_account(act.session, account_id, draft, by=current_user().id, at=act.at, version=seen)

    errors, status = refused({**typed.problems, **problems}, save)
    if errors:
        return _edit_page(account_id, request.form, errors), status
    flash(_("The record was saved."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.post("/<uuid:account_id>/archive")
@requires(Role.MARKETER)
def archive(account_id: uuid.UUID) -> ResponseReturnValue:
    """Put the account away with its people."""

    def save() -> None:
        with work() as act:
            archive_account(act.session, account_id, by=current_user().id, at=act.at)

    if problem := why_not(save):
        flash(problem, "danger")
        return redirect(url_for("accounts.show", account_id=account_id), 303)
    flash(_("The account was archived with its people. You can restore it here."), "success")
    return redirect(url_for("accounts_edit.changes", account_id=account_id), 303)


@bp.post("/<uuid:account_id>/restore")
@requires(Role.MARKETER)
def restore(account_id: uuid.UUID) -> ResponseReturnValue:
    """Bring the account back."""

    def save() -> None:
        with work() as act:
            restore_account(act.session, account_id, by=current_user().id, at=act.at)

    if problem := why_not(save):
        flash(problem, "danger")
        return redirect(url_for("accounts_edit.changes", account_id=account_id), 303)
    flash(_("The account was restored."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.get("/<uuid:account_id>/changes")
@requires(Role.VIEWER)
def changes(account_id: uuid.UUID) -> ResponseReturnValue:
    """Who changed what, of the account, its departments and its people; also of an archived account."""
    with work() as act:
        account = _account(act.session, account_id)
        found = changes_of_account(act.session, account_id)
        merges = merges_of(act.session, account_id)
    return render_template("accounts/changes.html", account=account, changes=found, merges=merges)


@bp.get("/<uuid:account_id>/departments/new")
@requires(Role.MARKETER)
def new_department(account_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a new department."""
    return _department_page(account_id, None, {}, {})


@bp.post("/<uuid:account_id>/departments/new")
@requires(Role.MARKETER)
def add_department(account_id: uuid.UUID) -> ResponseReturnValue:
    """Make a department."""
    typed = read_department(request.form)

    def save() -> None:
        with work() as act:
            create_department(act.session, account_id, typed.draft, by=current_user().id, at=act.at)

    return _department_saved(account_id, None, *refused(typed.problems, save))


@bp.get("/<uuid:account_id>/departments/<uuid:department_id>/edit")
@requires(Role.MARKETER)
def edit_department(account_id: uuid.UUID, department_id: uuid.UUID) -> ResponseReturnValue:
    """The department's form."""
    with work() as act:
        department = _department(act.session, account_id, department_id)
        draft = draft_of_department(department)
    return _department_page(account_id, department_id, {**_texts(draft), "version": version_of(draft)}, {})


@bp.post("/<uuid:account_id>/departments/<uuid:department_id>/edit")
@requires(Role.MARKETER)
def save_department(account_id: uuid.UUID, department_id: uuid.UUID) -> ResponseReturnValue:
    """Save the department's form."""
    typed = read_department(request.form)

    def save() -> None:
        with work() as act:
            _department(act.session, account_id, department_id)
            seen = request.form.get("version")
            by = current_user().id
            change_department(act.session, department_id, typed.draft, by=by, at=act.at, version=seen)

    return _department_saved(account_id, department_id, *refused(typed.problems, save))


@bp.post("/<uuid:account_id>/departments/<uuid:department_id>/archive")
@requires(Role.MARKETER)
def put_department_away(account_id: uuid.UUID, department_id: uuid.UUID) -> ResponseReturnValue:
    """Put a department away; its people stay."""

    def save() -> None:
        with work() as act:
            _department(act.session, account_id, department_id)
            archive_department(act.session, department_id, by=current_user().id, at=act.at)

    return _department_saved(account_id, department_id, *refused({}, save))


@bp.post("/<uuid:account_id>/departments/<uuid:department_id>/restore")
@requires(Role.MARKETER)
def bring_department_back(account_id: uuid.UUID, department_id: uuid.UUID) -> ResponseReturnValue:
    """Bring an archived department back."""
    with work() as act:
        _department(act.session, account_id, department_id)
        restore_department(act.session, department_id, by=current_user().id, at=act.at)
    return _department_saved(account_id, department_id, {}, 200)


def _read_customer(form: Mapping[str, str]) -> tuple[Typed[AccountDraft], Typed[ContactDraft] | None]:
    """(account, person) of the one-minute form; somebody without a name is called by the address."""
    known = ("name", "corporate_number", "owner_id")
    account = read_account({"owner_id": _own_key(), **{name: form[name] for name in known if name in form}})
    if not form.get("full_name", "").strip() and not form.get("email", "").strip():
        return account, None
    named = form.get("full_name", "").strip() or form.get("email", "").strip()
    return account, read_contact({**form, "full_name": named})


def _own_key() -> str:
    """A rep's new customer is the rep's unless the form says otherwise; whoever else enters one chooses."""
    me = current_user()
    return str(me.id) if me.role == Role.SALES else ""


def _choices(session: Session, account: AccountDraft, contact: ContactDraft | None) -> list[Choice]:
    shared = SharedDomains(settings().shared_domains)
    likely = likely_accounts(session, account, contact or ContactDraft(full_name=""), shared)
    return [_choice(session, one) for one in likely]


def _choice(session: Session, likely: Likely) -> Choice:
    account = session.get_one(Account, likely.account_id)
    owner = session.get(User, account.owner_id) if account.owner_id else None
    me = current_user()
    return Choice(likely, owner.name if owner else None, may_edit_people(session, account.id, by=me.id, role=me.role))


def _create_customer(act: Work, draft: AccountDraft, person: ContactDraft | None, form: Mapping[str, str]) -> Account:
    """Account and person in one act."""
    me = current_user()
    account = _chosen(act.session, form.get("choice", ""))
    if account is None:
        domain = SharedDomains(settings().shared_domains).own_domain(person.email if person else None)
        account = create_account(act.session, draft, by=me.id, at=act.at, domains=[domain] if domain else [])
    contact = create_contact(act.session, account.id, person, by=me.id, at=act.at) if person else None
    refuse_erased(act.session, [person.email if person else None], digests(), act.at)
    _keep_words(act, account, contact, form, me.id)
    return account


def _chosen(session: Session, choice: str) -> Account | None:
    """The known account that was chosen; None for a new one."""
    account_id = read_id(choice)
    if account_id is None:
        return None
    me = current_user()
    if not may_edit_people(session, account_id, by=me.id, role=me.role):
        abort(403)
    return _living(session, account_id)


def _keep_words(act: Work, account: Account, contact: Contact | None, form: Mapping[str, str], by: uuid.UUID) -> None:
    """The memo becomes a note that is listened to, the basis an entry of the consent ledger."""
    if memo := form.get("memo", "").strip():
        contact_id, department_id = (contact.id, contact.department_id) if contact else (None, None)
        where: dict[str, Any] = {"contact_id": contact_id, "department_id": department_id, "by_user_id": by}
        note = keep_item(act.session, Item(ItemKind.NOTE, account.id, act.at, body=memo, **where))
        hear_note(act.session, note, at=act.at, zone=settings().zone)
    basis = form.get("basis", "")
    if contact and contact.email and basis in set(ConsentBasis):
        said = Statement(True, ConsentBasis(basis), form.get("evidence", ""))
        record_consent(act.session, contact, said, by=by, at=act.at)


def _new_page(values: Mapping[str, str], errors: Mapping[str, str], choices: list[Choice]) -> str:
    with work() as act:
        people = people_of_sales(act.session)
    known = {"choices": choices, "new": NEW, "owners": people}
    return render_template("accounts/new.html", values=values, errors=errors, **known)


def _edit_page(account_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        account = _living(act.session, account_id)
        people = owners(act.session, [account.owner_id])
        named = select(Department).where(Department.account_id == account_id).order_by(Department.name)
        departments = act.session.scalars(named).all()
        known = {
            "account": account,
            "owners": people,
            "departments": departments,
            "inputs": custom_inputs(act.session, CustomSubject.ACCOUNT),
            "group": group_of(act.session, account_id),
            "domains": domains_of(act.session, account_id),
        }
    return render_template("accounts/edit.html", values=values, errors=errors, **known)


def _department_page(
    account_id: uuid.UUID, department_id: uuid.UUID | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> str:
    with work() as act:
        account = _living(act.session, account_id)
        department = _department(act.session, account_id, department_id) if department_id else None
        people = owners(act.session, [department.owner_id if department else None])
    known = {"account": account, "department": department, "owners": people}
    return render_template("accounts/department.html", values=values, errors=errors, **known)


def _department_saved(
    account_id: uuid.UUID, department_id: uuid.UUID | None, errors: Mapping[str, str], status: int
) -> ResponseReturnValue:
    if errors:
        return _department_page(account_id, department_id, request.form, errors), status
    flash(_("The department was saved."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def _account(session: Session, account_id: uuid.UUID) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("no such account")
    return account


def _living(session: Session, account_id: uuid.UUID) -> Account:
    account = _account(session, account_id)
    if account.archived_at is not None:
        raise NotFound("the account is archived")
    return account


def _department(session: Session, account_id: uuid.UUID, department_id: uuid.UUID) -> Department:
    department = session.get(Department, department_id)
    if department is None or department.account_id != account_id:
        raise NotFound("no such department")
    return department


def _texts(draft: object) -> dict[str, str]:
    """A draft as form values; its custom fields have names of their own."""
    return {name: "" if value is None else str(value) for name, value in vars(draft).items() if name != "custom"}
