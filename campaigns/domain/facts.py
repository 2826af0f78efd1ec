"""What the rules of the domain check go by: who we are as a sender, and what the DNS answered so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abm.words import DomainPart, FindingState, MailProvider

# A name and a type of record, and its values: none when there are none, None when nobody could be asked.
Question = tuple[str, str]
Answers = Mapping[Question, Sequence[str] | None]


@dataclass(frozen=True)
class OwnKey:
    """The public half of the key that we sign with, as the DNS should have it."""

    algorithm: str
    public: str


@dataclass(frozen=True)
class Sender:
    """What receivers see of us."""

    from_domain: str
    # The registrable domain above it: a DMARC record may stand there.
    organisation: str
    return_domain: str
    provider: MailProvider
    # Hosts, addresses or names of SPF records from which mails leave.
    hosts: tuple[str, ...]
    signing_domain: str
    # The registrable domains of those two, which relaxed alignment compares.
    signing_organisation: str
    return_organisation: str
    selectors: tuple[str, ...] = ()
    own_key: OwnKey | None = None
    public_url: str = ""


@dataclass(frozen=True)
class Record:
    """A record to put into the DNS, to copy."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One thing found, what is to be done next, and the document that asks for it."""

    part: DomainPart
    state: FindingState
    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    record: Record | None = None
    document: str = ""


@dataclass
class Book:
    """The answers so far; what the rules ask for and nobody has asked yet is noted."""

    answers: Answers
    wanted: set[Question] = field(default_factory=set)

    def look(self, name: str, kind: str) -> Sequence[str] | None:
        """The values of a record; None while nobody could be asked."""
        question = (name.lower().rstrip("."), kind)
        if question not in self.answers:
            self.wanted.add(question)
            return None
        return self.answers[question]
