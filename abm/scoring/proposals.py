"""Proposed changes of the model: what the answers of sales to hand-offs speak for, with how much they rest on."""

import copy
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from abm.words import AnswerCode, ProposalKind, Tier

# With fewer answers one week's luck would look like a rule.
LEAST_ANSWERS = 5
# By what is paid by the minute is told, where it has no upper bound.
MINUTES = 60
# A rule speaks for a change where rejects lie this far over what is usual.
FAR_OVER_USUAL = 1.5
# A kind that gave less than this of the points was not what a hand-off rested on.
MAIN_SHARE = 0.3
LOWERED = 0.5
RAISED = 1.25
MOST_PROPOSALS = 6

# What each answer speaks against: the signals, the threshold, or the choice of companies.
AGAINST_SIGNALS = (AnswerCode.FALSE_SIGNAL, AnswerCode.NO_NEED, AnswerCode.OTHER)
AGAINST_TIMING = (AnswerCode.NOT_NOW, AnswerCode.NO_BUDGET, AnswerCode.NO_NEED, AnswerCode.UNREACHABLE)
AGAINST_FIT = (AnswerCode.NOT_FIT, AnswerCode.COMPETITOR)
GOOD = (AnswerCode.MEETING, AnswerCode.OPPORTUNITY)


@dataclass(frozen=True)
class Handed:
    """A recorded hand-off that is over: its answer, what it rested on, and what the company is."""

    answer: str
    tier: str
    industry: str | None = None
    # The share of its points that each kind gave.
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """How sales answered the hand-offs that one rule stood behind."""

    name: str
    answered: int
    turned_down: int
    won: int
    by_answer: Mapping[str, int]


@dataclass(frozen=True)
class Proposal:
    """A change of the model with the answers it rests on; `document` is the model as it would be."""

    kind: ProposalKind
    subject: str
    old: float | None
    new: float
    answered: int
    turned_down: int
    by_answer: Mapping[str, int]
    document: Mapping[str, Any]


def sum_up(handed: Sequence[Handed]) -> dict[str, list[Rule]]:
    """Answers by what stood behind the hand-offs: kinds of events, tiers, industries."""
    groups: dict[str, dict[str, list[Handed]]] = {name: defaultdict(list) for name in ("kinds", "tiers", "industries")}
    for one in handed:
        for kind, share in one.shares.items():
            if share >= MAIN_SHARE:
                groups["kinds"][kind].append(one)
        groups["tiers"][one.tier].append(one)
        if one.industry:
            groups["industries"][one.industry].append(one)
    return {
        group: sorted((_rule(name, ones) for name, ones in members.items()), key=_most_turned_down)
        for group, members in groups.items()
    }


def propose(handed: Sequence[Handed], document: Mapping[str, Any]) -> list[Proposal]:
    """The changes that these answers speak for, those that rest on most first; nothing without enough answers."""
    if len(handed) < LEAST_ANSWERS:
        return []
    found = [*_kinds(handed, document), *_thresholds(handed, document), *_industries(handed, document)]
    return sorted(found, key=lambda one: (-one.turned_down, one.kind, one.subject))[:MOST_PROPOSALS]


def _kinds(handed: Sequence[Handed], document: Mapping[str, Any]) -> Iterator[Proposal]:
    """Kinds behind which sales finds false signals and no need more often than usual earn half."""
    for kind, ones in _by_kind(handed).items():
        halved = _halved(document["kinds"].get(kind, {}))
        if halved and _speaks(ones, handed, AGAINST_SIGNALS):
            old, new, rule = halved
            changed = _changed(document, ("kinds", kind), rule)
            yield _proposal(ProposalKind.LOWER_POINTS, kind, old, new, ones, AGAINST_SIGNALS, changed)


def _halved(rule: Mapping[str, Any]) -> tuple[float, float, dict[str, Any]] | None:
    """What a kind earns, half of that, and the rule that says so; None for what earns nothing.

    What is paid by the minute is told by the most it may earn, or by an hour of it; every minute earns half.
    """
    if "minutes_per_point" not in rule:
        old = rule.get("base", 0)
        new = round(old * LOWERED, 1)
        return (old, new, {**rule, "base": new}) if old > 0 else None
    slower = {**rule, "minutes_per_point": rule["minutes_per_point"] / LOWERED}
    old = rule.get("most", MINUTES / rule["minutes_per_point"])
    new = round(old * LOWERED, 1)
    return old, new, {**slower, "most": new} if "most" in rule else slower


