"""The contact guard's decision: facts about a contact and a mail in, the strongest answer and every reason out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from abm.guard.policy import DEFAULT, NO_CAPS, Caps, Policy
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


class NotAtAll:
    """What a rule says that does not hold."""


NOT_AT_ALL = NotAtAll()
# Until when a rule holds; None: nobody knows.
Ends = datetime | NotAtAll | None


@dataclass(frozen=True)
class Rule:
    """One reason not to send, and until when it holds, if it does."""

    reason: GuardReason
    ends: Callable[[Facts, Policy], Ends]


def decide(facts: Facts, policy: Policy = DEFAULT) -> Decision:
    """The strongest answer of all rules that hold, with the reasons in the order of their rules."""
    found = tuple(
        Finding(rule.reason, _answer(rule.reason, facts, policy), ends)
        for rule in RULES
        if not isinstance(ends := rule.ends(facts, policy), NotAtAll)
        and policy.answers.get(rule.reason) is not GuardAnswer.SEND
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


def _quiet_after_contact(facts: Facts, policy: Policy) -> Ends:
    return facts.contacted_at + policy.contacted_days * DAY if facts.contacted_at else NOT_AT_ALL


def _quiet_after_ticket(facts: Facts, policy: Policy) -> Ends:
    """As long as one is open, nobody knows until when."""
    if facts.ticket_open:
        return None
    return facts.ticket_closed_at + policy.ticket_days * DAY if facts.ticket_closed_at else NOT_AT_ALL


def _quiet_after_colleague(facts: Facts, policy: Policy) -> Ends:
    mailed_at = facts.colleague_mailed_at() if facts.recent else None
    ends = mailed_at + policy.colleague_days * DAY if mailed_at else None
    return ends if ends and facts.at and ends > facts.at else NOT_AT_ALL


def _person_capped(facts: Facts, policy: Policy) -> Ends:
    if not facts.recent or policy.person == NO_CAPS:
        return NOT_AT_ALL
    return _capped(facts.mails_to(facts.contact_id), policy.person, facts.at)


def _account_capped(facts: Facts, policy: Policy) -> Ends:
    if not facts.recent or policy.account == NO_CAPS:
        return NOT_AT_ALL
    return _capped(facts.mails_to(), policy.account, facts.at)


def _capped(mailed: Sequence[datetime], caps: Caps, at: datetime | None) -> Ends:
    """Until when the caps let nothing more through: then the mail that fills one of them is old enough."""
    ends: list[datetime] = []
    for most, span in ((caps.day, DAY), (caps.week, WEEK)):
        if at is not None and most is not None and len(mailed) >= most:
            inside = sorted((when for when in mailed if when > at - span), reverse=True)
            ends += [inside[most - 1] + span] if len(inside) >= most else []
    return max(ends, default=NOT_AT_ALL)


def _while(holds: Callable[[Facts], bool]) -> Callable[[Facts, Policy], Ends]:
    """Holds as long as this is so."""
    return lambda facts, _: None if holds(facts) else NOT_AT_ALL


RULES = (
    Rule(GuardReason.ARCHIVED, _while(lambda facts: facts.archived)),
    Rule(GuardReason.NO_ADDRESS, _while(lambda facts: not facts.has_address)),
    Rule(GuardReason.CONSENT_MISSING, _while(lambda facts: not has_consent(facts))),
    Rule(GuardReason.SUPPRESSED, _while(lambda facts: facts.suppressed)),
    Rule(GuardReason.BOUNCED, _while(lambda facts: facts.bounced)),
    Rule(GuardReason.COMPETITOR, _while(lambda facts: facts.competitor)),
    Rule(GuardReason.EXCLUDED, _while(lambda facts: facts.excluded)),
    Rule(GuardReason.TOPIC_MUTED, _while(lambda facts: facts.topic_muted)),
    Rule(GuardReason.ASKED_TO_PAUSE, lambda facts, _: facts.paused_until or NOT_AT_ALL),
    Rule(GuardReason.PACE, lambda facts, _: facts.paced_until or NOT_AT_ALL),
    Rule(GuardReason.SALES_ACTIVE, _while(lambda facts: facts.sales_active)),
    Rule(GuardReason.CONTACTED_LATELY, _quiet_after_contact),
    Rule(GuardReason.STALE, _while(lambda facts: facts.stale)),
    Rule(GuardReason.TICKET, _quiet_after_ticket),
    Rule(GuardReason.OPEN_DEAL, _while(lambda facts: facts.in_negotiation)),
    Rule(GuardReason.RENEWAL_NEAR, _while(lambda facts: facts.renewal_near)),
    Rule(GuardReason.PRODUCT_OWNED, _while(lambda facts: facts.product_owned)),
    Rule(GuardReason.ASSET_RECEIVED, _while(lambda facts: facts.asset_received)),
    Rule(GuardReason.COLLEAGUE_MAILED, _quiet_after_colleague),
    Rule(GuardReason.PERSON_CAP, _person_capped),
    Rule(GuardReason.ACCOUNT_CAP, _account_capped),
    Rule(GuardReason.SEND_WINDOW, lambda facts, _: facts.opens_at or NOT_AT_ALL),
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
