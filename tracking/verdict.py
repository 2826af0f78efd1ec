"""How surely a person stood behind each hit: rules over facts, first match wins; the whole set is judged at its end."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from abm.words import HitKind, Verdict
from tracking.agents import is_browser, is_machine_agent

# Raised whenever a rule changes, so that an old verdict can be told from a new one.
RULES = "2026.11"
# What a scanner does to one mail it does within this.
NEIGHBOURS_WITHIN = timedelta(seconds=60)


class Reason(StrEnum):
    """Why a verdict is what it is."""

    MACHINE_AGENT = "machine_agent"
    HEAD_REQUEST = "head_request"
    HONEYPOT = "honeypot"
    NEAR_MACHINE = "near_machine"
    BROWSER = "browser"
    NO_MACHINE_SIGN = "no_machine_sign"
    OPEN_ALONE = "open_alone"
    STOP_POSTED = "stop_posted"
    NOT_RATED = "not_rated"


class Facts(NamedTuple):
    """What the rules look at; hits of one message are hits of one contact."""

    id: str
    kind: HitKind
    at: datetime
    method: str
    message: bytes
    user_agent: str
    honeypot: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons under a version of the rules."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    rules: str = RULES


def judge(hits: Sequence[Facts]) -> list[Judgement]:
    """One judgement a hit, in the order given."""
    signs = [machine_signs(hit) for hit in hits]
    near = _near_machines(hits, signs)
    return [_judge_one(hit, own, hit.id in near) for hit, own in zip(hits, signs, strict=True)]


def machine_signs(hit: Facts) -> tuple[Reason, ...]:
    """What about this hit alone says machine; a posted stop is never asked."""
    agent = is_machine_agent(hit.user_agent)
    if hit.kind is HitKind.STOP or not (agent or hit.honeypot or hit.method == "HEAD"):
        return ()
    signs = (
        (Reason.HONEYPOT, hit.honeypot),
        (Reason.HEAD_REQUEST, hit.method == "HEAD"),
        (Reason.MACHINE_AGENT, agent),
    )
    return tuple(reason for reason, holds in signs if holds)


def _judge_one(hit: Facts, signs: tuple[Reason, ...], near_machine: bool) -> Judgement:
    if signs:
        return Judgement(Verdict.MACHINE, signs)
    if hit.kind is HitKind.STOP:
        return _STOP
    if near_machine:
        return _NEAR_MACHINE
    if hit.kind is HitKind.OPEN:
        return _OPEN
    if hit.kind in _FOLLOWED:
        return _BROWSER if is_browser(hit.user_agent) else _NO_SIGN
    return _NOT_RATED


_STOP = Judgement(Verdict.LIKELY, (Reason.STOP_POSTED,))
_NEAR_MACHINE = Judgement(Verdict.MACHINE, (Reason.NEAR_MACHINE,))
_OPEN = Judgement(Verdict.UNKNOWN, (Reason.OPEN_ALONE,))
_BROWSER = Judgement(Verdict.LIKELY, (Reason.BROWSER,))
_NO_SIGN = Judgement(Verdict.LIKELY, (Reason.NO_MACHINE_SIGN,))
_NOT_RATED = Judgement(Verdict.UNKNOWN, (Reason.NOT_RATED,))
_FOLLOWED = (HitKind.CLICK, HitKind.DOWNLOAD)


def _near_machines(hits: Sequence[Facts], signs: Sequence[tuple[Reason, ...]]) -> set[str]:
    """Hits of a message within a minute of a machine's; a proxy that fetched the picture says nothing of the links."""
    machines: dict[bytes, list[datetime]] = defaultdict(list)
    for hit, own in zip(hits, signs, strict=True):
        if own and hit.kind is not HitKind.OPEN:
            machines[hit.message].append(hit.at)
    if not machines:
        return set()
    return {hit.id for hit in hits if hit.message in machines and _is_near(hit.at, machines[hit.message])}


def _is_near(at: datetime, moments: Iterable[datetime]) -> bool:
    return any(abs(at - moment) <= NEIGHBOURS_WITHIN for moment in moments)
