"""Tasks: the board, one task with all it carries, and the answers of sales."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.customers.company_calendar import read_calendar
from abm.customers.rights import may_edit_people
from abm.errors import Conflict, Invalid, NotFound
from abm.handoff.answers import answer_task
from abm.handoff.assign import places_in_line
from abm.handoff.closing import close_task
from abm.handoff.coverage import ask_for_coverage
from abm.handoff.freshness import answer_check
from abm.models import Account
from abm.reports.renewals import renewals_of_task
from abm.reports.tasks import (
    TaskCard,
    TaskFilter,
    callees,
    get_card,
    list_cards,
    list_steps,
    living_products,
    with_phone_wishes,
)
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.answering import allowed_codes, days_meant, grouped, read_code, read_said, signals, wanted
from abm.web.asked import fragment, read_id
from abm.web.downloads import csv_answer
from abm.web.ical import CALENDAR_TYPE, calendar_file
from abm.web.labels import label, problem
from abm.web.tables import heads, plain
from abm.web.task_files import BOARD, file_rows, task_day
from abm.web.task_overview import may_give
from abm.words import OPEN_TASK_STATES, AnswerCode, FreshnessAnswer, Role, TaskKind, TaskState

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

# The columns of the board, on a phone its tabs; what has ended stands together in the last.
COLUMNS = (
    (TaskState.NEW, (TaskState.NEW,)),
    (TaskState.ASSIGNED, (TaskState.ASSIGNED, TaskState.EXPIRED, TaskState.OPEN)),
    (TaskState.ACCEPTED, (TaskState.ACCEPTED,)),
    (TaskState.WORKING, (TaskState.WORKING,)),
    (TaskState.DONE, tuple(state for state in TaskState if state not in OPEN_TASK_STATES)),
)
# On a phone the board opens where something waits for an answer.
FIRST_TABS = (TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.WORKING, TaskState.NEW, TaskState.DONE)
NOBODY = "nobody"


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The board: mine or everybody's."""
    return _board()


@bp.get("/list.csv")
@requires(Role.VIEWER)
def as_csv() -> ResponseReturnValue:
    """What the board shows, as a file."""
    with work() as act:
        cards = list_cards(act.session, act.at, asked_tasks(request.args))
    return csv_answer(
        _("Tasks"), heads(BOARD), [[plain(card, column) for column in BOARD] for card in file_rows(cards)]
    )


@bp.get("/<uuid:task_id>")
@requires(Role.VIEWER)
def show(task_id: uuid.UUID) -> ResponseReturnValue:
    """One task with its frozen receipt."""
    return _page(task_id, "")


@bp.get("/<uuid:task_id>.ics")
@requires(Role.VIEWER)
def as_calendar(task_id: uuid.UUID) -> ResponseReturnValue:
    """The deadline of a task, for one's own calendar."""
    with work() as act:
        card = get_card(act.session, task_id)
    if card.due_at is None:
        raise NotFound("this task has no deadline")
    content = calendar_file(_("Tasks"), [task_day(card)], act.at)
    headers = {"Content-Disposition": f'attachment; filename="task-{task_id}.ics"'}
    return Response(content, content_type=CALENDAR_TYPE, headers=headers)


@bp.get("/<uuid:task_id>/answering")
@requires(Role.SALES)
def answering(task_id: uuid.UUID) -> ResponseReturnValue:
    """The answers on their card of the board: which one, then what it asks for."""
    with work() as act:
        card = get_card(act.session, task_id)
        known = _answers(act.session, card, act.at)
    return render_template("tasks/_card_answer.html", card=card, values={}, **known)


