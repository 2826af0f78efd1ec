"""Lines of a timeline that stand together, so that what people did is not lost among what programs did."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from abm.clock import local_day
from abm.reports.timeline import Line
from abm.words import ItemKind

# What the product does with several people at once: at one moment, or in the course of one day's sending.
AT_ONE_MOMENT = (ItemKind.ENROLLMENT_CHANGED, ItemKind.IMPORTED, ItemKind.CONSENT_CHANGED)
ON_ONE_DAY = (ItemKind.MAIL_SENT, ItemKind.MAIL_WITHHELD)
# Lines that differ in one of these tell of different things.
TELLING = ("sequence", "step", "subject", "state", "reason", "reasons", "file")


@dataclass(frozen=True)
class Fold:
    """Lines that stand together, newest first: one, several of machines, or one thing that befell several people."""

    lines: tuple[Line, ...]

    @property
    def is_machine(self) -> bool:
        """True when the lines are shown only on demand."""
        return self.lines[0].is_machine

    @property
    def people(self) -> tuple[str, ...]:
        """The names of those it befell, each once, in the order of the lines."""
        return tuple(dict.fromkeys(line.contact for line in self.lines if line.contact))


def fold_lines(lines: Iterable[Line], zone: ZoneInfo) -> list[Fold]:
    """The lines in their order; machines that follow each other become one, and so does one thing done to several."""
    together: dict[Hashable, list[Line]] = {}
    others = 0
    for line in lines:
        others += not line.is_machine
        key = ("machine", others) if line.is_machine else _shared(line, zone) or line.id
        together.setdefault(key, []).append(line)
    return [Fold(tuple(found)) for found in together.values()]


def _shared(line: Line, zone: ZoneInfo) -> Hashable:
    """What lines of several people have in common; nothing for what somebody did."""
    if line.kind in AT_ONE_MOMENT:
        when: Hashable = line.happened_at.replace(second=0, microsecond=0)
    elif line.kind in ON_ONE_DAY:
        when = local_day(line.happened_at, zone)
    else:
        return None
    return line.kind, line.account_id, when, *(str(line.detail.get(name)) for name in TELLING)
