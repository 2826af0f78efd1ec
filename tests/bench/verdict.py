"""Verdicts beside looking at the user agent alone: hits of a stream read, judged as one set, and answered."""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from abm.clock import rfc3339
from abm.customers.domains import SharedDomains
from abm.words import Verdict
from abm.words import VerdictReason as Reason
from tests.bench import Context, Figure, benchmark
from tests.tracking.traffic import make_traffic
from tracking.agents import is_machine_agent
from tracking.networks import read_networks
from tracking.verdict import Facts, Judgement, Known, judge
from tracking.verdict_lines import FactsReader, answer

# A round goes once through every way, so that a busy moment of the machine meets both.
ROUNDS = 3
FIRMS = 140
_MACHINE = Judgement(Verdict.MACHINE, (Reason.MACHINE_AGENT,))
_PERSON = Judgement(Verdict.LIKELY, (Reason.BROWSER,))


@benchmark("verdict.hit")
def hit(context: Context) -> Iterator[Figure]:
    """Hits a second on one core, of people and of fourteen kinds of gateways, against a look at the agent only."""
    lines = _lines(context.rows(60_000, 1_000_000))
    known = Known(networks=read_networks())
    ways: dict[str, Callable[[], float]] = {
        "judged": lambda: _rate(lines, lambda facts: judge(facts, known)),
        "agent": lambda: _rate(lines, _by_agent),
    }
    started = time.perf_counter()
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            found[name].append(way())
    rates = {name: statistics.median(each) for name, each in found.items()}
    seconds = time.perf_counter() - started
    yield Figure(
        "verdict.hit", rates["judged"], "hits/s", "higher", "user_agent_only", rates["agent"], len(lines), seconds
    )


def _rate(lines: list[bytes], way: Callable[[list[Facts]], Iterable[Judgement]]) -> float:
    started = time.perf_counter()
    reader = FactsReader(SharedDomains(), ZoneInfo("Asia/Tokyo"))
    facts = [reader.read(line) for line in lines]
    for one, judgement in zip(facts, way(facts), strict=True):
        json.dumps(answer(one, judgement), ensure_ascii=False)
    return len(lines) / (time.perf_counter() - started)


def _by_agent(hits: list[Facts]) -> list[Judgement]:
    return [_MACHINE if is_machine_agent(one.user_agent) else _PERSON for one in hits]


def _lines(number: int) -> list[bytes]:
    """Hits as a stream holds them, of as many seeds as it takes; no firm and no mail is in two of them."""
    lines: list[bytes] = []
    seed = 0
    while len(lines) < number:
        lines.extend(_line(one, seed) for one, _, _ in make_traffic(seed, FIRMS))
        seed += 1
    return lines[:number]


def _line(one: Facts, seed: int) -> bytes:
    told = {
        "id": f"{seed}.{one.id}",
        "at": rfc3339(one.at + timedelta(days=seed)),
        "kind": one.kind.value,
        "method": one.method,
        "user_agent": one.user_agent,
        "ip": one.ip,
        "message": f"{seed}.{one.message}" if one.message else None,
        "contact": f"{seed}.{one.contact}",
        "domain": f"{seed}-{one.domain}",
        "link": f"{seed}.{one.link}" if one.link else None,
        "honeypot": one.honeypot,
        "delivered_at": rfc3339(one.delivered_at + timedelta(days=seed)) if one.delivered_at else None,
    }
    return json.dumps(told).encode()
