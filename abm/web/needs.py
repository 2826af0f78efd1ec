"""Wants typed by hand: the form of an interest, a problem or a need, beside those heard in notes."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.customers.needs import LONGEST_TOPIC, LONGEST_WORDS, Wanted, change_need, write_need
from abm.customers.rights import may_edit_people
from abm.errors import NotFound
from abm.models import Account, Need
from abm.reports.heard import products_to_choose
from abm.web.access import current_user, requires
from abm.web.activities import working_here
from abm.web.acts import work
from abm.web.asked import read_day, read_id
from abm.web.forms import refused
from abm.web.records import living_account, shown, writing
from abm.words import NeedKind, Role

bp = Blueprint("needs", __name__)

DAYS = ("said_on", "horizon_from", "horizon_until")
FIELDS = ("kind", "topic", "product_id", "contact_id", "department_id", "said", *DAYS)


@bp.get("/accounts/<uuid:account_id>/needs/new")
@requires(Role.SALES)
def new(account_id: uuid.UUID) -> ResponseReturnValue:
    """The form of what they want; a person or department in the address is filled in."""
    with work() as act:
        today = writing(act).today
    return _page(account_id, None, {"said_on": today.isoformat(), **request.args.to_dict()}, {})


@bp.post("/accounts/<uuid:account_id>/needs/new")
@requires(Role.SALES)
def create(account_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what they want."""

    def save() -> None:
        with work() as act:
            _check_right(act.session, account_id)
            write_need(act.session, account_id, _wanted(request.form), writing(act))

    errors, status = refused(_problems(request.form), save)
    return (_page(account_id, None, request.form, errors), status) if errors else _back(account_id)


@bp.get("/needs/<uuid:need_id>/edit")
@requires(Role.SALES)
def edit(need_id: uuid.UUID) -> ResponseReturnValue:
    """The same form of a known one."""
    with work() as act:
        need = _need(act.session, need_id)
        values = {name: shown(getattr(need, name)) for name in FIELDS}
    return _page(need.account_id, need_id, values, {})


@bp.post("/needs/<uuid:need_id>/edit")
@requires(Role.SALES)
def change(need_id: uuid.UUID) -> ResponseReturnValue:
    """Save the form."""
    with work() as act:
        account_id = _need(act.session, need_id).account_id

    def save() -> None:
        with work() as act:
            _check_right(act.session, account_id)
            change_need(act.session, need_id, _wanted(request.form), writing(act))

    errors, status = refused(_problems(request.form), save)
    return (_page(account_id, need_id, request.form, errors), status) if errors else _back(account_id)


def _problems(form: Mapping[str, str]) -> dict[str, str]:
    unread = {name: "date_unreadable" for name in DAYS if form.get(name) and read_day(form[name]) is None}
    return unread if form.get("kind") in set(NeedKind) else {**unread, "kind": "unknown"}


def _wanted(form: Mapping[str, str]) -> Wanted:
    return Wanted(
        NeedKind(form["kind"]),
        _line(form.get("topic", ""))[:LONGEST_TOPIC] or None,
        read_id(form.get("product_id", "")),
        read_id(form.get("contact_id", "")),
        read_id(form.get("department_id", "")),
        _line(form.get("said", ""))[:LONGEST_WORDS] or None,
        *(read_day(form.get(name, "")) for name in DAYS),
    )


def _line(typed: str) -> str:
    return " ".join(typed.replace("\x00", "").split())


def _page(
    account_id: uuid.UUID, need_id: uuid.UUID | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> str:
    with work() as act:
        account: Account = living_account(act.session, account_id)
        _check_right(act.session, account_id)
        working = working_here(act.session, account_id, act.at)
        products = products_to_choose(act.session)
    known = {"account": account, "need_id": need_id, "working": working, "products": products}
    return render_template("heard/edit.html", values=values, errors=errors, **known)


def _need(session: Session, need_id: uuid.UUID) -> Need:
    need = session.get(Need, need_id)
    if need is None or need.archived_at is not None:
        raise NotFound("no such need")
    return need


def _check_right(session: Session, account_id: uuid.UUID) -> None:
    me = current_user()
    if not may_edit_people(session, account_id, by=me.id, role=me.role):
        abort(403)


def _back(account_id: uuid.UUID) -> ResponseReturnValue:
    flash(_("What they want was saved."), "success")
    if contact_id := read_id(request.form.get("contact_id", "")):
        return redirect(url_for("contacts.show", contact_id=contact_id, _anchor="heard"), 303)
    return redirect(url_for("accounts.show", account_id=account_id, _anchor="heard"), 303)
