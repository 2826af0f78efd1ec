"""The records of what is sold: one set of pages for every sheet, to make, see, change, put away and bring back."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial, update_wrapper
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.custom import custom_inputs, custom_texts, read_custom
from abm.customers.keep import (
    Writing,
    add_record,
    archive_record,
    change_record,
    restore_record,
    version_of_record,
)
from abm.customers.rights import may_edit_sold
from abm.customers.sheets import (
    CONTRACT,
    DEAL,
    DEAL_FILE,
    DECISION_STEP,
    OFFER,
    ORDER,
    OWNERSHIP,
    PRODUCT,
    SURVEY_ANSWER,
    TICKET,
    USAGE,
    Sheet,
)
from abm.errors import NotFound
from abm.importers.typed_sheets import TypedSheet, read_sheet
from abm.models import Account
from abm.reports.history import changes_of_record
from abm.reports.records import RecordView, choices_for, read_record, records_of
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_page
from abm.web.forms import refused, why_not
from abm.web.labels_sheets import list_title, noun
from abm.words import Role
from abm.work import Work

View = Callable[..., ResponseReturnValue]


def index(sheet: Sheet) -> ResponseReturnValue:
    """All records of a sheet that belongs to no account."""
    with work() as act:
        page, names = records_of(act.session, sheet, None, asked_page())
    return render_template(
        "records/index.html", sheet=sheet, account=None, found=page, names=names, may=_may_all(sheet)
    )


def of_account(sheet: Sheet, account_id: uuid.UUID) -> ResponseReturnValue:
    """All records of a sheet at one account."""
    with work() as act:
        account = living_account(act.session, account_id)
        page, names = records_of(act.session, sheet, account_id, asked_page())
        may = may_write(act.session, sheet, account_id)
    return render_template("records/index.html", sheet=sheet, account=account, found=page, names=names, may=may)


def new(sheet: Sheet, account_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """The form of a new record; values in the address are filled in."""
    with work() as act:
        today = writing(act).today
    usual = {field.name: shown(field.otherwise) for field in sheet.fields}
    dated = {field.name: today.isoformat() for field in sheet.fields if field.name in ("ordered_on", "answered_on")}
    mine = {"owner_id": _usual_owner(account_id)} if "owner_id" in usual else {}
    return _new_page(sheet, account_id, {**usual, **dated, **mine, **request.args.to_dict()}, {})


def create(sheet: Sheet, account_id: uuid.UUID | None = None) -> ResponseReturnValue:
    """Make a record."""
    typed = _typed(sheet)
    made: list[Any] = []

    def save() -> None:
        with work() as act:
            check_right(act.session, sheet, account_id)
            made.append(add_record(act.session, sheet, account_id, typed.values, writing(act)))

    errors, status = refused(typed.problems, save)
    if errors:
        return _new_page(sheet, account_id, request.form, errors), status
    flash(_("%(noun)s: saved.", noun=noun(sheet)), "success")
    return redirect(home_of(sheet, made[0]), 303)


def show(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """One record."""
    with work() as act:
        view = read_record(act.session, sheet, record_id)
        may = may_write(act.session, sheet, view.account.id if view.account else None)
    return render_template("records/show.html", sheet=sheet, view=view, may=may, back=back_of(view))


def edit(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """The record's form."""
    with work() as act:
        view = read_record(act.session, sheet, record_id)
    texts = {name: shown(value) for name, value in sheet.values_of(view.record).items() if name != "custom"}
    own = custom_texts(view.record.custom) if sheet.custom else {}
    return _edit_page(sheet, record_id, {**texts, **own, "version": version_of_record(sheet, view.record)}, {})


