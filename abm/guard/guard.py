"""The contact guard's decision: facts about a contact in, the strongest answer and every reason out."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from abm.words import GuardAnswer, GuardReason

# After sales has spoken with a department, marketing leaves it in peace for so long.
QUIET_AFTER_CONTACT = timedelta(days=14)
# After support has closed a ticket, too.
QUIET_AFTER_TICKET = timedelta(days=3)


@dataclass(frozen=True)
class Facts:
    """What the guard must know of a contact; times are of the newest mail entry of its kind in the consent ledger."""

    has_address: bool
    granted_at: datetime | None = None
    opted_in_at: datetime | None = None
    refused_at: datetime | None = None
    suppressed: bool = False
    excluded: bool = False
    sales_active: bool = False
    archived: bool = False
    # When sales last called, met or wrote to this person's department; None when that is long ago.
    contacted_at: datetime | None = None
    # What the person asked for: no mail until then, the next one not before then, nothing about these topics.
    paused_until: datetime | None = None
    paced_until: datetime | None = None
    muted_topics: Sequence[str] = ()
    # Whether the mail in question is about nothing else.
    topic_muted: bool = False
    # What records say: not trusted, a deal being negotiated, a ticket open or closed lately, a renewal ahead.
    stale: bool = False
    in_negotiation: bool = False
    ticket_open: bool = False
    ticket_closed_at: datetime | None = None
    renewal_near: bool = False

    def of_mail(self, topics: Collection[str]) -> "Facts":
        """The same about a mail on these topics."""
        return replace(self, topic_muted=True) if topics and set(topics) <= set(self.muted_topics) else self


@dataclass(frozen=True)
class Decision:
    """The answer, every reason for it, and until when it holds (None: nobody knows, ask again)."""

    answer: GuardAnswer
    until: datetime | None = None
    reasons: tuple[GuardReason, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One reason not to send."""

    reason: GuardReason
    answer: GuardAnswer
    holds: Callable[[Facts], bool]
    until: Callable[[Facts], datetime | None] = lambda facts: None


def decide(facts: Facts) -> Decision:
    """The strongest answer of all rules that hold, with the reasons in the order of their rules."""
    found = [rule for rule in RULES if rule.holds(facts)]
    if not found:
        return SEND
    answer = min((rule.answer for rule in found), key=STRENGTH.index)
    return Decision(answer, _until(facts, answer, found), tuple(rule.reason for rule in found))


def _until(facts: Facts, answer: GuardAnswer, found: Sequence[Rule]) -> datetime | None:
    """The latest end of what holds; None as soon as one of the holds has no known end."""
    ends = [rule.until(facts) for rule in found if rule.answer == GuardAnswer.HOLD]
    known = [end for end in ends if end is not None]
    return max(known) if answer == GuardAnswer.HOLD and len(known) == len(ends) else None


def has_consent(facts: Facts) -> bool:
    """Refusal wins: after one, only a newer opt-in of the person counts; a card or a deal does not bring mail back."""
    if facts.refused_at is None:
        return facts.granted_at is not None
    return facts.opted_in_at is not None and facts.opted_in_at > facts.refused_at


def _quiet_after_ticket(facts: Facts) -> datetime | None:
    """As long as one is open, nobody knows until when."""
    return None if facts.ticket_open or not facts.ticket_closed_at else facts.ticket_closed_at + QUIET_AFTER_TICKET


RULES = (
    Rule(GuardReason.ARCHIVED, GuardAnswer.SKIP, lambda facts: facts.archived),
    Rule(GuardReason.NO_ADDRESS, GuardAnswer.SKIP, lambda facts: not facts.has_address),
    Rule(GuardReason.CONSENT_MISSING, GuardAnswer.SKIP, lambda facts: not has_consent(facts)),
    Rule(GuardReason.SUPPRESSED, GuardAnswer.SKIP, lambda facts: facts.suppressed),
    Rule(GuardReason.EXCLUDED, GuardAnswer.SKIP, lambda facts: facts.excluded),
    Rule(GuardReason.TOPIC_MUTED, GuardAnswer.SKIP, lambda facts: facts.topic_muted),
    Rule(
        GuardReason.ASKED_TO_PAUSE,
        GuardAnswer.HOLD,
        lambda facts: facts.paused_until is not None,
        lambda facts: facts.paused_until,
    ),
    Rule(
        GuardReason.PACE,
        GuardAnswer.HOLD,
        lambda facts: facts.paced_until is not None,
        lambda facts: facts.paced_until,
    ),
    Rule(GuardReason.SALES_ACTIVE, GuardAnswer.HOLD, lambda facts: facts.sales_active),
    Rule(
        GuardReason.CONTACTED_LATELY,
        GuardAnswer.HOLD,
        lambda facts: facts.contacted_at is not None,
        lambda facts: facts.contacted_at + QUIET_AFTER_CONTACT if facts.contacted_at else None,
    ),
    Rule(GuardReason.STALE, GuardAnswer.HOLD, lambda facts: facts.stale),
    Rule(
        GuardReason.TICKET,
        GuardAnswer.HOLD,
        lambda facts: facts.ticket_open or facts.ticket_closed_at is not None,
        _quiet_after_ticket,
    ),
    Rule(GuardReason.OPEN_DEAL, GuardAnswer.REROUTE, lambda facts: facts.in_negotiation),
    Rule(GuardReason.RENEWAL_NEAR, GuardAnswer.REROUTE, lambda facts: facts.renewal_near),
)
STRENGTH = tuple(GuardAnswer)
SEND = Decision(GuardAnswer.SEND)
