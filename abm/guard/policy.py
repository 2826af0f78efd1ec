"""The contact guard's policy as a frozen value, read from a document and checked place by place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from abm.scoring.faults import NOTHING, Fault, Reading, join, refuse, shown
from abm.words import (
    OPEN_DEAL_STAGES,
    SALES_CONTACTS,
    DealStage,
    FaultCode,
    GuardAnswer,
    GuardReason,
    ItemKind,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_DAYS = 365
MOST_MAILS = 1_000
MINUTES_OF_A_DAY = 24 * 60

# What a rule may answer; send takes it out of force.
GENERAL = (GuardAnswer.SKIP, GuardAnswer.HOLD, GuardAnswer.REROUTE, GuardAnswer.SEND)
ABOUT_THE_MAIL = (GuardAnswer.SWAP, GuardAnswer.SKIP, GuardAnswer.SEND)
PASSING = (GuardAnswer.HOLD, GuardAnswer.SEND)
RULES: Mapping[GuardReason, tuple[GuardAnswer, ...]] = {
    GuardReason.EXCLUDED: GENERAL,
    GuardReason.COMPETITOR: GENERAL,
    GuardReason.SALES_ACTIVE: GENERAL,
    GuardReason.CONTACTED_LATELY: GENERAL,
    GuardReason.STALE: GENERAL,
    GuardReason.TICKET: GENERAL,
    GuardReason.OPEN_DEAL: GENERAL,
    GuardReason.RENEWAL_NEAR: GENERAL,
    GuardReason.PRODUCT_OWNED: ABOUT_THE_MAIL,
    GuardReason.ASSET_RECEIVED: ABOUT_THE_MAIL,
    GuardReason.COLLEAGUE_MAILED: PASSING,
    GuardReason.SEND_WINDOW: PASSING,
}
# What a rule asks besides its answer.
TERMS: Mapping[GuardReason, tuple[str, ...]] = {
    GuardReason.CONTACTED_LATELY: ("days", "kinds"),
    GuardReason.TICKET: ("days",),
    GuardReason.OPEN_DEAL: ("from_stage",),
    GuardReason.RENEWAL_NEAR: ("days",),
    GuardReason.COLLEAGUE_MAILED: ("days",),
    GuardReason.SEND_WINDOW: ("weekdays", "from", "to", "holidays", "obon", "new_year"),
}
CAPS = "caps"
# In the order in which a document is written.
SECTIONS = (*(rule.value for rule in RULES if rule is not GuardReason.SEND_WINDOW), CAPS, GuardReason.SEND_WINDOW.value)


@dataclass(frozen=True)
class Caps:
    """So many mails in any 24 hours, and in any 7 days; None: as many as there are."""

    day: int | None = None
    week: int | None = None


NO_CAPS = Caps()


@dataclass(frozen=True)
class SendWindow:
    """When mail may go out, by the clock of whoever gets it; Monday is 1."""

    days: frozenset[int] = frozenset(range(1, 6))
    opens: time = time(8)
    closes: time = time(19)
    holidays: bool = True
    obon: bool = True
    new_year: bool = True


@dataclass(frozen=True)
class Policy:
    """One version of the rules; everything the guard's answer depends on besides the facts."""

    answers: Mapping[GuardReason, GuardAnswer] = field(
        default_factory=lambda: {
            GuardReason.EXCLUDED: GuardAnswer.SKIP,
            GuardReason.COMPETITOR: GuardAnswer.SKIP,
            GuardReason.SALES_ACTIVE: GuardAnswer.HOLD,
            GuardReason.CONTACTED_LATELY: GuardAnswer.HOLD,
            GuardReason.STALE: GuardAnswer.HOLD,
            GuardReason.TICKET: GuardAnswer.HOLD,
            GuardReason.OPEN_DEAL: GuardAnswer.REROUTE,
            GuardReason.RENEWAL_NEAR: GuardAnswer.REROUTE,
            GuardReason.PRODUCT_OWNED: GuardAnswer.SWAP,
            GuardReason.ASSET_RECEIVED: GuardAnswer.SWAP,
            GuardReason.COLLEAGUE_MAILED: GuardAnswer.HOLD,
            GuardReason.SEND_WINDOW: GuardAnswer.HOLD,
        }
    )
    contacted_days: int = 14
    contact_kinds: tuple[ItemKind, ...] = SALES_CONTACTS
    ticket_days: int = 3
    from_stage: DealStage = DealStage.PROPOSAL
    renewal_days: int = 90
    colleague_days: int = 2
    person: Caps = Caps(1, 2)
    account: Caps = Caps(5, 10)
    window: SendWindow = SendWindow()
    version: int = 0

    def asks(self, reason: GuardReason) -> bool:
        """Whether this rule is in force."""
        return self.answers[reason] is not GuardAnswer.SEND

    @property
    def negotiated(self) -> tuple[DealStage, ...]:
        """The stages in which a deal is for its owner to write about."""
        return OPEN_DEAL_STAGES[OPEN_DEAL_STAGES.index(self.from_stage) :]

    @property
    def has_caps(self) -> bool:
        """Whether mails are counted, whoever of an account got them."""
        return self.person != NO_CAPS or self.account != NO_CAPS

    @property
    def counts_mail(self) -> bool:
        """Whether anything depends on what people were sent before."""
        return self.has_caps or self.asks(GuardReason.COLLEAGUE_MAILED)


DEFAULT = Policy()


def read_policy(document: Any, version: int = 0) -> Policy:
    """The policy this document describes; raises Invalid naming the first place that is wrong."""
    policy, faults = check_policy(document, version)
    if policy is None:
        raise refuse(faults)
    return policy


