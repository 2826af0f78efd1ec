"""Tasks: the board, one task with all it carries, and the answers of sales."""

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.customers.rights import may_edit_people
from abm.errors import Conflict, Invalid
from abm.handoff.answers import answer_task
from abm.handoff.closing import close_task
from abm.handoff.coverage import ask_for_coverage
from abm.handoff.freshness import answer_check
from abm.handoff.rules import RULES
from abm.reports.renewals import renewals_of_task
from abm.reports.tasks import TaskCard, get_card, list_cards, list_steps, living_products
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import fragment, read_day, read_id
from abm.web.labels import label, problem
from abm.words import AnswerCode, FreshnessAnswer, Role, TaskKind, TaskState

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

# These have a button of their own.
ONE_TAP = (AnswerCode.ACCEPT, AnswerCode.START)
# The columns of the board; what has ended stands together in the last.
COLUMNS = (
    (TaskState.NEW, (TaskState.NEW,)),
    (TaskState.ASSIGNED, (TaskState.ASSIGNED, TaskState.EXPIRED, TaskState.OPEN)),
    (TaskState.ACCEPTED, (TaskState.ACCEPTED,)),
    (TaskState.WORKING, (TaskState.WORKING,)),
)


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The board: mine or everybody's."""
    return _board()


@bp.get("/<uuid:task_id>")
@requires(Role.VIEWER)
def show(task_id: uuid.UUID) -> ResponseReturnValue:
    """One task with its frozen receipt."""
    return _page(task_id, "")


@bp.post("/<uuid:task_id>/answers")
@requires(Role.SALES)
def answer(task_id: uuid.UUID) -> ResponseReturnValue:
    """What sales says to it; the reason feeds the rules."""
    form = request.form
    try:
        with work() as act:
            answer_task(
                act.session,
                task_id,
                _code(form.get("code", "")),
                by=current_user().id,
                at=act.at,
                until=read_day(form.get("until", "")),
                zone=settings().zone,
                text=form.get("text", "").strip() or None,
                product_id=read_id(form.get("product_id", "")),
            )
            card = get_card(act.session, task_id)
    except Invalid as error:
        return _page(task_id, problem(error)), 422
    except Conflict:
        return _page(task_id, _too_late()), 409
    if fragment() == "board":
        return _board()
    flash(_("%(account)s: %(state)s", account=card.account, state=label(card.state, "TaskState")), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _board(error: str = "") -> str:
    mine = request.values.get("mine") == "1"
    with work() as act:
        cards = list_cards(act.session, act.at, owner_id=current_user().id if mine else None)
        away = away_on(act.session, local_day(act.at, settings().zone))
    columns = [(state, [card for card in cards if card.state in states]) for state, states in COLUMNS]
    closed = [card for card in cards if not card.is_open]
    template = "tasks/_board.html" if fragment() else "tasks/index.html"
    return render_template(
        template, columns=columns, closed=closed, mine=mine, error=error, now=act.at, total=len(cards), away=away
    )


def _page(task_id: uuid.UUID, error: str) -> str:
    if fragment() == "board":
        return _board(error)
    with work() as act:
        card = get_card(act.session, task_id)
        steps = list_steps(act.session, task_id)
        away = away_on(act.session, local_day(act.at, settings().zone))
        renewals = renewals_of_task(act.session, task_id) if card.kind == TaskKind.RENEWAL else []
        products = living_products(act.session) if card.kind == TaskKind.HAND_OFF and card.is_open else []
    template = "tasks/_answer.html" if fragment() else "tasks/show.html"
    known = {
        "card": card,
        "steps": steps,
        "codes": allowed_codes(card),
        "renewals": renewals,
        "checks": _checks(card),
        "products": products,
        "away": away,
    }
    return render_template(template, error=error, values=request.form, now=act.at, **known)


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


def allowed_codes(card: TaskCard) -> list[AnswerCode]:
    """The answers a page offers in this state, beside the one-tap ones."""
    if card.kind != TaskKind.HAND_OFF:
        return []
    return [code for code, rule in RULES.items() if card.state in rule.source and code not in ONE_TAP]


def _too_late() -> str:
    return _("Somebody was faster: the task is in another state by now.")


def _code(text: str) -> AnswerCode:
    if text not in set(AnswerCode):
        raise Invalid("choose an answer", field="code", code="answer_missing")
    return AnswerCode(text)
