"""Why somebody waits in a sequence, and until when: one sentence for whoever asks."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from abm.reports.trail import MailLine, Trail
from abm.web.i18n import moment
from abm.web.sentences import read_moment, reason, reasons
from abm.web.sequence_words import Subjects, step_title
from abm.words import EnrollmentState, MessageState, SequenceState, StepKind


def why_waiting(trail: Trail, subjects: Subjects, at: datetime) -> str:
    """What this enrollment waits for, and until when, as far as anybody knows."""
    head = trail.head
    if not trail.is_running:
        return _ended(trail)
    if head.state == EnrollmentState.PARKED:
        return _("Set aside: it failed several times at “%(step)s”. Let it try again.", step=_here(trail, subjects))
    if head.paused_at is not None:
        who = head.paused_by or _("Somebody")
        return _("Paused by %(who)s on %(time)s; waits until it is resumed.", who=who, time=moment(head.paused_at))
    if head.sequence_state == SequenceState.PAUSED:
        return _("The sequence is paused; waits until it is resumed.")
    if trail.waiting:
        return _for_mail(trail.waiting[-1], at)
    if head.due_at is None:
        return _("Waits until somebody lets what is overdue go on.")
    if head.due_at <= at:
        return _("Is due and goes on within seconds.")
    return _at_step(trail, subjects, head.due_at)


def _ended(trail: Trail) -> str:
    head = trail.head
    if head.state == EnrollmentState.COMPLETED and not head.reason:
        return _("Went through to the end on %(time)s.", time=moment(head.ended_at))
    return _("Ended on %(time)s: %(why)s.", time=moment(head.ended_at), why=reason(head.reason or head.state))


def _for_mail(mail: MailLine, at: datetime) -> str:
    subject = mail.subject or mail.step
    if mail.state == MessageState.HELD:
        why = reasons(mail.guard.get("reasons"))
        until = read_moment(mail.guard.get("until"))
        if until is None:
            return _(
                "The contact guard holds “%(subject)s”: %(why)s. It is asked again on %(time)s.",
                subject=subject,
                why=why,
                time=moment(mail.due_at),
            )
        return _(
            "The contact guard holds “%(subject)s” until %(time)s: %(why)s.",
            subject=subject,
            why=why,
            time=moment(until),
        )
    if mail.reason:
        return _(
            "“%(subject)s” has not left yet: %(why)s. Tried again on %(time)s.",
            subject=subject,
            why=reason(mail.reason),
            time=moment(mail.due_at),
        )
    return _("“%(subject)s” is planned and leaves on %(time)s.", subject=subject, time=moment(max(mail.due_at, at)))


def _at_step(trail: Trail, subjects: Subjects, due_at: datetime) -> str:
    step: Any = trail.now
    until = moment(due_at)
    if step.get("kind") == StepKind.BRANCH or (step.get("until") or {}).get("kinds"):
        return _("Waits until %(time)s at the latest: %(step)s", time=until, step=_here(trail, subjects))
    if step.get("kind") == StepKind.WAIT:
        return _("Waits until %(time)s: %(step)s", time=until, step=_here(trail, subjects))
    return _("Goes on at “%(step)s” on %(time)s.", step=_here(trail, subjects), time=until)


def _here(trail: Trail, subjects: Subjects) -> str:
    return step_title(trail.now, subjects) if trail.now.get("kind") else trail.head.step
