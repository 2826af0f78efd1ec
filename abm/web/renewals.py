"""Renewals: the calendar of the coming year, and the answer for one contract."""

import csv
import io
import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.clock import local_day
from abm.handoff.renewing import Renewed, let_contract_end, renew_contract
from abm.importers.amounts import read_money
from abm.reports.renewals import RenewalRow, get_renewal, renewal_calendar
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_day
from abm.web.forms import refused
from abm.words import Role

bp = Blueprint("renewals", __name__, url_prefix="/renewals")

# A cell that begins like this would run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_header())
    writer.writerows([_cell(value) for value in _cells(row)] for row in calendar.rows)
    headers = {"Content-Disposition": f'attachment; filename="renewals-{today.isoformat()}.csv"'}
    return Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


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
        today = local_day(act.at, settings().zone)
    proposed = (row.renews_on or today) + timedelta(days=365)
    usual = {"renews_on": proposed.isoformat(), "amount": _plain(row.amount)}
    known = {"row": row, "errors": errors, "today": today, "values": {**usual, **values}}
    return render_template("renewals/show.html", **known)


def _back(contract_id: uuid.UUID) -> ResponseReturnValue:
    with work() as act:
        row = get_renewal(act.session, contract_id)
    if row.task_id:
        return redirect(url_for("tasks.show", task_id=row.task_id), 303)
    return redirect(url_for("accounts.show", account_id=row.account_id), 303)


def _header() -> list[str]:
    return [_("Renewal day"), _("Company"), _("Department"), _("Contract"), _("Product"), _("Amount"),
            _("Currency"), _("Renews by itself"), _("Owner"), _("Will end because")]  # fmt: skip


def _cells(row: RenewalRow) -> list[str]:
    amount = _plain(row.amount)
    itself = _("Yes") if row.renews_itself else ""
    return [row.renews_on.isoformat(), row.account, row.department or "", row.name, row.product or "", amount,
            row.currency, itself, row.owner or "", row.ends_because or ""]  # fmt: skip


def _plain(amount: Decimal | None) -> str:
    """An amount as one types it: yen have no decimals."""
    if amount is None:
        return ""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:f}"


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
