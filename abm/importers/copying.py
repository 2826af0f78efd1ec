"""COPY beside the planning: a thread of its own feeds the server while the rows that follow are decided."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

from psycopg import Connection, sql
from sqlalchemy.orm import Session

# Stands for NULL until the lines are whole: no text that PostgreSQL takes holds this sign.
NOTHING = "\x00"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Pieces that wait to be sent: enough to keep the server busy, few enough to keep the memory flat.
WAITING = 12

Cells = Sequence[str | None]
T = TypeVar("T")


class Copier:
    """Copies rows inside the session's transaction, in order; errors come out on `wait` or at the end."""

    def __init__(self, session: Session) -> None:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, Connection)
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="copier")
        self._sent: deque[Future[Any]] = deque()

    def __enter__(self) -> Self:
        """Ready to copy."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is under way any more, however the block ended: the connection is the session's again."""
        self._thread.shutdown(wait=True, cancel_futures=error is not None)
        if error is None:
            self.wait()

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Cells], ending: Cells = ()) -> None:
        """Send these rows, all of which end alike; they are read at once: what they came from may change afterwards."""
        if lines := copy_lines(rows, ending):
            self.ask(_send, self._connection, table, columns, lines)

    def ask(self, question: Callable[..., T], *given: object) -> Future[T]:
        """Have this done on the connection, behind all that was sent before and before all that is sent after."""
        asked = self._thread.submit(question, *given)
        self._sent.append(asked)
        while len(self._sent) > WAITING:
            self._sent.popleft().result()
        return asked

    def wait(self) -> None:
        """Return when all that was sent is in its table; raises what went wrong with it."""
        while self._sent:
            self._sent.popleft().result()


def copy_lines(rows: Iterable[Cells], ending: Cells = ()) -> bytes:
    """Rows in the text form of COPY, each with the cells behind it that all have in common."""
    end = "".join(f"\t{_line((cell,))}" for cell in ending) + "\n"
    return "".join([_line(row) + end for row in rows]).replace(NOTHING, "\\N").encode()


def _line(row: Cells) -> str:
    line = "\t".join([NOTHING if cell is None else cell for cell in row])
    # Few cells hold a sign that must be escaped: looking at each would cost more than looking at the line.
    if "\n" in line or "\r" in line or line.count("\t") >= len(row):
        return "\t".join([NOTHING if cell is None else cell.translate(ESCAPES) for cell in row])
    return line.replace("\\", "\\\\") if "\\" in line else line


def _send(connection: Connection, table: str, columns: Sequence[str], lines: bytes) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)
