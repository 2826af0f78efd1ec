"""The way of a file through an import: a piece is read while the one before is decided about and written."""

import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.domains import SharedDomains
from abm.importers.copying import Copier
from abm.importers.custom import KEY_COLUMNS
from abm.importers.facts import Own, load_facts
from abm.importers.kept import ROW_COLUMNS, KeptRows
from abm.importers.kinds import Kind
from abm.importers.pieces import Piece
from abm.importers.plan import Planner
from abm.importers.records import Facts, PlannedRow
from abm.importers.write import Origin, PlanWriter, id_maker
from abm.words import MatchStrength, RowAction

# While a table fills inside our own transaction its statistics still call it empty: a look-up that was planned for an
# empty table would read all of it, again for every piece.
BY_INDEX = text(
    "select set_config('enable_seqscan', :on, true), set_config('enable_hashjoin', :on, true),"
    " set_config('enable_mergejoin', :on, true)"
)


# The thread that feeds the server waits for its turn behind the one that decides, at every answer it gets: with the
# usual turns of 5 ms the server would stand idle for longer than it works.
TURN_S, USUAL_TURN_S = 0.000_5, sys.getswitchinterval()


@dataclass
class Tally:
    """What the rows of a file came to."""

    actions: Counter[RowAction] = field(default_factory=Counter)
    strengths: Counter[MatchStrength | None] = field(default_factory=Counter)
    review: int = 0
    flagged: int = 0
    # Domains that accounts from before have taken on.
    added_domains: list[tuple[str, str]] = field(default_factory=list)

    def add(self, rows: Iterable[PlannedRow], facts: Facts) -> None:
        """Count these rows, too."""
        for row in rows:
            self.actions[row.action] += 1
            self.review += row.review
            self.flagged += bool(row.problems) and row.action != RowAction.REJECT
            if not row.review:
                self.strengths[row.strength] += 1
        older = (account for key in facts.touched.accounts if not (account := facts.accounts[key]).is_new)
        self.added_domains.extend((account.id, domain) for account in older for domain in account.new_domains)

    def fill(self, updated: int, flagged: int) -> None:
        """Count what custom fields came to: rows that changed by them alone, and rows with an unreadable one."""
        self.actions[RowAction.UNCHANGED] -= updated
        self.actions[RowAction.UPDATE] += updated
        self.flagged += flagged

    def shown(self) -> dict[str, Any]:
        """The counts as an import keeps them."""
        return {
            "rows": self.actions.total(),
            "create": self.actions[RowAction.CREATE],
            "update": self.actions[RowAction.UPDATE],
            "unchanged": self.actions[RowAction.UNCHANGED],
            "rejected": self.actions[RowAction.REJECT],
            "review": self.review,
            "flagged": self.flagged,
            "match": {
                "sure": self.strengths[MatchStrength.SURE],
                "strong": self.strengths[MatchStrength.STRONG],
            },
        }


class Run:
    """One file on its way; what it decided about a piece is known to the next, and forgotten after that."""

    def __init__(
        self,
        session: Session,
        kind: Kind,
        kept: KeptRows,
        origin: Origin,
        shared: SharedDomains,
        *,
        only_planned: bool,
        keeps_keys: bool = False,
    ) -> None:
        self._session = session
        self._kind = kind
        self._kept = kept
        self._origin = origin
        self._shared = shared
        self._only_planned = only_planned
        self._keeps_keys = keeps_keys
        self._facts = Facts()
        self._new_id = id_maker()
        self.tally = Tally()

    def go(self) -> Tally:
        """Every piece of the file, to its end; answers what the rows came to."""
        with _collected_later(), _short_turns(), by_index(self._session), Copier(self._session) as copier:
            writer = PlanWriter(self._session, copier, self._origin, only_planned=self._only_planned)
            own = Own(str(self._origin.import_id), writer.pending)
            waiting: tuple[Piece, Future[Facts]] | None = None
            for piece in self._kind.pieces():
                # Asked before the piece above is written: what that one leaves is carried over by hand.
                asked = copier.ask(self._load, piece, own)
                if waiting:
                    self._settle(*waiting, copier, writer, is_last=False)
                waiting = piece, asked
            if waiting:
                self._settle(*waiting, copier, writer, is_last=True)
            writer.finish()
        return self.tally

    def _load(self, piece: Piece, own: Own) -> Facts:
        also = self._kind.accounts_of(self._session, piece)
        return load_facts(self._session, piece.rows, self._shared, own, also)

    def _settle(self, piece: Piece, asked: Future[Facts], copier: Copier, writer: PlanWriter, *, is_last: bool) -> None:
        """Decide about a piece and send what comes of it."""
        facts = asked.result()
        if self._kind.asks:
            copier.wait()
        facts.carry(self._facts, piece.rows)
        planner = Planner(facts, self._shared, consent=self._origin.consent is not None, new_id=self._new_id)
        decided = self._kind.decide(self._session, planner, piece)
        self.tally.add(decided, facts)
        writer.write(planner.plan, facts, is_last=is_last)
        copier.copy("import_rows", ROW_COLUMNS, self._kept.of(decided, piece.cells, facts), self._kept.ending)
        if self._keeps_keys:
            keys = ((str(row.line), row.account_id, row.contact_id) for row in decided if row.account_id)
            copier.copy("planned_keys", KEY_COLUMNS, keys)
        if not self._only_planned:
            copier.ask(self._kind.write, self._session, facts, self._origin)
        self._facts = facts


@contextmanager
def _collected_later() -> Iterator[None]:
    """Rows and records hold no circles: looking for some among thousands of them costs a third of an import."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _short_turns() -> Iterator[None]:
    """Threads take turns often, so that what waits for the server is sent as soon as it can take it."""
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(USUAL_TURN_S)


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Look-ups go by an index, planned anew each time for what the tables hold by then; back to normal afterwards."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    prepared_after = connection.prepare_threshold
    connection.prepare_threshold = None
    session.execute(BY_INDEX, {"on": "off"})
    try:
        yield
    finally:
        connection.prepare_threshold = prepared_after
    session.execute(BY_INDEX, {"on": "on"})
