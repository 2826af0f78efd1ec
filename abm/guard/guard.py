"""The contact guard's decision: facts about a contact and a mail in, the strongest answer and every reason out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from abm.guard.policy import DEFAULT, Caps, Policy
from abm.words import GuardAnswer, GuardReason

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# What nobody set between the lowest number, which goes first when caps bite, and the highest.
USUAL_PRIORITY = 5


@dataclass(frozen=True)
class MailAbout:
    """What a mail is about, how much it matters, and what the mail is about that may go instead."""

    topics: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    assets: frozenset[UUID] = frozenset()
    priority: int = USUAL_PRIORITY
    swap: "MailAbout | None" = None


@dataclass(frozen=True)
class Mailed:
    """A mail that somebody of an account was sent; with a priority it is only on its way."""

    at: datetime
    contact_id: UUID
    department_id: UUID | None = None
    priority: int | None = None


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
    bounced: bool = False
    competitor: bool = False
    # Who it is, and when the question is asked.
    contact_id: UUID | None = None
    account_id: UUID | None = None
    department_id: UUID | None = None
    at: datetime | None = None
    # When the send window opens; None while it is open.
    opens_at: datetime | None = None
    # What the account's people were sent lately.
    recent: tuple[Mailed, ...] = ()
    # The products the person's department owns, and the files the person has.
    owned: frozenset[str] = frozenset()
    received: frozenset[UUID] = frozenset()
    # What records say: not trusted, a deal being negotiated, a ticket open or closed lately, a renewal ahead.
    stale: bool = False
    in_negotiation: bool = False
    ticket_open: bool = False
    ticket_closed_at: datetime | None = None
    renewal_near: bool = False
    # Of the mail in question: its priority, whether it is about nothing but what is muted, owned, or received, and
    # whether another that is not may go instead.
    priority: int = USUAL_PRIORITY
    topic_muted: bool = False
    product_owned: bool = False
    asset_received: bool = False
    swap_fits: bool = False

    def of_mail(self, about: MailAbout) -> "Facts":
        """The same about this mail."""
        against = self._against(about)
        if not any(against) and about.priority == self.priority:
            return self
        muted, owned, received = against
        fits = about.swap is not None and not any(self._against(about.swap))
        return replace(
            self,
            priority=about.priority,
            topic_muted=muted,
            product_owned=owned,
            asset_received=received,
            swap_fits=fits,
        )

    def _against(self, about: MailAbout) -> tuple[bool, bool, bool]:
        return (
            bool(about.topics) and about.topics.issubset(self.muted_topics),
            bool(about.products) and about.products <= self.owned,
            bool(about.assets) and about.assets <= self.received,
        )

    def mails_to(self, contact_id: UUID | None = None) -> list[datetime]:
        """When this person (none given: anybody of the account) was mailed; what waits behind this mail is not."""
        return [
            mail.at
            for mail in self.recent
            if (contact_id is None or mail.contact_id == contact_id) and self._goes_before(mail)
        ]

    def colleague_mailed_at(self) -> datetime | None:
        """When somebody else of the person's department was mailed last."""
        if self.department_id is None:
            return None
        others = [
            mail.at
            for mail in self.recent
            if mail.department_id == self.department_id
            and mail.contact_id != self.contact_id
            and self._goes_before(mail)
        ]
        return max(others, default=None)

    def _goes_before(self, mail: Mailed) -> bool:
        return mail.priority is None or mail.priority <= self.priority


