"""The contact guard over many mails at once: each answer counts what was let through before it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from abm.guard.guard import Decision, Facts, MailAbout, Mailed, decide
from abm.guard.policy import DEFAULT, Policy
from abm.words import GuardAnswer

# Without an account of its facts a contact is gone: nothing may be sent.
GONE = Facts(has_address=False)
NOTHING = MailAbout()


class Tally:
    """What one batch lets through, by account."""

    def __init__(self) -> None:
        self._mailed: dict[UUID, tuple[Mailed, ...]] = {}

    def note(self, facts: Facts) -> None:
        """A mail to this person goes out, or will."""
        if facts.account_id and facts.contact_id and facts.at:
            mail = Mailed(facts.at, facts.contact_id, facts.department_id)
            self._mailed[facts.account_id] = (*self._mailed.get(facts.account_id, ()), mail)

    def added(self, facts: Facts) -> Facts:
        """The facts with what the batch has let through to the account."""
        more = self._mailed.get(facts.account_id) if facts.account_id else None
        return replace(facts, recent=facts.recent + more) if more else facts


@dataclass(frozen=True)
class Batch:
    """The facts of a batch under one policy. Ask in order of priority; note what goes, so that the caps count it."""

    facts: Mapping[UUID, Facts]
    policy: Policy = DEFAULT
    # Moves the end of a hold to where the send window of this person is open.
    opening: Callable[[UUID, datetime], datetime] = lambda contact_id, until: until
    tally: Tally = field(default_factory=Tally)

    def ask(self, contact_id: UUID, about: MailAbout = NOTHING) -> Decision:
        """What is said about this mail to this person now."""
        facts = self.tally.added(self.facts.get(contact_id, GONE)).of_mail(about)
        decision = decide(facts, self.policy)
        if decision.answer is GuardAnswer.HOLD and decision.until:
            return replace(decision, until=self.opening(contact_id, decision.until))
        return decision

    def note(self, contact_id: UUID) -> None:
        """A mail to this person goes out, or will: it counts from now on."""
        facts = self.facts.get(contact_id)
        # Where nothing is capped only colleagues of a department matter.
        if facts and (self.policy.has_caps or facts.department_id):
            self.tally.note(facts)