def check_policy(document: Any, version: int = 0) -> tuple[Policy | None, list[Fault]]:
    """The policy, unless something is wrong with the document; then all that is."""
    reading = Reading()
    top = reading.table(document, "", SECTIONS)
    if top is NOTHING:
        return None, reading.faults
    tables = {rule: reading.table(top.get(rule), rule, ("answer", *TERMS.get(rule, ()))) for rule in RULES}
    contacted = tables[GuardReason.CONTACTED_LATELY]
    caps = reading.table(top.get(CAPS), CAPS, ("person", "account"))
    policy = Policy(
        answers={rule: _answer(reading, tables[rule], rule) for rule in RULES},
        contacted_days=_days(reading, contacted, GuardReason.CONTACTED_LATELY),
        contact_kinds=_kinds(reading, contacted),
        ticket_days=_days(reading, tables[GuardReason.TICKET], GuardReason.TICKET),
        from_stage=_from_stage(reading, tables[GuardReason.OPEN_DEAL]),
        renewal_days=_days(reading, tables[GuardReason.RENEWAL_NEAR], GuardReason.RENEWAL_NEAR),
        colleague_days=_days(reading, tables[GuardReason.COLLEAGUE_MAILED], GuardReason.COLLEAGUE_MAILED),
        person=_caps(reading, caps, "person"),
        account=_caps(reading, caps, "account"),
        window=_window(reading, tables[GuardReason.SEND_WINDOW]),
        version=version,
    )
    return None if reading.faults else policy, reading.faults


def in_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as people write it: a database keeps no order of names."""
    return {name: _in_order(value) for name, value in sorted(document.items(), key=_rank)}


def _in_order(value: Any) -> Any:
    return in_order(value) if isinstance(value, Mapping) else value


NAMES = (*SECTIONS, "answer", "person", "account", "day", "week", *(name for terms in TERMS.values() for name in terms))
RANKS: Mapping[str, int] = {name: rank for rank, name in reversed(list(enumerate(NAMES)))}


def _rank(item: tuple[str, Any]) -> tuple[int, str]:
    return RANKS.get(item[0], len(RANKS)), item[0]


def _answer(reading: Reading, table: Mapping[str, Any], rule: GuardReason) -> GuardAnswer:
    if table is NOTHING:
        return GuardAnswer.SEND
    return GuardAnswer(reading.word(table.get("answer"), join(rule, "answer"), RULES[rule]) or GuardAnswer.SEND)


def _days(reading: Reading, table: Mapping[str, Any], rule: GuardReason) -> int:
    return reading.whole(table, "days", rule, least=1, most=MOST_DAYS)


def _kinds(reading: Reading, table: Mapping[str, Any]) -> tuple[ItemKind, ...]:
    place = join(GuardReason.CONTACTED_LATELY, "kinds")
    return tuple(map(ItemKind, _words(reading, table, "kinds", place, SALES_CONTACTS)))


def _words(reading: Reading, table: Mapping[str, Any], name: str, place: str, known: Iterable[str]) -> tuple[str, ...]:
    """A list of at least one of these words."""
    if table is NOTHING:
        return ()
    given = table.get(name)
    if given == []:
        reading.note(place, FaultCode.MISSING)
    return reading.words(given, place, known)


def _from_stage(reading: Reading, table: Mapping[str, Any]) -> DealStage:
    if table is NOTHING:
        return DealStage.PROPOSAL
    place = join(GuardReason.OPEN_DEAL, "from_stage")
    return DealStage(reading.word(table.get("from_stage"), place, OPEN_DEAL_STAGES) or DealStage.PROPOSAL)


def _caps(reading: Reading, caps: Mapping[str, Any], whose: str) -> Caps:
    place = join(CAPS, whose)
    table = reading.table(caps.get(whose, {}), place, ("day", "week"))
    limits = {
        name: reading.whole(table, name, place, least=1, most=MOST_MAILS) for name in table if name in DAY_OR_WEEK
    }
    return Caps(**limits)


DAY_OR_WEEK = ("day", "week")


def _window(reading: Reading, table: Mapping[str, Any]) -> SendWindow:
    if table is NOTHING:
        return SendWindow()
    place = GuardReason.SEND_WINDOW
    days = _words(reading, table, "weekdays", join(place, "weekdays"), WEEKDAYS)
    opens, closes = _time(reading, table, "from"), _time(reading, table, "to")
    if opens is not None and closes is not None and closes <= opens:
        reading.note(join(place, "to"), FaultCode.NOT_AFTER, other="from", given=f"{opens:%H:%M}")
    flags = {name: reading.flag(table, name, place) for name in ("holidays", "obon", "new_year")}
    return SendWindow(frozenset(WEEKDAYS.index(day) + 1 for day in days), opens or time(), closes or time.max, **flags)


def _time(reading: Reading, table: Mapping[str, Any], name: str) -> time | None:
    """A time of the day; 19:00 without quotes is 1140 minutes to YAML, which is the same."""
    raw, place = table.get(name), join(GuardReason.SEND_WINDOW, name)
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < MINUTES_OF_A_DAY:
        return time(raw // 60, raw % 60)
    if raw is None:
        reading.note(place, FaultCode.MISSING)
        return None
    try:
        read = time.fromisoformat(raw)
    except (TypeError, ValueError):
        read = None
    # The recipient's clock is meant, wherever that hangs.
    if read is None or read.tzinfo:
        reading.note(place, FaultCode.NO_TIME, given=shown(raw))
        return None
    return read
