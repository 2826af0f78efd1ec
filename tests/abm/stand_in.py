"""Small programs in the place of our real processes; standard library only, so that they start at once."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


def migrate() -> None:
    """Pretend to migrate; fails when told to."""
    say("migrating")
    sys.exit(int(os.environ.get("STAND_IN_MIGRATE", "0")))


def front() -> None:
    """A server that is ready at once."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    HTTPServer((os.environ["ABM_HOST"], int(os.environ["ABM_PORT"])), Ready).serve_forever()


def worker() -> None:
    """A worker that leaves its own child behind when killed, and cannot be asked to stop when it is stubborn."""
    if os.environ.get("STAND_IN_STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(f"worker {os.getpid()}")
    if os.fork() == 0:
        time.sleep(300)
    if os.environ.get("STAND_IN_CRASH"):
        say("last words of the worker")
        os._exit(7)
    time.sleep(300)


def demo() -> None:
    """Played out at once."""
    with (Path(os.environ["ABM_STATE_DIR"]) / "demo.played").open("a") as file:
        file.write("played\n")


def first_user() -> None:
    """The first log-in."""
    say("log in as first@user.example")


def program(name: str) -> tuple[str, ...]:
    """The command line of one of these programs."""
    return (sys.executable, __file__, name)


def say(line: str) -> None:
    """Write a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    {f.__name__: f for f in (migrate, front, worker, demo, first_user)}[sys.argv[1]]()
