"""What an import will have made of records, where later rows of the file find it and nobody else does.

Tables of the session's own stand beside the real ones: a plan keeps in them everything it would write, an import
that is applied what it changes of older records, which nobody must wait for until the very end.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from abm.importers.copying import Cells, Copier

MIRRORED = ("accounts", "account_domains", "departments", "contacts", "timeline_items", "consents", "import_rows")


class Pending:
    """The tables beside; made when the first row is put into one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[str] = set()
        # Known to the connection: a table that is only asked for must not be named yet.
        self._made: set[str] = set()

    def __contains__(self, table: str) -> bool:
        """Has anything been put beside this table?"""
        return table in self._asked

    def put(
        self, copier: Copier, table: str, columns: Sequence[str], rows: Iterable[Cells], ending: Cells = ()
    ) -> None:
        """Keep rows beside a table, all of which end alike."""
        waiting = list(rows)
        if waiting:
            self._make(copier, table)
            copier.copy(f"pending_{table}", columns, waiting, ending)

    def take_out(self, copier: Copier, table: str, ids: Sequence[str]) -> None:
        """Forget what was kept of these records: newer knowledge of them follows."""
        if ids and table in self._asked:
            gone = text(f"delete from pending_{table} where id = any(cast(:ids as uuid[]))")  # noqa: S608  # our tables
            copier.ask(lambda: self._session.execute(gone, {"ids": list(ids)}))

    def query(self, template: str) -> TextClause:
        """A statement whose {tables} show the real rows and those beside them, which tell so by `is_pending`."""
        return text(template.format_map({table: self._both(table) for table in MIRRORED}))

    def drop(self) -> None:
        """Leave nothing behind."""
        for table in self._made:
            self._session.execute(text(f"drop table pg_temp.pending_{table}"))
        self._made.clear()
        self._asked.clear()

    def _both(self, table: str) -> str:
        if table not in self._made:
            return f"(select *, false as is_pending from {table})"  # noqa: S608  # our tables
        return (
            f"(select *, false as is_pending from {table}"  # noqa: S608  # our tables
            f" union all select *, true from pg_temp.pending_{table})"
        )

    def _make(self, copier: Copier, table: str) -> None:
        if table not in self._asked:
            self._asked.add(table)
            copier.ask(self._create, table)

    def _create(self, table: str) -> None:
        like = f"(like {table} including defaults including indexes)"
        self._session.execute(text(f"create temporary table pending_{table} {like} on commit drop"))
        self._made.add(table)
