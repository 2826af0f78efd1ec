"""The statements that are sent, counted and explained, to prove what a page costs whatever stands on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session


@contextmanager
def counted(engine: Engine | Connection) -> Iterator[list[str]]:
    """The statements sent inside the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans_of(session: Session, ask: Callable[[], object]) -> list[str]:
    """How the database would answer each statement that is sent."""
    sent: list[tuple[str, Any]] = []

    def note_down(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        sent.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note_down)
    try:
        ask()
    finally:
        event.remove(connection, "before_cursor_execute", note_down)
    return ["\n".join(row[0] for row in connection.exec_driver_sql(f"explain {one}", values)) for one, values in sent]
