"""The contact guard about tasks: may sales be sent there now, and if not, why not, or to whom instead."""

from dataclasses import dataclass

from abm.guard.guard import SEND, Decision
from abm.words import ExcludedReason, GuardAnswer, GuardReason


@dataclass(frozen=True)
class TaskFacts:
    """What records say of the account, department and person a task would be about."""

    archived: bool = False
    excluded_reason: str | None = None
    # The person asked to be left alone in every way.
    refused: bool = False
    deal_open: bool = False
    ticket_open: bool = False


def decide_task(facts: TaskFacts) -> Decision:
    """The strongest answer about a hand-off or a coverage task, with every reason for it."""
    rules = (
        (facts.archived, GuardAnswer.SKIP, GuardReason.ARCHIVED),
        (facts.excluded_reason == ExcludedReason.COMPETITOR, GuardAnswer.SKIP, GuardReason.COMPETITOR),
        (facts.excluded_reason not in (None, ExcludedReason.COMPETITOR), GuardAnswer.SKIP, GuardReason.EXCLUDED),
        (facts.refused, GuardAnswer.SKIP, GuardReason.DO_NOT_CONTACT),
        (facts.ticket_open, GuardAnswer.HOLD, GuardReason.TICKET),
        (facts.deal_open, GuardAnswer.REROUTE, GuardReason.OPEN_DEAL),
    )
    found = [(answer, reason) for holds, answer, reason in rules if holds]
    if not found:
        return SEND
    strongest = min((answer for answer, _reason in found), key=tuple(GuardAnswer).index)
    return Decision(strongest, None, tuple(reason for _answer, reason in found))
