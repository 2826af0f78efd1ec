"""What is posted is read in threads of their own: whoever posts slowly keeps nobody else from an answer."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from threading import BoundedSemaphore
from typing import BinaryIO, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable

# Most posts are here with their headers. A piece that takes longer comes over no line that anybody works on.
PIECE = 65_536
PIECE_WITHIN = 10.0


class Bodies:
    """Reads for the requests of one process; no more than `most` of its threads wait for posters at a time."""

    def __init__(self, most: int) -> None:
        self._readers = ThreadPoolExecutor(max_workers=2 * most, thread_name_prefix="bodies")
        self._waiting = BoundedSemaphore(most)

    def wait_for(self, read: Callable[[], bytes]) -> bytes:
        """What was read; RequestTimeout when it does not come, ServiceUnavailable when too many wait already."""
        if not self._waiting.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=int(PIECE_WITHIN))
        try:
            # Once the request is answered the server closes its connection, which ends the reading.
            return self._readers.submit(read).result(PIECE_WITHIN)
        except TookTooLong:
            raise RequestTimeout from None
        finally:
            self._waiting.release()


class Body:
    """`wsgi.input` of one request, read a piece at a time."""

    def __init__(self, bodies: Bodies, source: BinaryIO) -> None:
        self._bodies, self._source = bodies, source

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all of them."""
        return b"".join(self._pieces(size))

    def readline(self, size: int = -1) -> bytes:
        """A line, or as much of it."""
        return self._bodies.wait_for(lambda: self._source.readline(size))

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def readlines(self, hint: int = -1) -> list[bytes]:
        """Every line."""
        return list(self)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            wanted = PIECE if size < 0 else min(PIECE, size)
            piece = self._bodies.wait_for(lambda: self._source.read(wanted))  # noqa: B023  it is read at once
            yield piece
            if len(piece) < wanted:
                return
            size -= len(piece) if size > 0 else 0


def with_bodies(app: WSGIApplication, threads: int) -> WSGIApplication:
    """The application with half its threads always free for those who post nothing."""
    bodies = Bodies(max(1, threads // 2))

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return app(environ, start_response)
        environ["wsgi.input"] = cast(BinaryIO, Body(bodies, environ["wsgi.input"]))
        try:
            return app(environ, start_response)
        except HTTPException as error:
            return error(environ, start_response)

    return answer
