"""A real HTTP receiver: keeps what was posted, and answers, waits or hangs up as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What is done with a request: a status, or something that answers by itself.
Answer = int | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """Where it listens, what it answers next (the last one from then on), and what it has got."""

    port: int = 0
    answers: list[Answer] = field(default_factory=lambda: [204])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def ids(self) -> list[str]:
        """The `webhook-id` of each post, in order."""
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    if answers:
        receiver.answers = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def hang_up(request: BaseHTTPRequestHandler) -> None:
    """Take the post and answer nothing."""
    request.close_connection = True
    request.connection.close()


def redirect_to(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send whoever posts elsewhere."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", url)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def say(status: int, text: str = "", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with a body and headers."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(text.encode())), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(text.encode())

    return answer
