"""Deals: the board by stage, and one deal with the customer's decision, its offers, its files and what comes next."""

import uuid
from collections.abc import Mapping
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.customers.custom import custom_inputs
from abm.customers.deals import add_step, move_step, order_won, own_product
from abm.customers.keep import Writing, change_record, lock_record, version_of_record
from abm.customers.next_actions import Promise, set_next_action
from abm.customers.sheets import DEAL, DECISION_STEP
from abm.errors import Invalid
from abm.importers.amounts import read_month_on
from abm.importers.typed_sheets import read_sheet
from abm.models import Deal
from abm.reports.deals import DealFilter, deal_board, ended_deals, read_deal
from abm.reports.folds import fold_lines
from abm.reports.records import choices_for
from abm.reports.timeline import LINES_SHOWN, TimelineFilter, list_lines
from abm.reports.working import actions_of_deal, owners
from abm.web.access import current_user, requires
from abm.web.activities import read_plan
from abm.web.acts import settings, work
from abm.web.asked import asked_id, asked_word
from abm.web.forms import refused, why_not
from abm.web.records import BLUEPRINTS, check_right, may_write, writing
from abm.words import OPEN_DEAL_STAGES, CustomSubject, DealStage, Holds, Role

bp = BLUEPRINTS[DEAL]


@bp.get("/deals")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Open deals by stage, or the won or lost ones."""
    asked = asked_word("stage", DealStage)
    ended = asked if asked and asked not in OPEN_DEAL_STAGES else None
    month = read_month_on(request.args.get("month", "")).value
    wanted = DealFilter(_asked_owner(), month)
    with work() as act:
        board = deal_board(act.session, wanted)
        over = ended_deals(act.session, wanted, ended) if ended else None
        people = owners(act.session)
        today = local_day(act.at, settings().zone)
        away = away_on(act.session, today)
    known = {"wanted": wanted, "board": board, "ended": ended, "over": over, "owners": people, "today": today}
    known |= {"away": away}
    return render_template("deals/index.html", months=_months(today), **known)


@bp.get("/deals/<uuid:record_id>")
@requires(Role.VIEWER)
def show(record_id: uuid.UUID) -> ResponseReturnValue:
    """One deal and all of it."""
    return _page(record_id, {}, {})


@bp.post("/deals/<uuid:record_id>/stage")
@requires(Role.SALES)
def move(record_id: uuid.UUID) -> ResponseReturnValue:
    """To another stage; won and lost end it."""
    form = request.form
    typed = read_sheet(DEAL, {name: form[name] for name in ("stage", "lost_reason") if name in form})

    def save() -> None:
        with work() as act:
            _check_right(act.session, record_id)
            change_record(act.session, DEAL, record_id, typed.values, writing(act), version=form.get("version"))

    errors, status = refused(typed.problems, save)
    if errors:
        return _page(record_id, form, errors), status
    flash(_("The stage was changed."), "success")
    return redirect(url_for("deals.show", record_id=record_id), 303)


@bp.post("/deals/<uuid:record_id>/won/<any(product, order):what>")
@requires(Role.SALES)
def record_won(record_id: uuid.UUID, what: str) -> ResponseReturnValue:
    """Keep what was won as owned, or as an order, with all the deal says about it."""

    def save() -> None:
        with work() as act:
            _check_right(act.session, record_id)
            _account, deal = lock_record(act.session, DEAL, record_id)
            _keep_won(act.session, deal, what, writing(act))

    if problem := why_not(save):
        flash(problem, "warning")
    else:
        flash(_("Recorded at the customer."), "success")
    return redirect(url_for("deals.show", record_id=record_id), 303)


@bp.post("/deals/<uuid:record_id>/steps")
@requires(Role.SALES)
def add_decision(record_id: uuid.UUID) -> ResponseReturnValue:
    """One more step of the customer's decision."""
    typed = read_sheet(DECISION_STEP, request.form)

    def save() -> None:
        with work() as act:
            _check_right(act.session, record_id)
            add_step(act.session, record_id, typed.values, writing(act))

    errors, status = refused(typed.problems, save)
    if errors:
        return _page(record_id, request.form, errors), status
    flash(_("The step was added."), "success")
    return redirect(url_for("deals.show", record_id=record_id, _anchor="decision"), 303)