@dataclass(frozen=True)
class Finding:
    """One rule that holds: its reason, what it asks for, and until when (None: nobody knows)."""

    reason: GuardReason
    answer: GuardAnswer
    until: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """The answer, every reason for it, and until when it holds (None: nobody knows, ask again)."""

    answer: GuardAnswer
    until: datetime | None = None
    reasons: tuple[GuardReason, ...] = ()
    # The same rule by rule, for whoever wants to know until when each of them holds.
    findings: tuple[Finding, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Rule:
    """One reason not to send."""

    reason: GuardReason
    holds: Callable[[Facts, Policy], bool]
    until: Callable[[Facts, Policy], datetime | None] = lambda facts, policy: None


def decide(facts: Facts, policy: Policy = DEFAULT) -> Decision:
    """The strongest answer of all rules that hold, with the reasons in the order of their rules."""
    found = tuple(
        Finding(rule.reason, _answer(rule.reason, facts, policy), rule.until(facts, policy))
        for rule in RULES
        if rule.holds(facts, policy) and policy.answers.get(rule.reason) is not GuardAnswer.SEND
    )
    if not found:
        return SEND
    answer = min((finding.answer for finding in found), key=STRENGTH.index)
    return Decision(answer, _until(answer, found), tuple(finding.reason for finding in found), found)


def _answer(reason: GuardReason, facts: Facts, policy: Policy) -> GuardAnswer:
    """As the policy has it; what the law and the person say is in no policy, and a swap needs something that fits."""
    answer = policy.answers.get(reason) or FIXED[reason]
    return GuardAnswer.SKIP if answer is GuardAnswer.SWAP and not facts.swap_fits else answer


def _until(answer: GuardAnswer, found: Iterable[Finding]) -> datetime | None:
    """The latest end of what holds; None as soon as one of the holds has no known end."""
    ends = [finding.until for finding in found if finding.answer is GuardAnswer.HOLD]
    known = [end for end in ends if end is not None]
    return max(known) if answer is GuardAnswer.HOLD and len(known) == len(ends) else None


def has_consent(facts: Facts) -> bool:
    """Refusal wins: after one, only a newer opt-in of the person counts; a card or a deal does not bring mail back."""
    if facts.refused_at is None:
        return facts.granted_at is not None
    return facts.opted_in_at is not None and facts.opted_in_at > facts.refused_at


def _quiet_after_contact(facts: Facts, policy: Policy) -> datetime | None:
    return facts.contacted_at + policy.contacted_days * DAY if facts.contacted_at else None


def _quiet_after_ticket(facts: Facts, policy: Policy) -> datetime | None:
    """As long as one is open, nobody knows until when."""
    closed_at = None if facts.ticket_open else facts.ticket_closed_at
    return closed_at + policy.ticket_days * DAY if closed_at else None


def _quiet_after_colleague(facts: Facts, policy: Policy) -> datetime | None:
    mailed_at = facts.colleague_mailed_at() if facts.recent else None
    ends = mailed_at + policy.colleague_days * DAY if mailed_at else None
    return ends if ends and facts.at and ends > facts.at else None


def _person_capped(facts: Facts, policy: Policy) -> datetime | None:
    return _capped(facts.mails_to(facts.contact_id), policy.person, facts.at) if facts.recent else None


def _account_capped(facts: Facts, policy: Policy) -> datetime | None:
    return _capped(facts.mails_to(), policy.account, facts.at) if facts.recent else None


def _capped(mailed: Sequence[datetime], caps: Caps, at: datetime | None) -> datetime | None:
    """Until when the caps let nothing more through: then the mail that fills one of them is old enough."""
    if at is None:
        return None
    ends = []
    for most, span in ((caps.day, DAY), (caps.week, WEEK)):
        inside = sorted((when for when in mailed if when > at - span), reverse=True)
        if most is not None and len(inside) >= most:
            ends.append(inside[most - 1] + span)
    return max(ends, default=None)


def _timed(reason: GuardReason, until: Callable[[Facts, Policy], datetime | None]) -> Rule:
    """A rule that holds until a moment, and only until then."""
    return Rule(reason, lambda facts, policy: until(facts, policy) is not None, until)


RULES = (
    Rule(GuardReason.ARCHIVED, lambda facts, _: facts.archived),
    Rule(GuardReason.NO_ADDRESS, lambda facts, _: not facts.has_address),
    Rule(GuardReason.CONSENT_MISSING, lambda facts, _: not has_consent(facts)),
    Rule(GuardReason.SUPPRESSED, lambda facts, _: facts.suppressed),
    Rule(GuardReason.BOUNCED, lambda facts, _: facts.bounced),
    Rule(GuardReason.COMPETITOR, lambda facts, _: facts.competitor),
    Rule(GuardReason.EXCLUDED, lambda facts, _: facts.excluded),
    Rule(GuardReason.TOPIC_MUTED, lambda facts, _: facts.topic_muted),
    _timed(GuardReason.ASKED_TO_PAUSE, lambda facts, _: facts.paused_until),
    _timed(GuardReason.PACE, lambda facts, _: facts.paced_until),
    Rule(GuardReason.SALES_ACTIVE, lambda facts, _: facts.sales_active),
    _timed(GuardReason.CONTACTED_LATELY, _quiet_after_contact),
    Rule(GuardReason.STALE, lambda facts, _: facts.stale),
    Rule(
        GuardReason.TICKET,
        lambda facts, _: facts.ticket_open or facts.ticket_closed_at is not None,
        _quiet_after_ticket,
    ),
    Rule(GuardReason.OPEN_DEAL, lambda facts, _: facts.in_negotiation),
    Rule(GuardReason.RENEWAL_NEAR, lambda facts, _: facts.renewal_near),
    Rule(GuardReason.PRODUCT_OWNED, lambda facts, _: facts.product_owned),
    Rule(GuardReason.ASSET_RECEIVED, lambda facts, _: facts.asset_received),
    _timed(GuardReason.COLLEAGUE_MAILED, _quiet_after_colleague),
    _timed(GuardReason.PERSON_CAP, _person_capped),
    _timed(GuardReason.ACCOUNT_CAP, _account_capped),
    _timed(GuardReason.SEND_WINDOW, lambda facts, _: facts.opens_at),
)
# What no policy changes.
FIXED = {
    GuardReason.ARCHIVED: GuardAnswer.SKIP,
    GuardReason.NO_ADDRESS: GuardAnswer.SKIP,
    GuardReason.CONSENT_MISSING: GuardAnswer.SKIP,
    GuardReason.SUPPRESSED: GuardAnswer.SKIP,
    GuardReason.BOUNCED: GuardAnswer.SKIP,
    GuardReason.TOPIC_MUTED: GuardAnswer.SKIP,
    GuardReason.ASKED_TO_PAUSE: GuardAnswer.HOLD,
    GuardReason.PACE: GuardAnswer.HOLD,
    GuardReason.PERSON_CAP: GuardAnswer.HOLD,
    GuardReason.ACCOUNT_CAP: GuardAnswer.HOLD,
}
STRENGTH = tuple(GuardAnswer)
SEND = Decision(GuardAnswer.SEND)