@bp.post("/<uuid:task_id>/answers")
@requires(Role.SALES)
def answer(task_id: uuid.UUID) -> ResponseReturnValue:
    """What sales says to it; the reason feeds the rules."""
    form = request.form
    try:
        with work() as act:
            said = read_said(form, read_code(form.get("code", "")), current_user().id, act.at)
            answer_task(act.session, task_id, said, settings().zone)
            card = get_card(act.session, task_id)
    except Invalid as error:
        return _page(task_id, problem(error)), 422
    except Conflict:
        return _page(task_id, _too_late()), 409
    if fragment() == "board":
        return _board()
    flash(_("%(account)s: %(state)s", account=card.account, state=label(card.state, "TaskState")), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def asked_tasks(values: Mapping[str, str]) -> TaskFilter:
    """Which tasks a reader asked for."""
    owner, kind = values.get("owner", ""), values.get("kind", "")
    mine = values.get("mine") == "1"
    return TaskFilter(
        owner_id=current_user().id if mine else read_id(owner),
        nobody=owner == NOBODY and not mine,
        kind=TaskKind(kind) if kind in set(TaskKind) else None,
        account=values.get("q", "").strip()[:100],
        overdue=values.get("overdue") == "1",
    )


def _board(error: str = "") -> str:
    values = request.values
    with work() as act:
        cards = list_cards(act.session, act.at, asked_tasks(values))
        away = away_on(act.session, local_day(act.at, settings().zone))
        people = owners(act.session)
        places = places_in_line(act.session)
        g.task_calendar = read_calendar(act.session, settings().zone)
    columns = [(state, [card for card in cards if card.state in states]) for state, states in COLUMNS]
    filled = {state for state, column in columns if column}
    first = next((state for state in FIRST_TABS if state in filled), TaskState.ASSIGNED)
    asked = values.get("tab", "")
    known = {
        "columns": columns,
        "tab": asked if asked in {state for state, _column in columns} else first,
        "mine": values.get("mine") == "1",
        "is_filtered": any(values.get(name) for name in ("owner", "kind", "q", "overdue")),
        "people": people,
        "places": places,
        "total": len(cards),
    }
    template = "tasks/_board.html" if fragment() else "tasks/index.html"
    return render_template(template, error=error, now=act.at, away=away, query=_query(values), **known)


def _query(values: Mapping[str, str]) -> dict[str, str]:
    """What an answer on the board takes along, so that the same board comes back."""
    return {name: values[name] for name in ("mine", "owner", "kind", "q", "overdue", "tab") if values.get(name)}


def _page(task_id: uuid.UUID, error: str) -> str:
    if fragment() == "board":
        return _board(error)
    with work() as act:
        card = get_card(act.session, task_id)
        steps = list_steps(act.session, task_id)
        away = away_on(act.session, local_day(act.at, settings().zone))
        renewals = renewals_of_task(act.session, task_id) if card.kind == TaskKind.RENEWAL else []
        known = _answers(act.session, card, act.at)
        people = [uuid.UUID(person["id"]) for person in card.brief.get("people", [])]
        reached = callees(act.session, [*people, *([card.contact_id] if card.contact_id else [])])
        may_reassign = card.is_open and may_give(act.session, task_id)
        colleagues = owners(act.session) if may_reassign else []
        g.task_calendar = read_calendar(act.session, settings().zone)
    template = "tasks/_answer.html" if fragment() else "tasks/show.html"
    known |= {
        "card": with_phone_wishes(card, reached),
        "steps": steps,
        "renewals": renewals,
        "checks": _checks(card),
        "reached": reached,
        "may_reassign": may_reassign,
        "colleagues": colleagues,
        "away": away,
    }
    return render_template(template, error=error, values=request.form, now=act.at, **known)


def _answers(session: Session, card: TaskCard, at: datetime) -> dict[str, Any]:
    """Which answers are offered, and what the chosen one asks for."""
    code = request.values.get("code", "")
    chosen = wanted(AnswerCode(code)) if code in set(allowed_codes(card.kind, card.state)) else None
    days, products = [], []
    if chosen and chosen.needs_day:
        closing_month = session.scalar(select(Account.closing_month).where(Account.id == card.account_id))
        days = days_meant(local_day(at, settings().zone), closing_month)
    if chosen and chosen.product:
        products = living_products(session)
    groups = grouped(card.kind, card.state)
    rows = signals(chosen.code, card.evidence, card.receipt) if chosen else []
    return {"groups": groups, "wanted": chosen, "days": days, "products": products, "signals": rows}


@bp.post("/<uuid:task_id>/close")
@requires(Role.SALES)
def close(task_id: uuid.UUID) -> ResponseReturnValue:
    """Done, or dismissed with a reason: for tasks that are no hand-off."""
    done, text = request.form.get("done") == "1", request.form.get("text", "").strip() or None
    try:
        with work() as act:
            close_task(act.session, task_id, done=done, by=current_user().id, at=act.at, text=text)
    except Invalid as error:
        return _page(task_id, problem(error)), 422
    except Conflict:
        return _page(task_id, _too_late()), 409
    if fragment() == "board":
        return _board()
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/<uuid:task_id>/people/<uuid:contact_id>")
@requires(Role.SALES)
def check(task_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """One tap about one record: still right, moved, or left."""
    said = request.form.get("answer", "")
    if said not in set(FreshnessAnswer):
        return _page(task_id, _("Please choose an answer.")), 422
    me = current_user()
    try:
        with work() as act:
            card = get_card(act.session, task_id)
            if not may_edit_people(act.session, card.account_id, by=me.id, role=Role(me.role)):
                abort(403)
            answer_check(act.session, task_id, contact_id, FreshnessAnswer(said), by=me.id, at=act.at)
    except Invalid as error:
        return _page(task_id, problem(error)), 422
    except Conflict:
        return _page(task_id, _too_late()), 409
    if said == FreshnessAnswer.MOVED:
        flash(_("Where to? Please put department and title right."), "success")
        return redirect(url_for("contacts_edit.edit", contact_id=contact_id), 303)
    flash(_("Thank you, noted."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/coverage/<uuid:account_id>")
@requires(Role.SALES)
def ask_coverage(account_id: uuid.UUID) -> ResponseReturnValue:
    """Have the owner find who is missing at an account."""
    try:
        with work() as act:
            ask_for_coverage(act.session, account_id, by=current_user().id, at=act.at, zone=settings().zone)
    except Invalid as error:
        flash(problem(error), "warning")
        return redirect(url_for("accounts.show", account_id=account_id), 303)
    flash(_("The owner has been asked to find the missing people."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def _checks(card: TaskCard) -> list[dict[str, Any]]:
    """The people a freshness task asks about, with what was said of each."""
    entries = [entry for entry in card.evidence if "contact" in entry]
    said = {entry["contact"]: entry["answer"] for entry in entries if entry["code"] == "answered"}
    asked = {entry["contact"]: entry for entry in entries if entry["code"] != "answered"}
    return [{"contact": key, "line": line, "answer": said.get(key)} for key, line in asked.items()]


def _too_late() -> str:
    return _("Somebody was faster: the task is in another state by now.")
