"""Tasks: the board, one task with all it carries, and the answers of sales."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.errors import Conflict, Invalid
from abm.handoff.answers import answer_task
from abm.reports.tasks import TaskCard, get_card, list_cards, list_steps
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import fragment, read_day
from abm.web.labels import label, problem
from abm.words import AnswerCode, Role, TaskState

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

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
    mine = request.args.get("mine") == "1"
    with work() as act:
        cards = list_cards(act.session, act.at, owner_id=current_user().id if mine else None)
    columns = [(state, [card for card in cards if card.state in states]) for state, states in COLUMNS]
    closed = [card for card in cards if not card.is_open]
    template = "tasks/_board.html" if fragment() else "tasks/index.html"
    return render_template(template, columns=columns, closed=closed, mine=mine, now=act.at, total=len(cards))


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
                text=form.get("text", "").strip() or None,
            )
            card = get_card(act.session, task_id)
    except Invalid as error:
        return _page(task_id, problem(error)), 422
    except Conflict as error:
        return _page(task_id, problem(error)), 409
    if fragment():
        return render_template("tasks/_answered.html", card=card, now=act.at)
    flash(_("%(account)s: %(state)s", account=card.account, state=label(card.state, "TaskState")), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _page(task_id: uuid.UUID, error: str) -> str:
    with work() as act:
        card = get_card(act.session, task_id)
        steps = list_steps(act.session, task_id)
    template = "tasks/_answered.html" if fragment() else "tasks/show.html"
    codes = allowed_codes(card)
    return render_template(
        template, card=card, steps=steps, error=error, codes=codes, form=request.form, now=act.at
    )


def allowed_codes(card: TaskCard) -> list[AnswerCode]:
    """The answers a page offers in this state, beside the one-tap ones."""
    if not card.is_open:
        return []
    return [code for code in AnswerCode if code not in (AnswerCode.ACCEPT, AnswerCode.START)]


def _code(text: str) -> AnswerCode:
    if text not in set(AnswerCode):
        raise Invalid("choose an answer", field="code", code="answer_missing")
    return AnswerCode(text)
