"""After a long silence nothing overdue is sent before an administrator has said so.

A database brought back from a copy does not know what was sent after the copy was made. It looks like one whose
processes were stopped for long: the scheduler's last sign of life lies hours back and things have fallen due meanwhile.
What is overdue at that moment is held back, whatever falls due later goes on.
"""

import uuid
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.clock import FOREVER
from abm.errors import Conflict
from abm.models import AuditEntry, Restart
from abm.queue import enqueue
from abm.words import MessageState, RestartAnswer, SendReason

log = structlog.get_logger(__name__)

# Shorter silences are restarts of everyday; what fell due in them is caught up with.
OVERDUE = timedelta(hours=1)
# What is spread leaves evenly over a day, and the guard's caps and windows hold for each mail as always.
SPREAD_OVER = timedelta(days=1)
# Too late for whatever limit a sequence sets, and for those that set none.
LONG_AGO = timedelta(days=3650)
RESTART_LOCK = 7_202_671

SILENT_FROM = text(
    f"""
    select greatest(max(silent_from), case when max(at) < clock_timestamp() - interval '{OVERDUE}' then max(at) end)
    from heartbeats where process = 'scheduler'
    """  # noqa: S608 our own constant
)
LOCK = text("select pg_advisory_xact_lock(:key)")
# Also what a sender had claimed when the copy was made: it may have left afterwards. With a hash its fate is asked for.
WAITING = f"""(state = '{MessageState.PLANNED}' or state = '{MessageState.SENDING}' and hash is null
    and (leased_until is null or leased_until < clock_timestamp()))"""
COUNT = text(
    f"""
    select
        (select count(*) from enrollments where state = 'active' and due_at <= :at),
        (select count(*) from messages where {WAITING} and due_at <= :at),
        exists (select from enrollments where state = 'active' and due_at <= :overdue)
            or exists (select from messages where {WAITING} and due_at <= :overdue)
    """  # noqa: S608 our own words
)
HOLD_BACK = text(
    """
    update enrollments set due_at = null, leased_until = null, trail = trail || jsonb_build_object('overdue', due_at)
    where state = 'active' and due_at <= :at
    """
)
HOLD_MAIL_BACK = text(
    f"""
    update messages set state = '{MessageState.PLANNED}', due_at = :forever, leased_until = null,
        reason = '{SendReason.OVERDUE}'
    where {WAITING} and due_at <= :at
    """  # noqa: S608 our own words
)
# Whom somebody paused meanwhile is let go by the end of that pause, a paused sequence by its own. The enrollments are
# held before their pauses, as by whoever ends one.
LET_GO = text(
    """
    with held as materialized (
        select id, trail ->> 'overdue' as since from enrollments
        where state = 'active' and due_at is null and trail ? 'overdue' order by id for update
    ), waiting as (
        select id, cast(:at as timestamptz) - cast(:late as interval) + cast(:over as interval)
            * (row_number() over (order by since, id) - 1.0) / count(*) over () as due_at
        from held
    ), resting as (
        update enrollment_pauses p set due_at = w.due_at from waiting w where p.enrollment_id = w.id
        returning p.enrollment_id
    )
    update enrollments e set
        due_at = case when s.state <> 'paused' and r.enrollment_id is null then w.due_at end,
        trail = e.trail - 'overdue' || case when s.state = 'paused' and r.enrollment_id is null
            then jsonb_build_object('paused', w.due_at) else '{}' end
    from waiting w left join resting r on r.enrollment_id = w.id, sequences s
    where e.id = w.id and s.id = e.sequence_id
    """
)
LET_MAIL_GO = text(
    f"""
    with waiting as (
        select id, (row_number() over (order by planned_at, id) - 1.0) / count(*) over () as place
        from messages where state = '{MessageState.PLANNED}' and reason = '{SendReason.OVERDUE}'
    )
    update messages m set due_at = cast(:at as timestamptz) + w.place * cast(:over as interval), reason = null
    from waiting w where m.id = w.id
    """  # noqa: S608 our own words
)
SKIP_MAIL = text(
    f"""
    with skipped as (
        update messages set state = '{MessageState.SKIPPED}', reason = '{SendReason.TOO_LATE}', due_at = :at
        where state = '{MessageState.PLANNED}' and reason = '{SendReason.OVERDUE}'
        returning *
    )
    insert into timeline_items (account_id, department_id, contact_id, kind, happened_at, subject_id, detail)
    select k.account_id, k.department_id, k.contact_id, 'mail_withheld', :at, k.id, jsonb_build_object(
        'answer', 'skip', 'reasons', jsonb_build_array('{SendReason.TOO_LATE}'), 'until', null,
        'sequence', s.name, 'step', k.step)
    from skipped k join enrollments e on e.id = k.enrollment_id join sequences s on s.id = e.sequence_id
    """  # noqa: S608 our own words
)