def _thresholds(handed: Sequence[Handed], document: Mapping[str, Any]) -> Iterator[Proposal]:
    """Tiers whose hand-offs come too early have a higher threshold."""
    for tier in Tier:
        ones = [one for one in handed if one.tier == tier]
        bad = _answered(ones, AGAINST_TIMING)
        if len(ones) >= LEAST_ANSWERS and len(bad) * 2 > len(ones):
            old = document["mqa"]["thresholds"][tier]
            new = round(old * RAISED, 1)
            changed = _changed(document, ("mqa", "thresholds", tier.value), new)
            yield _proposal(ProposalKind.RAISE_THRESHOLD, tier.value, old, new, ones, AGAINST_TIMING, changed)


def _industries(handed: Sequence[Handed], document: Mapping[str, Any]) -> Iterator[Proposal]:
    """Industries that sales mostly calls unfit are kept out by a rule of fit, where there is none yet.

    Beside other rules its points would move the gate for everybody: that is left to people.
    """
    if document.get("fit", {}).get("rules"):
        return
    industries: dict[str, list[Handed]] = defaultdict(list)
    for one in handed:
        if one.industry:
            industries[one.industry].append(one)
    for industry, ones in sorted(industries.items()):
        bad = _answered(ones, AGAINST_FIT)
        if len(bad) >= LEAST_ANSWERS and len(bad) * 2 > len(ones):
            changed = _kept_out(document, industry)
            yield _proposal(ProposalKind.FIT_RULE, industry, None, 0.0, ones, AGAINST_FIT, changed)


def _by_kind(handed: Iterable[Handed]) -> dict[str, list[Handed]]:
    kinds: dict[str, list[Handed]] = defaultdict(list)
    for one in handed:
        for kind, share in one.shares.items():
            if share >= MAIN_SHARE:
                kinds[kind].append(one)
    return dict(sorted(kinds.items()))


def _speaks(ones: Sequence[Handed], everything: Sequence[Handed], codes: Collection[str]) -> bool:
    """Enough of these answers, and clearly more than elsewhere or more than half."""
    bad, usual = len(_answered(ones, codes)), len(_answered(everything, codes)) / len(everything)
    if bad < LEAST_ANSWERS:
        return False
    return bad / len(ones) > 0.5 or bad / len(ones) >= FAR_OVER_USUAL * usual


def _answered(ones: Iterable[Handed], codes: Collection[str]) -> list[Handed]:
    return [one for one in ones if one.answer in codes]


def _proposal(
    kind: ProposalKind,
    subject: str,
    old: float | None,
    new: float,
    ones: Sequence[Handed],
    codes: Collection[str],
    document: Mapping[str, Any],
) -> Proposal:
    bad = Counter(one.answer for one in _answered(ones, codes))
    return Proposal(kind, subject, old, new, len(ones), bad.total(), dict(sorted(bad.items())), document)


def _rule(name: str, ones: Sequence[Handed]) -> Rule:
    by_answer = Counter(one.answer for one in ones)
    won = sum(by_answer[code] for code in GOOD)
    return Rule(name, len(ones), len(ones) - won, won, dict(sorted(by_answer.items())))


def _most_turned_down(rule: Rule) -> tuple[int, str]:
    return -rule.turned_down, rule.name


def _changed(document: Mapping[str, Any], place: Sequence[str], value: Any) -> dict[str, Any]:
    """The document with another value at one place."""
    changed = copy.deepcopy(dict(document))
    part = changed
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    return changed


def _kept_out(document: Mapping[str, Any], industry: str) -> dict[str, Any]:
    """The document with a rule of fit that such companies do not meet."""
    changed = copy.deepcopy(dict(document))
    when = {"not": [{"field": "account.industry", "op": "is", "value": industry}]}
    rule = {"name": f"≠ {industry}"[:200], "when": when, "points": 1}
    changed["fit"] = {"passes_at": 0.5, **changed.get("fit", {}), "rules": [rule]}
    return changed
