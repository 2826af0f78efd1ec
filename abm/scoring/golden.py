"""Golden accounts: fixed histories with the score, stage and hand-off they must come to, run by the real rules."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from abm.clock import FOREVER
from abm.conditions.holds import Known
from abm.scoring.document import read_yaml
from abm.scoring.facts import Facts
from abm.scoring.faults import Fault, Reading, join, shown
from abm.scoring.fit import RECORD as FIT_RECORD
from abm.scoring.model import Model
from abm.scoring.policy import evaluate
from abm.scoring.receipt import shown_total
from abm.scoring.score import Act, Entry, make_entries, person_scores
from abm.words import (
    HUMAN,
    BuyingRole,
    EventKind,
    ExcludedReason,
    FaultCode,
    Language,
    Seniority,
    Stage,
    Tier,
    Verdict,
)

# Friday noon in Tokyo: what was done `days_ago` lies on the same side of midnight in both zones.
NOON = datetime(2026, 11, 13, 3, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Tokyo")
MOST_GOLDENS = 200
MOST_EVENTS = 500
MOST_TIMES = 1_000
MOST_DAYS = 3_650.0
FLAGS = ("in_sales", "has_open_deal", "last_deal_lost", "has_contract", "owns_product")
RECORD = tuple(name for name in FIT_RECORD if name != "tier")


@dataclass(frozen=True)
class GoldenPerson:
    """Somebody at a golden account."""

    name: str
    seniority: Seniority
    role: BuyingRole | None


@dataclass(frozen=True)
class GoldenEvent:
    """Something one of them did, so many times, a minute apart."""

    who: str
    kind: EventKind
    days_ago: float
    verdict: Verdict
    minutes: float | None
    times: int


@dataclass(frozen=True)
class Expected:
    """What a history must come to; null where that does not matter."""

    points: float | None
    stage: Stage | None
    hand_off: bool | None


@dataclass(frozen=True)
class GoldenAccount:
    """What is known of a golden account besides what its people did."""

    tier: Tier
    excluded: ExcludedReason | None
    flags: frozenset[str]
    record: Mapping[str, Known]


@dataclass(frozen=True)
class Golden:
    """An account whose outcome is known."""

    name: str
    about: Mapping[str, str]
    account: GoldenAccount
    people: tuple[GoldenPerson, ...]
    events: tuple[GoldenEvent, ...]
    expected: Expected


@dataclass(frozen=True)
class GoldenResult:
    """What a model makes of a golden account."""

    golden: Golden
    points: float
    stage: Stage
    hand_off: bool

    @property
    def passes(self) -> bool:
        """Whether everything that was expected came about."""
        wanted = self.golden.expected
        return (
            (wanted.points is None or shown_total([wanted.points]) == self.points)
            and wanted.stage in (None, self.stage)
            and wanted.hand_off in (None, self.hand_off)
        )

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        wanted = self.golden.expected
        return {
            "name": self.golden.name,
            "passes": self.passes,
            "expected": {"points": wanted.points, "stage": wanted.stage, "hand_off": wanted.hand_off},
            "found": {"points": self.points, "stage": self.stage.value, "hand_off": self.hand_off},
        }


def run_goldens(goldens: Iterable[Golden], model: Model) -> list[GoldenResult]:
    """What the model makes of these accounts, in their order."""
    return [run_golden(golden, model) for golden in goldens]


def run_golden(golden: Golden, model: Model) -> GoldenResult:
    """What the model makes of this account, by the rules that score real ones."""
    ids = {person.name: uuid.UUID(int=number + 1) for number, person in enumerate(golden.people)}
    entries = list(make_entries(_acts(golden, ids, model), model, ZONE).values())
    facts = _facts(golden, ids, entries, model)
    outcome = evaluate(facts, model, NOON)
    return GoldenResult(golden, shown_total([outcome.depth]), outcome.stage, outcome.is_mqa)


def _acts(golden: Golden, ids: Mapping[str, uuid.UUID], model: Model) -> list[Act]:
    seniority = {person.name: person.seniority for person in golden.people}
    struck = golden.account.excluded in model.never_scored
    return [
        Act(
            uuid.UUID(int=number * MOST_TIMES + time + 1),
            ids[event.who],
            event.kind,
            NOON - timedelta(days=event.days_ago) - timedelta(minutes=time if event.days_ago else 0),
            event.verdict,
            seniority[event.who],
            event.minutes,
            struck,
        )
        for number, event in enumerate(golden.events)
        for time in range(event.times)
    ]


def _facts(golden: Golden, ids: Mapping[str, uuid.UUID], entries: Sequence[Entry], model: Model) -> Facts:
    sums, account = person_scores(entries, NOON), golden.account
    scores = [sums.get(ids[person.name], 0.0) for person in golden.people]
    human = [entry for entry in entries if entry.act.verdict in HUMAN and not entry.act.struck]
    acting = set(model.act_now_kinds())
    return Facts(
        account.tier,
        scores,
        scores,
        last_human_at=_newest(human),
        last_proven_at=_newest(one for one in human if one.act.verdict == Verdict.PROVEN and one.base > 0),
        last_act_now_at=_newest(one for one in human if one.act.kind in acting and one.entry > 0),
        has_contact=bool(golden.people),
        in_sales="in_sales" in account.flags,
        has_open_deal="has_open_deal" in account.flags,
        last_deal_lost="last_deal_lost" in account.flags,
        has_contract="has_contract" in account.flags,
        owned_until=FOREVER if "owns_product" in account.flags else None,
        is_excluded=account.excluded is not None,
        roles=[person.role for person in golden.people],
        record=account.record,
    )


def _newest(entries: Iterable[Entry]) -> datetime | None:
    return max((entry.act.happened_at for entry in entries), default=None)


@cache
def shipped_goldens() -> tuple[Golden, ...]:
    """The accounts the product brings along."""
    reading = Reading()
    raw = read_yaml(files("abm.scoring").joinpath("golden.yaml").read_bytes()).document
    goldens = _read_list(reading, raw, "golden")
    assert not reading.faults, reading.faults
    return tuple(goldens)


def read_goldens(reading: Reading, raw: Any, place: str = "golden") -> list[Golden]:
    """The shipped accounts and those of a document, which replace shipped ones of the same name."""
    own = {golden.name: golden for golden in _read_list(reading, raw if raw is not None else [], place)}
    return [own.pop(golden.name, golden) for golden in shipped_goldens()] + list(own.values())


def check_goldens(raw: Any) -> list[Fault]:
    """What is wrong with a list of golden accounts that stands in a file of its own."""
    reading = Reading()
    _read_list(reading, raw, "")
    return reading.faults


def _read_list(reading: Reading, raw: Any, place: str) -> list[Golden]:
    parts = reading.items(raw, place, MOST_GOLDENS)
    return [golden for n, one in enumerate(parts) if (golden := _read(reading, one, f"{place}[{n}]"))]


def _read(reading: Reading, raw: Any, place: str) -> Golden | None:
    before = len(reading.faults)
    top = reading.table(raw, place, ("name", "about", "account", "people", "events", "expect"))
    people = [
        _read_person(reading, one, f"{place}.people[{n}]")
        for n, one in enumerate(reading.items(top.get("people", []), join(place, "people"), MOST_EVENTS))
    ]
    names = [person.name for person in people]
    events = [
        _read_event(reading, one, f"{place}.events[{n}]", names)
        for n, one in enumerate(reading.items(top.get("events", []), join(place, "events"), MOST_EVENTS))
    ]
    about = reading.table(top.get("about", {}), join(place, "about"), Language)
    golden = Golden(
        name=reading.text(top.get("name"), join(place, "name")),
        about={language: str(text) for language, text in about.items()},
        account=_read_account(reading, top.get("account", {}), join(place, "account")),
        people=tuple(people),
        events=tuple(events),
        expected=_read_expected(reading, top.get("expect"), join(place, "expect")),
    )
    return golden if len(reading.faults) == before else None


def _read_account(reading: Reading, raw: Any, place: str) -> GoldenAccount:
    table = reading.table(raw, place, ("tier", "excluded", *FLAGS, *RECORD))
    tier = reading.word(table.get("tier", Tier.ONE_TO_MANY), join(place, "tier"), Tier) or Tier.ONE_TO_MANY
    excluded = table.get("excluded")
    if excluded is not None:
        excluded = reading.word(excluded, join(place, "excluded"), ExcludedReason)
    flags = [flag for flag in FLAGS if reading.flag(table, flag, place)]
    record = {f"account.{name}": table[name] for name in RECORD if name in table}
    return GoldenAccount(
        tier=Tier(tier),
        excluded=ExcludedReason(excluded) if excluded else None,
        flags=frozenset(flags),
        record={**record, "account.tier": str(tier)},
    )


def _read_person(reading: Reading, raw: Any, place: str) -> GoldenPerson:
    table = reading.table(raw, place, ("name", "seniority", "role"))
    seniority = reading.word(table.get("seniority", Seniority.OTHER), join(place, "seniority"), Seniority)
    role = table.get("role")
    if role is not None:
        role = reading.word(role, join(place, "role"), BuyingRole)
    name = reading.text(table.get("name"), join(place, "name"))
    return GoldenPerson(name, Seniority(seniority or Seniority.OTHER), BuyingRole(role) if role else None)


def _read_event(reading: Reading, raw: Any, place: str, names: Sequence[str]) -> GoldenEvent:
    table = reading.table(raw, place, ("who", "kind", "days_ago", "verdict", "minutes", "times"))
    who = reading.text(table.get("who"), join(place, "who"))
    if who and who not in names:
        reading.note(join(place, "who"), FaultCode.NOBODY_SO_CALLED, given=shown(who))
    kind = reading.word(table.get("kind"), join(place, "kind"), EventKind)
    verdict = reading.word(table.get("verdict", Verdict.PROVEN), join(place, "verdict"), Verdict)
    minutes = reading.number(table, "minutes", place, least=0, most=MOST_TIMES) if "minutes" in table else None
    return GoldenEvent(
        who=who,
        kind=EventKind(kind or EventKind.OPEN),
        days_ago=reading.number(table, "days_ago", place, least=0, most=MOST_DAYS, default=0),
        verdict=Verdict(verdict or Verdict.PROVEN),
        minutes=minutes,
        times=reading.whole({"times": 1, **table}, "times", place, least=1, most=MOST_TIMES),
    )


def _read_expected(reading: Reading, raw: Any, place: str) -> Expected:
    table = reading.table(raw, place, ("points", "stage", "hand_off"))
    points = reading.number(table, "points", place, least=-1e6, most=1e6) if "points" in table else None
    stage = reading.word(table["stage"], join(place, "stage"), Stage) if "stage" in table else None
    hand_off = reading.flag(table, "hand_off", place) if "hand_off" in table else None
    return Expected(points, Stage(stage) if stage else None, hand_off)