def change(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """Save the record's form."""
    typed = _typed(sheet, record_id)
    changed: list[Any] = []

    def save() -> None:
        with work() as act:
            _check_right_on(act.session, sheet, record_id)
            seen = request.form.get("version")
            changed.append(change_record(act.session, sheet, record_id, typed.values, writing(act), version=seen))

    errors, status = refused(typed.problems, save)
    if errors:
        return _edit_page(sheet, record_id, request.form, errors), status
    flash(_("The record was saved."), "success")
    return redirect(home_of(sheet, changed[0]), 303)


def archive(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """Put the record away."""
    with work() as act:
        _check_right_on(act.session, sheet, record_id)
        archive_record(act.session, sheet, record_id, writing(act))
    flash(_("%(noun)s: archived. You can restore it here.", noun=noun(sheet)), "success")
    return redirect(url_for(f"{sheet.plural}.changes", record_id=record_id), 303)


def restore(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """Bring the record back."""
    restored: list[Any] = []

    def save() -> None:
        with work() as act:
            _check_right_on(act.session, sheet, record_id, archived=True)
            restored.append(restore_record(act.session, sheet, record_id, writing(act)))

    if problem := why_not(save):
        flash(problem, "danger")
        return redirect(url_for(f"{sheet.plural}.changes", record_id=record_id), 303)
    flash(_("%(noun)s: restored.", noun=noun(sheet)), "success")
    return redirect(home_of(sheet, restored[0]), 303)


def changes(sheet: Sheet, record_id: uuid.UUID) -> ResponseReturnValue:
    """Who changed what; also of an archived record."""
    with work() as act:
        view = read_record(act.session, sheet, record_id, archived=None)
        found = changes_of_record(act.session, sheet, record_id)
        may = may_write(act.session, sheet, view.account.id if view.account else None)
    return render_template("records/changes.html", sheet=sheet, view=view, changes=found, may=may, back=back_of(view))


def pages_of(sheet: Sheet, but: Iterable[str] = ()) -> Blueprint:
    """The pages of one sheet under its own name: `contracts.show`; `but` are views it has of its own elsewhere."""
    bp = Blueprint(sheet.plural, __name__)
    one = f"/{sheet.plural}/<uuid:record_id>"
    many = f"/accounts/<uuid:account_id>/{sheet.plural}" if sheet.of_account else f"/{sheet.plural}"
    all_of_it: tuple[str, View] = ("of_account", of_account) if sheet.of_account else ("index", index)
    pages: tuple[tuple[str, str, str, View, Role], ...] = (
        (all_of_it[0], "GET", many, all_of_it[1], Role.VIEWER),
        ("new", "GET", f"{many}/new", new, sheet.role),
        ("create", "POST", f"{many}/new", create, sheet.role),
        ("show", "GET", one, show, Role.VIEWER),
        ("edit", "GET", f"{one}/edit", edit, sheet.role),
        ("change", "POST", f"{one}/edit", change, sheet.role),
        ("archive", "POST", f"{one}/archive", archive, sheet.role),
        ("restore", "POST", f"{one}/restore", restore, sheet.role),
        ("changes", "GET", f"{one}/changes", changes, Role.VIEWER),
    )
    for name, method, address, view, role in pages:
        if name not in but:
            bound = update_wrapper(partial(view, sheet), view)
            bp.add_url_rule(address, name, requires(role)(bound), methods=[method])
    return bp


# Deals and files have pages of their own beside these; a step is seen on its deal's page.
OWN_PAGES = {DEAL: ("show",), DEAL_FILE: ("new", "create"), DECISION_STEP: ("of_account", "new", "create", "show")}
SHEETS = (PRODUCT, DEAL, DECISION_STEP, DEAL_FILE, OFFER, ORDER, CONTRACT, OWNERSHIP, USAGE, TICKET, SURVEY_ANSWER)
BLUEPRINTS = {sheet: pages_of(sheet, OWN_PAGES.get(sheet, ())) for sheet in SHEETS}


def writing(act: Work) -> Writing:
    """The user of this request writes now."""
    return Writing(current_user().id, act.at, local_day(act.at, settings().zone))


def may_write(session: Session, sheet: Sheet, account_id: uuid.UUID | None) -> bool:
    """Whether the user of this request writes this sheet at this account."""
    me = current_user()
    if account_id is None:
        return _may_all(sheet)
    return me.may(sheet.role) and may_edit_sold(session, account_id, by=me.id, role=me.role)


def check_right(session: Session, sheet: Sheet, account_id: uuid.UUID | None) -> None:
    """Turn away who may not write here."""
    if not may_write(session, sheet, account_id):
        abort(403)


def living_account(session: Session, account_id: uuid.UUID) -> Account:
    """The account; NotFound when there is none or it was put away."""
    account = session.get(Account, account_id)
    if account is None or account.archived_at is not None:
        raise NotFound("no such account")
    return account


def home_of(sheet: Sheet, record: Any) -> str:
    """The page on which a record is seen among what it belongs to."""
    if sheet is DEAL:
        return url_for("deals.show", record_id=record.id)
    if deal_id := getattr(record, "deal_id", None):
        return url_for("deals.show", record_id=deal_id)
    if not sheet.of_account:
        return url_for(f"{sheet.plural}.index")
    return url_for("accounts.show", account_id=record.account_id, _anchor=sheet.plural)


def back_of(view: RecordView) -> tuple[str, str]:
    """(address, title) of where a record's pages lead back to."""
    home = home_of(view.sheet, view.record)
    if view.sheet is DEAL:
        return home, view.title
    if deal_id := getattr(view.record, "deal_id", None):
        return home, view.names.get(deal_id, _("Back to the deal"))
    return home, view.account.name if view.account else list_title(view.sheet)


def shown(value: Any) -> str:
    """A value as a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _usual_owner(account_id: uuid.UUID | None) -> str:
    """Who looks after a new record: the rep who enters it; for whoever else enters it, the account's owner."""
    me = current_user()
    if me.role == Role.SALES:
        return str(me.id)
    with work() as act:
        account = act.session.get(Account, account_id) if account_id else None
    return shown(account.owner_id) if account else ""


def _may_all(sheet: Sheet) -> bool:
    return current_user().may(sheet.role)


def _check_right_on(session: Session, sheet: Sheet, record_id: uuid.UUID, *, archived: bool = False) -> None:
    view = read_record(session, sheet, record_id, archived=archived)
    check_right(session, sheet, view.account.id if view.account else None)


def _typed(sheet: Sheet, record_id: uuid.UUID | None = None) -> TypedSheet:
    """The form of this request, with the custom fields where the noun has some."""
    typed = read_sheet(sheet, request.form)
    if sheet.custom is None:
        return typed
    with work() as act:
        held = read_record(act.session, sheet, record_id).record.custom if record_id else None
        custom, problems = read_custom(act.session, sheet.custom, request.form, held)
    return TypedSheet({**typed.values, "custom": custom}, {**typed.problems, **problems})


def _new_page(sheet: Sheet, account_id: uuid.UUID | None, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        account = living_account(act.session, account_id) if account_id else None
        check_right(act.session, sheet, account_id)
        choices = choices_for(act.session, sheet, account_id)
        inputs = custom_inputs(act.session, sheet.custom) if sheet.custom else []
    if account:
        back = (url_for("accounts.show", account_id=account.id), _("Back to the account"))
    else:
        back = (url_for(f"{sheet.plural}.index"), list_title(sheet))
    fields = [field for field in sheet.fields if not field.is_later or field.name in errors or values.get(field.name)]
    known = {"sheet": sheet, "fields": fields, "account": account, "view": None, "choices": choices, "back": back}
    return render_template("records/edit.html", values=values, errors=errors, inputs=inputs, **known)


def _edit_page(sheet: Sheet, record_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        view = read_record(act.session, sheet, record_id)
        account_id = view.account.id if view.account else None
        check_right(act.session, sheet, account_id)
        choices = choices_for(act.session, sheet, account_id, view.record)
        inputs = custom_inputs(act.session, sheet.custom) if sheet.custom else []
    known = {"sheet": sheet, "fields": sheet.fields, "account": view.account, "view": view, "choices": choices}
    known |= {"back": back_of(view)}
    return render_template("records/edit.html", values=values, errors=errors, inputs=inputs, **known)
