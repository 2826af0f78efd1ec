"""Renewals: the calendar of the coming year, and the answer for one contract."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.sheets import CONTRACT
from abm.handoff.renewing import Renewed, let_contract_end, renew_contract
from abm.importers.amounts import read_money
from abm.models import Contract
from abm.reports.renewals import RenewalRow, get_renewal, renewal_calendar, terms_of
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_day
from abm.web.downloads import csv_answer
from abm.web.forms import refused
from abm.web.records import check_right
from abm.web.tables import Plain
from abm.words import Role

bp = Blueprint("renewals", __name__, url_prefix="/renewals")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """What is up for renewal: overdue, then month by month."""
    mine = request.args.get("mine") == "1"
    with work() as act:
        today = local_day(act.at, settings().zone)
        calendar = renewal_calendar(act.session, today, owner_id=current_user().id if mine else None)
    return render_template("renewals/index.html", calendar=calendar, mine=mine, today=today)


@bp.get("/calendar.csv")
@requires(Role.VIEWER)
def download() -> ResponseReturnValue:
    """The calendar as a table that Excel opens as it is."""
    mine = request.args.get("mine") == "1"
    with work() as act:
        today = local_day(act.at, settings().zone)
        calendar = renewal_calendar(act.session, today, owner_id=current_user().id if mine else None)
    return csv_answer(f"renewals-{today.isoformat()}", _header(), map(_cells, calendar.rows))


@bp.get("/<uuid:contract_id>")
@requires(Role.SALES)
def show(contract_id: uuid.UUID) -> ResponseReturnValue:
    """One contract: renewed until when, or not any more."""
    return _page(contract_id, {}, {})


@bp.post("/<uuid:contract_id>/renewed")
@requires(Role.SALES)
def renewed(contract_id: uuid.UUID) -> ResponseReturnValue:
    """It goes on: the following contract is made."""
    form = request.form
    money = read_money(form.get("amount", ""))
    problems = {"amount": money.problem} if money.problem else {}

    def save() -> None:
        with work() as act:
            today = local_day(act.at, settings().zone)
            _check_right(act.session, contract_id)
            asked = Renewed(read_day(form.get("renews_on", "")), money.value)
            renew_contract(act.session, contract_id, asked, by=current_user().id, at=act.at, today=today)

    errors, status = refused(problems, save)
    if errors:
        return _page(contract_id, form, errors), status
    flash(_("Renewed: the following contract was made, and you will be reminded of it in time."), "success")
    return _back(contract_id)


@bp.post("/<uuid:contract_id>/ends")
@requires(Role.SALES)
def ends(contract_id: uuid.UUID) -> ResponseReturnValue:
    """It will not go on, and why."""

    def save() -> None:
        with work() as act:
            today = local_day(act.at, settings().zone)
            _check_right(act.session, contract_id)
            reason = request.form.get("reason", "")[:500]
            let_contract_end(act.session, contract_id, reason, by=current_user().id, at=act.at, today=today)

    errors, status = refused({}, save)
    if errors:
        return _page(contract_id, request.form, errors), status
    flash(_("Noted: the contract ends after its last day, and nobody is reminded of it any more."), "success")
    return _back(contract_id)


def _page(contract_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        row = get_renewal(act.session, contract_id)
        terms = terms_of(act.session, contract_id)
        today = local_day(act.at, settings().zone)
    proposed = (row.renews_on or today) + timedelta(days=365)
    usual = {"renews_on": proposed.isoformat(), "amount": _plain(row.amount)}
    known = {"row": row, "terms": terms, "errors": errors, "today": today, "values": {**usual, **values}}
    return render_template("renewals/show.html", **known)


def _check_right(session: Session, contract_id: uuid.UUID) -> None:
    contract = session.get(Contract, contract_id)
    check_right(session, CONTRACT, contract.account_id if contract else None)


def _back(contract_id: uuid.UUID) -> ResponseReturnValue:
    with work() as act:
        row = get_renewal(act.session, contract_id)
    if row.task_id:
        return redirect(url_for("tasks.show", task_id=row.task_id), 303)
    return redirect(url_for("accounts.show", account_id=row.account_id), 303)


def _header() -> list[str]:
    return [_("Renewal day"), _("Company"), _("Department"), _("Contract"), _("Product"), _("Amount"),
            _("Currency"), _("Renews by itself"), _("Owner"), _("Will end because")]  # fmt: skip


def _cells(row: RenewalRow) -> tuple[Plain, ...]:
    itself = _("Yes") if row.renews_itself else ""
    return (row.renews_on, row.account, row.department, row.name, row.product, row.amount,
            row.currency, itself, row.owner, row.ends_because)  # fmt: skip


def _plain(amount: Decimal | None) -> str:
    """An amount as one types it: yen have no decimals."""
    if amount is None:
        return ""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:f}"
