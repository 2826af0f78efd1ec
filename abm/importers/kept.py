"""What is kept of each row of an import: what it did, what was typed, and what stood there before."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from abm.importers.copying import Cells
from abm.importers.records import Facts, PlannedRow
from abm.importers.rows import Problem
from abm.importers.write import to_json

ROW_COLUMNS = (
    "line",
    "action",
    "strength",
    "values",
    "fingerprint",
    "problems",
    "account_id",
    "contact_id",
    "before",
    "import_id",
    "applied_at",
)


class KeptRows:
    """Makes the rows of `import_rows`; ids of records that are only planned are not kept."""

    def __init__(self, import_id: UUID, columns: Mapping[str, int], applied_at: datetime | None) -> None:
        self._columns = [(f"{encode_basestring(str(field))}: ", at) for field, at in columns.items()]
        self._is_applied = applied_at is not None
        # What every row ends with.
        self.ending: Cells = (str(import_id), applied_at.isoformat() if applied_at else None)

    def of(self, rows: Iterable[PlannedRow], cells: Mapping[int, list[str]], facts: Facts) -> Iterator[Cells]:
        """These rows as COPY takes them; `cells` are what was typed, by line."""
        for row in rows:
            yield (
                str(row.line),
                row.action,
                row.strength,
                self._typed(cells[row.line]),
                f"\\x{row.fingerprint.hex()}" if row.fingerprint else None,
                to_json([_problem(problem) for problem in row.problems]) if row.problems else "[]",
                row.account_id if self._is_applied else _known_id(facts.accounts, row.account_id),
                row.contact_id if self._is_applied else _known_id(facts.contacts, row.contact_id),
                to_json(_before(row, facts)) if row.before else None,
            )

    def _typed(self, cells: list[str]) -> str:
        """JSON put together by hand: this is done for every row of every file."""
        width = len(cells)
        typed = [
            key + encode_basestring(text) for key, at in self._columns if at < width and (text := cells[at].strip())
        ]
        return f"{{{', '.join(typed)}}}"


def _known_id(records: Mapping[str, Any], record_id: str | None) -> str | None:
    record = records.get(record_id or "")
    return None if record and record.is_new else record_id


def _before(row: PlannedRow, facts: Facts) -> dict[str, Any]:
    """Old and new value of each field that this row was the first of its piece to change."""
    fields = {
        "account": facts.accounts[row.account_id].fields if row.account_id in facts.accounts else {},
        "contact": facts.contacts[row.contact_id].fields if row.contact_id in facts.contacts else {},
    }
    return {
        noun: {name: {"old": old, "new": fields[noun].get(name)} for name, old in changed.items()}
        for noun, changed in (row.before or {}).items()
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "column": problem.column, "value": problem.value, "rejects": problem.rejects}