def notice_restart(session: Session, at: datetime) -> bool:
    """Hold back what is overdue when work begins again after a long silence; True when it was this call that asked."""
    silent_from = session.scalar(SILENT_FROM)
    if silent_from is None or _is_known(session, silent_from):
        return False
    session.execute(LOCK, {"key": RESTART_LOCK})
    if _is_known(session, silent_from):
        return False
    enrollments, messages, is_overdue = session.execute(COUNT, {"at": at, "overdue": at - OVERDUE}).one()
    restart = Restart(silent_from=silent_from, noticed_at=at, enrollments=enrollments, messages=messages)
    session.add(restart)
    if is_overdue:
        session.execute(HOLD_BACK, {"at": at})
        session.execute(HOLD_MAIL_BACK, {"at": at, "forever": FOREVER})
        detail = {"silent_from": silent_from.isoformat(), "enrollments": enrollments, "messages": messages}
        session.add(AuditEntry(at=at, act="sending.asks_after_restart", subject="restart", detail=detail))
        log.warning("restart_asks_before_sending", **detail)
    else:
        restart.answer, restart.answered_at = RestartAnswer.SEND, at
    session.flush()
    return bool(is_overdue)


def open_restart(session: Session) -> Restart | None:
    """The question an administrator has to answer, if there is one; of several silences the latest stands for all."""
    asked = select(Restart).where(Restart.answer.is_(None)).order_by(Restart.silent_from.desc()).limit(1)
    return session.scalar(asked)


def answer_restart(session: Session, answer: RestartAnswer, *, at: datetime, by: uuid.UUID | None = None) -> Restart:
    """Send what was held back now, leave its mails out, or let it go on spread over a day; answers what was asked."""
    asked = session.scalars(select(Restart).where(Restart.answer.is_(None)).with_for_update()).all()
    if not asked:
        raise Conflict("nothing is held back: there is nothing to decide")
    late = LONG_AGO if answer is RestartAnswer.SKIP else timedelta()
    over = SPREAD_OVER if answer is RestartAnswer.SPREAD else timedelta()
    session.execute(LET_GO, {"at": at, "late": late, "over": over})
    if answer is RestartAnswer.SKIP:
        session.execute(SKIP_MAIL, {"at": at})
    else:
        session.execute(LET_MAIL_GO, {"at": at, "over": over})
    for one in asked:
        one.answer, one.answered_at, one.answered_by = answer.value, at, by
        detail = {"answer": answer.value, "enrollments": one.enrollments, "messages": one.messages}
        session.add(
            AuditEntry(
                at=at, user_id=by, act="sending.restart_answered", subject="restart", subject_id=one.id, detail=detail
            )
        )
    enqueue(session, "advance_enrollments")
    enqueue(session, "send_messages")
    session.flush()
    return max(asked, key=lambda one: one.silent_from)


def _is_known(session: Session, silent_from: datetime) -> bool:
    return session.scalar(select(Restart.id).where(Restart.silent_from == silent_from)) is not None
