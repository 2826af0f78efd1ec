"""The file of an import: kept in the database and read from there a slice at a time, never whole in memory."""

import io
import struct
import uuid
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.errors import Conflict, NotFound
from abm.importers.sheet import size_of

SLICE = 1 << 22
# Larger files wait on disk while they are read.
IN_MEMORY = 1 << 20
# COPY's binary form, which takes bytes as they are: its mark, then one row of one column.
BINARY_MARK = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
ONE_COLUMN = struct.Struct("!hi")
END = struct.pack("!h", -1)


def keep_content(session: Session, import_id: uuid.UUID, file: BinaryIO) -> None:
    """Put the file into its import's row."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    session.execute(text("create temporary table incoming (content bytea) on commit drop"))
    with connection.cursor() as cursor, cursor.copy("copy incoming (content) from stdin (format binary)") as copy:
        for piece in _as_copy(file):
            copy.write(piece)
    moved = "update imports set content = (select content from pg_temp.incoming) where id = :id"
    session.execute(text(moved), {"id": import_id})
    session.execute(text("drop table pg_temp.incoming"))


def open_content(session: Session, import_id: uuid.UUID) -> BinaryIO:
    """The file of an import, in a temporary file that vanishes when it is closed."""
    size = session.scalar(text("select octet_length(content) from imports where id = :id"), {"id": import_id})
    if size is None:
        raise NotFound(f"no import {import_id}; the list of imports shows their ids")
    if not size:
        raise Conflict("the file of this import is no longer kept; import it again", "file_gone")
    # Closed by whoever asked for it.
    file = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    slice_ = text("select substring(content from :start for :size) from imports where id = :id")
    for start in range(1, size + 1, SLICE):
        file.write(session.scalar(slice_, {"id": import_id, "start": start, "size": SLICE}) or b"")
    file.seek(0)
    return file


def _as_copy(file: BinaryIO) -> Iterator[bytes]:
    size = size_of(file)
    file.seek(0, io.SEEK_SET)
    yield BINARY_MARK + ONE_COLUMN.pack(1, size)
    while piece := file.read(SLICE // 16):
        yield piece
    yield END
