"""Answering a task from its mail without a log-in: a look changes nothing, one press answers, once."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.orm import Session

from abm.channels.links import Ask, find_ask
from abm.clock import local_day
from abm.errors import Conflict, Invalid
from abm.handoff.answers import answer_task
from abm.models import Account, AuditEntry
from abm.reports.tasks import TaskCard, get_card
from abm.tokens import Token, TokenKind
from abm.web.access import public
from abm.web.acts import settings, signer, work
from abm.web.answering import NOT_BY_MAIL, allowed_codes, days_meant, grouped, read_code, read_said, signals, wanted
from abm.web.i18n import COOKIE
from abm.web.labels import problem
from abm.web.security import limiter
from abm.words import AnswerCode, Language, TaskState

bp = Blueprint("task_letters", __name__, url_prefix="/tasks/by-mail")


@bp.get("/<token>")
@public
@limiter.limit("60 per minute")
def show(token: str) -> ResponseReturnValue:
    """The task in brief, and what to press; whoever only looks, as scanners of mail do, changes nothing."""
    return _page(_read(token), token)


@bp.post("/<token>")
@public
@limiter.limit("30 per minute")
def press(token: str) -> ResponseReturnValue:
    """The one answer, for this task and this user only."""
    read = _read(token)
    form = request.form
    try:
        with work() as act:
            ask = find_ask(act.session, read.message_key) or abort(404)
            if _why_not(act.session, ask, act.at):
                raise Conflict("this link answers nothing any more")
            code = read_code(form.get("code", ""))
            if code in NOT_BY_MAIL:
                raise Invalid("choose an answer", field="code", code="answer_missing")
            answer_task(act.session, ask.task_id, read_said(form, code, ask.user_id, act.at), settings().zone)
            _audit(act.session, ask, code, act.at)
    except Invalid as error:
        return _page(read, token, error=error), 422
    except Conflict:
        return _page(read, token), 409
    return _page(read, token, is_done=True)


def _audit(session: Session, ask: Ask, code: AnswerCode, at: datetime) -> None:
    detail = {"answer": code}
    by_mail = {"act": "task.answered_by_mail", "subject": "task", "subject_id": ask.task_id, "detail": detail}
    session.add(AuditEntry(at=at, user_id=ask.user_id, **by_mail))


def _read(token: str) -> Token:
    return signer().read(token, TokenKind.TASK) or abort(404)


def _why_not(session: Session, ask: Ask, at: datetime) -> str:
    """Why this link answers nothing any more; empty while it does."""
    if ask.is_disabled or at > ask.good_until:
        return "expired"
    card = get_card(session, ask.task_id)
    if card.state != TaskState.ASSIGNED:
        return "answered"
    return "" if card.owner_id == ask.user_id else "given"


def _page(read: Token, token: str, *, error: Invalid | None = None, is_done: bool = False) -> str:
    chosen_language = request.cookies.get(COOKIE)
    language = chosen_language if chosen_language in set(Language) else read.language
    with force_locale(str(language)), work() as act:
        ask = find_ask(act.session, read.message_key) or abort(404)
        card = get_card(act.session, ask.task_id)
        why_not = "done" if is_done else _why_not(act.session, ask, act.at)
        known = _answers(act.session, card, act.at) if not why_not else {}
        return render_template(
            "tasks/by_mail.html",
            card=card,
            ask=ask,
            why_not=why_not,
            error=problem(error) if error else "",
            token=token,
            press=request.values.get("press", ""),
            values=request.form,
            **known,
        )


def _answers(session: Session, card: TaskCard, at: datetime) -> dict[str, Any]:
    code = request.values.get("code", "")
    offered = set(allowed_codes(card.kind, card.state)) - NOT_BY_MAIL
    chosen = wanted(AnswerCode(code)) if code in offered else None
    days: list[Any] = []
    if chosen and chosen.needs_day:
        account = session.get_one(Account, card.account_id)
        days = days_meant(local_day(at, settings().zone), account.closing_month)
    rows = signals(chosen.code, card.evidence, card.receipt) if chosen else []
    groups = grouped(card.kind, card.state, by_mail=True)
    return {"groups": groups, "wanted": chosen, "days": days, "signals": rows}
