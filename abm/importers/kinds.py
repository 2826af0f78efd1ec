"""Kinds of files: how the lines of each are read, decided about and written, a piece at a time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.importers.attend import WebinarPlan, plan_webinar, write_webinar
from abm.importers.columns import card_layout
from abm.importers.pieces import Piece
from abm.importers.plan import Planner
from abm.importers.records import Facts, PlannedRow
from abm.importers.rows import RowReader
from abm.importers.sheet import Sheet
from abm.importers.sold import Contracts, Deals, Orders, Tickets
from abm.importers.webinar import read_webinar
from abm.importers.write import Origin
from abm.words import ImportField, ImportKind

# Rows that are decided about together: enough to ask the database by set, few enough to keep the memory flat, and
# because nothing else happens while the first is read and the last is written.
PIECE = 1_000


class Kind(Protocol):
    """One kind of file. Firms and people are everybody's; what else it holds, the kind decides and writes itself."""

    # Does it ask the database while it decides? Then all that was sent before is written first.
    asks: bool

    def pieces(self) -> Iterator[Piece]:
        """The rows, cleaned."""

    def accounts_of(self, session: Session, piece: Piece) -> Collection[str]:
        """The accounts that a piece means by something else than what it says of firms and people."""

    def decide(self, session: Session, planner: Planner, piece: Piece) -> Sequence[PlannedRow]:
        """What becomes of a piece; only a kind that `asks` may use the session."""

    def write(self, session: Session, facts: Facts, origin: Origin) -> None:
        """Write what the piece holds beside firms and people, which stand already."""

    def records(self) -> Mapping[int, str]:
        """The record beside firm and person that each line makes or is about, once all is decided."""

    def found(self) -> Mapping[str, Any]:
        """What the file says as a whole, kept with its import."""


class Customers:
    """A list of firms and people, however long."""

    asks = False

    def __init__(
        self, sheet: Sheet, columns: Mapping[ImportField, int], zone: ZoneInfo, left_out: frozenset[ImportField]
    ) -> None:
        self._lines = sheet.rows
        self._header = sheet.header
        self._reader = RowReader(sheet, columns)

    def pieces(self) -> Iterator[Piece]:
        """The rows, cleaned."""
        lines = iter(self._lines)
        while piece := list(islice(lines, PIECE)):
            yield Piece([self._reader.read(line) for line in piece], dict(piece))

    def accounts_of(self, session: Session, piece: Piece) -> Collection[str]:
        """None."""
        return ()

    def decide(self, session: Session, planner: Planner, piece: Piece) -> Sequence[PlannedRow]:
        """Firms and people are all there is."""
        return planner.decide(piece.rows).rows

    def write(self, session: Session, facts: Facts, origin: Origin) -> None:
        """Nothing beside firms and people."""

    def records(self) -> Mapping[int, str]:
        """None."""
        return {}

    def found(self) -> Mapping[str, Any]:
        """Whose business cards these are, when they are cards."""
        layout = card_layout(self._header)
        return {"layout": layout} if layout else {}


class Webinar:
    """The report of one webinar: who registered and who came."""

    asks = True

    def __init__(
        self, sheet: Sheet, columns: Mapping[ImportField, int], zone: ZoneInfo, left_out: frozenset[ImportField]
    ) -> None:
        self._lines = sheet.rows
        self._report = read_webinar(sheet, columns, zone, left_out)
        self._plan: WebinarPlan | None = None

    def pieces(self) -> Iterator[Piece]:
        """All at once: a person who came twice attended once, with the minutes of both lines."""
        yield Piece([person.row for person in self._report.people], dict(self._lines))

    def accounts_of(self, session: Session, piece: Piece) -> Collection[str]:
        """None."""
        return ()

    def decide(self, session: Session, planner: Planner, piece: Piece) -> Sequence[PlannedRow]:
        """People, and which of their deeds are new."""
        self._plan = plan_webinar(session, self._report, planner)
        return planner.plan.rows

    def write(self, session: Session, facts: Facts, origin: Origin) -> None:
        """The webinar and its events."""
        if self._plan:
            write_webinar(session, self._plan, facts, origin)

    def records(self) -> Mapping[int, str]:
        """None: events have no fields of their own."""
        return {}

    def found(self) -> Mapping[str, Any]:
        """Title and time."""
        return {"webinar": {"title": self._report.title, "held_at": self._report.held_at.isoformat()}}


KINDS: Mapping[ImportKind, Callable[[Sheet, Mapping[ImportField, int], ZoneInfo, frozenset[ImportField]], Kind]] = {
    ImportKind.CUSTOMERS: Customers,
    ImportKind.WEBINAR: Webinar,
    ImportKind.DEALS: Deals,
    ImportKind.CONTRACTS: Contracts,
    ImportKind.TICKETS: Tickets,
    ImportKind.ORDERS: Orders,
}