@bp.post("/decision-steps/<uuid:step_id>/state")
@requires(Role.SALES)
def decide(step_id: uuid.UUID) -> ResponseReturnValue:
    """What became of a step."""
    typed = read_sheet(DECISION_STEP, {"state": request.form.get("state", "")})
    deal: list[uuid.UUID] = []

    def save() -> None:
        with work() as act:
            account, _step = lock_record(act.session, DECISION_STEP, step_id)
            check_right(act.session, DECISION_STEP, account.id if account else None)
            # A day that was set with an earlier decision is not the day of this one.
            values = {**typed.values, "decided_on": None}
            deal.append(change_record(act.session, DECISION_STEP, step_id, values, writing(act)).deal_id)

    errors, _status = refused(typed.problems, save)
    if errors:
        flash(next(iter(errors.values())), "danger")
        return redirect(url_for("deals.index"), 303)
    return redirect(url_for("deals.show", record_id=deal[0], _anchor="decision"), 303)


@bp.post("/decision-steps/<uuid:step_id>/place")
@requires(Role.SALES)
def place(step_id: uuid.UUID) -> ResponseReturnValue:
    """One place earlier or later."""
    with work() as act:
        account, step = lock_record(act.session, DECISION_STEP, step_id)
        check_right(act.session, DECISION_STEP, account.id if account else None)
        move_step(act.session, step_id, earlier=request.form.get("to") == "earlier", writing=writing(act))
        deal_id = step.deal_id
    return redirect(url_for("deals.show", record_id=deal_id, _anchor="decision"), 303)


@bp.post("/deals/<uuid:record_id>/next-action")
@requires(Role.SALES)
def plan(record_id: uuid.UUID) -> ResponseReturnValue:
    """What comes next with this deal."""
    form = request.form
    said, problems = read_plan(form)

    def save() -> None:
        with work() as act:
            _account, deal = lock_record(act.session, DEAL, record_id)
            check_right(act.session, DEAL, deal.account_id)
            promise = Promise(deal.account_id, **said, deal_id=deal.id)
            set_next_action(act.session, promise, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _page(record_id, {}, {f"next.{name}": text for name, text in errors.items()}, planned=form), status
    flash(_("The next action was saved."), "success")
    return redirect(url_for("deals.show", record_id=record_id, _anchor="next"), 303)


def _page(
    record_id: uuid.UUID,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    planned: Mapping[str, str] | None = None,
) -> str:
    with work() as act:
        view = read_deal(act.session, record_id)
        lines = list_lines(
            act.session,
            TimelineFilter(account_id=view.deal.account_id, subject_ids=tuple(view.subjects)),
            LINES_SHOWN,
        )
        known = {
            "view": view,
            "deal": view.row,
            "may": may_write(act.session, DEAL, view.deal.account_id),
            "version": version_of_record(DEAL, view.deal),
            "folds": fold_lines(lines, settings().zone),
            "actions": actions_of_deal(act.session, record_id),
            "owners": owners(act.session),
            "people": choices_for(act.session, DECISION_STEP, view.deal.account_id)[Holds.CONTACT],
            "today": local_day(act.at, settings().zone),
            "away": away_on(act.session, local_day(act.at, settings().zone)),
            "planned": planned or {},
            "inputs": custom_inputs(act.session, CustomSubject.DEAL),
        }
    stages = [*OPEN_DEAL_STAGES, DealStage.WON]
    return render_template("deals/show.html", values=values, errors=errors, stages=stages, **known)


def _keep_won(session: Session, deal: Deal, what: str, by: Writing) -> None:
    if deal.stage != DealStage.WON:
        raise Invalid("the deal is not won", "", "not_won")
    if what == "order":
        order_won(session, deal, by)
        return
    if deal.product_id is None:
        raise Invalid("say first which product the deal is about", "product_id", "missing")
    own_product(session, deal, by)


def _check_right(session: Session, deal_id: uuid.UUID) -> None:
    deal = session.get(Deal, deal_id)
    check_right(session, DEAL, deal.account_id if deal else None)


def _asked_owner() -> uuid.UUID | None:
    """One's own deals for sales unless everybody's are asked for."""
    if "owner" not in request.args and current_user().role == Role.SALES:
        return current_user().id
    return asked_id("owner")


def _months(today: date) -> list[date]:
    """The months that deals are usually looked at in: the last two to the next twelve."""
    first = today.year * 12 + today.month - 1 - 2
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, first + 15)]
