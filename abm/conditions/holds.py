"""Whether a condition holds for one person, decided in memory from facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from abm.conditions.fields import OPPOSITES
from abm.conditions.language import Check, Condition, Did, Leaf, Moment, leaves
from abm.conditions.texts import fold
from abm.words import HUMAN, EventKind, GroupKind, Operator, Verdict

One = str | float | bool | date
Known = One | tuple[One, ...] | None


@dataclass(frozen=True)
class Deed:
    """One thing a person did."""

    kind: EventKind
    happened_at: datetime
    verdict: Verdict
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What is known of one person: a value for each field asked, and what they did."""

    values: Mapping[str, Known] = field(default_factory=dict)
    deeds: Sequence[Deed] = ()


@dataclass(frozen=True)
class Finding:
    """One leaf of a condition, where it stands, whether it holds, and what was found there."""

    place: str
    leaf: Leaf
    holds: bool
    found: Known


def holds(condition: Condition, facts: Facts, moment: Moment) -> bool:
    """Whether the condition holds for this person at this moment."""
    if isinstance(condition, Check):
        return check_holds(condition, facts.values.get(condition.field), moment)
    if isinstance(condition, Did):
        return count_deeds(condition, facts.deeds, moment.at) >= condition.at_least
    answers = (holds(part, facts, moment) for part in condition.parts)
    if condition.kind is GroupKind.NOT:
        return not any(answers)
    return all(answers) if condition.kind is GroupKind.ALL else any(answers)


def find_why(condition: Condition, facts: Facts, moment: Moment) -> list[Finding]:
    """Every leaf with whether it holds and what was found."""
    return [
        Finding(place, leaf, holds(leaf, facts, moment), _found(leaf, facts, moment))
        for place, leaf in leaves(condition)
    ]


def count_deeds(did: Did, deeds: Sequence[Deed], at: datetime) -> int:
    """How often a person did this in the time asked about; the future has not happened."""
    since = at - did.within if did.within is not None else None
    return sum(
        deed.kind in did.kinds
        and deed.verdict in HUMAN
        and deed.happened_at <= at
        and (since is None or deed.happened_at > since)
        and (did.topic is None or did.topic in deed.topics)
        for deed in deeds
    )


def check_holds(check: Check, known: Known, moment: Moment) -> bool:
    """Whether a value fits; an opposite holds exactly when what it denies does not."""
    if check.op in OPPOSITES:
        return not check_holds(replace(check, op=OPPOSITES[check.op]), known, moment)
    if isinstance(known, tuple):
        return any(_fits(check, one, moment) for one in known)
    return _fits(check, known, moment)


def _fits(check: Check, known: One | None, moment: Moment) -> bool:
    if known is None or known == "":
        return False
    if check.op is Operator.KNOWN:
        return True
    if isinstance(known, bool):
        return known is check.value
    if isinstance(known, str):
        return _text_fits(check, fold(known))
    if isinstance(known, date):
        return _day_fits(check, known, moment.today)
    assert isinstance(known, int | float)
    return _number_fits(check, known)


def _text_fits(check: Check, text: str) -> bool:
    if check.op is Operator.IN:
        assert isinstance(check.value, tuple)
        return text in {fold(one) for one in check.value}
    wanted = fold(str(check.value))
    if check.op is Operator.CONTAINS:
        return wanted in text
    return text.startswith(wanted) if check.op is Operator.STARTS_WITH else text == wanted


def _day_fits(check: Check, day: date, today: date) -> bool:
    if check.op is Operator.WITHIN:
        assert isinstance(check.value, timedelta)
        return today - check.value < day <= today
    if check.op is Operator.AHEAD:
        assert isinstance(check.value, timedelta)
        return today <= day < today + check.value
    assert isinstance(check.value, date)
    if check.op is Operator.BEFORE:
        return day < check.value
    return day > check.value if check.op is Operator.AFTER else day == check.value


def _number_fits(check: Check, number: float) -> bool:
    assert isinstance(check.value, float)
    compare = {
        Operator.AT_LEAST: number >= check.value,
        Operator.AT_MOST: number <= check.value,
        Operator.MORE_THAN: number > check.value,
        Operator.LESS_THAN: number < check.value,
        Operator.IS: number == check.value,
    }
    return compare[check.op]


def _found(leaf: Leaf, facts: Facts, moment: Moment) -> Known:
    return facts.values.get(leaf.field) if isinstance(leaf, Check) else count_deeds(leaf, facts.deeds, moment.at)
