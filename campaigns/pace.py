"""How many mails may leave to whom, and which of them leave now: limits and slots in, decisions out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from abm.words import LimitSort

# The names of the limits that are no group's; no domain looks like them.
ALL, OTHERS = "*", "-"
MINUTE = timedelta(minutes=1)
# So many of a minute's mails may leave together; the others follow evenly.
BURST_SHARE = 10


@dataclass(frozen=True)
class Limit:
    """How many mails go somewhere at once, and at most in any minute; None leaves the pace to the server."""

    name: str
    sort: LimitSort
    at_once: int
    per_minute: int | None = None
    domains: tuple[str, ...] = ()


# What a sender does where nobody has said otherwise.
ALL_BY_DEFAULT = Limit(ALL, LimitSort.ALL, 20)
OTHERS_BY_DEFAULT = Limit(OTHERS, LimitSort.OTHERS, 4)


@dataclass(frozen=True)
class SendingLimits:
    """Every limit of an installation."""

    all: Limit = ALL_BY_DEFAULT
    others: Limit = OTHERS_BY_DEFAULT
    groups: tuple[Limit, ...] = ()

    @property
    def every(self) -> tuple[Limit, ...]:
        """All of them, groups last."""
        return (self.all, self.others, *self.groups)

    @property
    def has_pace(self) -> bool:
        """Whether any of them counts minutes."""
        return any(one.per_minute for one in self.every)

    def group_of(self, domain: str) -> str:
        """The name of the group that holds a domain; empty where it stands for itself."""
        name, limit = self.of(domain)
        return name if limit.sort is LimitSort.GROUP else ""

    def of(self, domain: str) -> tuple[str, Limit]:
        """What a domain is counted as, and its limit: the group that holds it or a domain above it, else itself."""
        labels = domain.lower().split(".")
        above = [".".join(labels[place:]) for place in range(len(labels))]
        known = {named: group for group in reversed(self.groups) for named in group.domains}
        group = next((known[one] for one in above if one in known), None)
        return (group.name, group) if group else (domain.lower(), self.others)


@dataclass(frozen=True)
class Pace:
    """From when on the next mail may leave, and until when those put off already fill the time."""

    free_at: datetime
    spread_at: datetime


@dataclass(frozen=True)
class Asking:
    """A mail that wants to leave: what it is counted as, and whether it was put off before."""

    counted_as: tuple[tuple[str, int], ...]
    was_put_off: bool = False


def decide(
    mails: Sequence[Asking], paces: Mapping[str, Pace], at: datetime
) -> tuple[list[datetime | None], dict[str, Pace]]:
    """When each mail is to ask again, None for one that leaves now; and the paces from then on.

    Those that were put off have a time of their own: whoever comes anew stands behind them.
    """
    going = _Round(dict(paces), at)
    return [going.ask(mail) for mail in mails], going.paces


@dataclass
class _Round:
    """The mails of one decision, one after the other."""

    paces: dict[str, Pace]
    at: datetime
    missed: Counter[str] = field(default_factory=Counter)

    def ask(self, mail: Asking) -> datetime | None:
        """When this one asks again, None when it leaves now."""
        waits = [(name, per_minute) for name, per_minute in mail.counted_as if self._must_wait(name, per_minute, mail)]
        if not waits:
            for name, per_minute in mail.counted_as:
                pace = self._pace(name)
                self.paces[name] = replace(pace, free_at=max(pace.free_at, self.at) + step_of(per_minute))
            return None
        return max(self._slot(name, per_minute, mail) for name, per_minute in waits)

    def _pace(self, name: str) -> Pace:
        return self.paces.get(name, Pace(self.at, self.at))

    def _must_wait(self, name: str, per_minute: int, mail: Asking) -> bool:
        pace = self._pace(name)
        early = step_of(per_minute) * (_burst(per_minute) - 1)
        return pace.free_at > self.at + early or (pace.spread_at > self.at and not mail.was_put_off)

    def _slot(self, name: str, per_minute: int, mail: Asking) -> datetime:
        """The time that is left for it: behind all others; one that missed its time comes before these."""
        pace, step = self._pace(name), step_of(per_minute)
        if mail.was_put_off and pace.spread_at > self.at:
            self.missed[name] += 1
            return pace.free_at + step * (self.missed[name] - 1)
        slot = max(pace.spread_at, pace.free_at, self.at)
        self.paces[name] = replace(pace, spread_at=slot + step)
        return slot


def _burst(per_minute: int) -> int:
    return max(1, per_minute // BURST_SHARE)


def step_of(per_minute: int) -> timedelta:
    """The time between two mails, such that burst and steps together never exceed the number in any minute."""
    return MINUTE / (per_minute - _burst(per_minute) + 1)
