"""What is wrong with a sequence's document, place by place: told with a code, the step it stands in, and the remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abm.words import FlawCode

LONGEST_SHOWN = 40


# For who writes the document, in its own words; whoever draws it is told in those of the pages.
SENTENCES: Mapping[FlawCode, str] = {
    FlawCode.NO_TABLE: "must be a table of names and values",
    FlawCode.NO_LIST: "must be a list of at least %(least)s",
    FlawCode.NO_TEXT: "must be a text of 1 to %(most)s signs",
    FlawCode.NO_NAME: "must be a name of letters, digits, - and _",
    FlawCode.NO_NUMBER: "must be a number from %(least)s to %(most)s, not %(given)s",
    FlawCode.NO_FLAG: "must be true or false, not %(given)s",
    FlawCode.NO_DURATION: "must be a time such as {days: 3}, in %(known)s, from 0 to %(most)s of them",
    FlawCode.NO_DATE: "must be a day such as 2027-03-01, not %(given)s",
    FlawCode.NO_WINDOW: "is no window: %(problem)s",
    FlawCode.MISSING: "is missing; add it",
    FlawCode.UNKNOWN: "is not known: %(given)s; known are %(known)s",
    FlawCode.TWICE: "is given twice; keep one of the two",
    FlawCode.NOT_ONE_OF: "must hold exactly one of %(known)s",
    FlawCode.CONDITION: "is no condition: %(problem)s",
    FlawCode.NO_SUCH_STEP: "leads to %(given)s, and there is no such step",
    FlawCode.NO_MAIL_STEP: "must name the mail step that is asked about, not %(given)s",
    FlawCode.NO_SUCH_GOAL: "names the goal %(given)s, and the sequence has none of that key",
    FlawCode.MISSING_WAY: "leads nowhere; name the step that follows on this way",
    FlawCode.UNREACHABLE: "is reached from no step; lead one here, or remove it",
    FlawCode.LOOP_WITHOUT_WAIT: "leads back to itself without waiting; put a wait with a time on the way",
    FlawCode.PERCENT_SUM: "must add up to 100, not %(given)s",
    FlawCode.ROLES_NEED_ACCOUNT: "addresses roles, which takes `subject: account`",
    FlawCode.ROLES_MISSING: "must say which roles it addresses, for the subject is an account",
    FlawCode.MAIL_TWICE: "sends the mail %(given)s, which %(step)s on the way here has sent already",
    FlawCode.ASSET_TWICE: "offers the file %(given)s, which %(step)s on the way here has offered already",
    FlawCode.NO_STOP_LINK: "sends the mail %(given)s, which has no stop link",
    FlawCode.NO_SUCH_MAIL: "sends the mail %(given)s, which cannot be made: %(problem)s",
    FlawCode.NO_SUCH_ASSET: "sends the mail %(given)s, which offers a file that the sequence does not name: %(known)s",
}


@dataclass(frozen=True)
class Flaw:
    """One thing that keeps a document from being published; `place` is like steps.guide.next."""

    place: str
    code: FlawCode
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def node(self) -> str | None:
        """The key of the step it stands in."""
        parts = self.place.split(".")
        return parts[1] if parts[0] == "steps" and len(parts) > 1 else None

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right."""
        return SENTENCES[self.code] % self.values

    @property
    def message(self) -> str:
        """The sentence with its place."""
        return f"{self.place or 'sequence'} {self.sentence}"


def join(place: str, name: Any) -> str:
    """The place of this name in that part."""
    return f"{place}.{name}" if place else str(name)


def shown(given: Any) -> str:
    """A value as it was given, cut short."""
    text = str(given)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
