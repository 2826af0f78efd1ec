"""Keeps the engines: starts a fallen one again, and stops everything once its parent is gone. A script; stdlib only.

It outlives a parent that was killed just long enough to stop the parent's other children, then the engines, in order.
Its standard input carries lines `group N` and `gone N` (process groups the parent started); its end means stop.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any

GRACE = 10.0
LOOK_EVERY = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LIVED_WELL = 60.0  # after a minute of life a fall counts as the first one again


class Engine:
    """One server process, started again with growing pauses when it falls."""

    def __init__(self, name: str, argv: list[str], log: str, stop: int, *, keep: list[int], fell: str) -> None:
        self.name, self.argv, self.log, self.stop, self.keep, self.fell = name, argv, log, stop, keep, fell
        self.pause = FIRST_PAUSE
        self.start()

    def start(self) -> None:
        """Run the server; its output goes to its log."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=self.keep
            )
        self.started, self.again_at = time.monotonic(), 0.0

    def look(self) -> None:
        """Start it again when it fell and its pause is over."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.again_at:
            self.pause = FIRST_PAUSE if now - self.started > LIVED_WELL else min(self.pause * 2, LONGEST_PAUSE)
            self.again_at = now + self.pause
            say(self.fell.format(name=self.name, status=self.process.returncode, pause=self.pause, log=self.log))
        elif now >= self.again_at:
            self.start()


def main(plan: dict[str, Any]) -> None:
    """Run the engines until told to stop, or until nobody is left who could tell."""
    parent, groups = plan["parent"], set[int]()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    engines: list[Engine] = []
    try:
        engines += [Engine(**engine, keep=[plan["lock"]], fell=plan["fell"]) for engine in plan["engines"]]
        # The pipe alone would do, if no child of the parent ever inherited its other end.
        while os.getppid() == parent and obey(groups):
            for engine in engines:
                engine.look()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_groups(groups)
        end_engines(engines)


def obey(groups: set[int]) -> bool:
    """Read what the parent says, waiting a moment for it; False at the end of its words."""
    if not select.select([0], [], [], LOOK_EVERY)[0]:
        return True
    words = os.read(0, 65536)
    for line in words.decode().splitlines():
        verb, number = line.split()
        groups.add(int(number)) if verb == "group" else groups.discard(int(number))
    return bool(words)


def end_groups(groups: set[int]) -> None:
    """Stop what a killed parent left behind, kindly first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE
        for group in groups:
            signal_group(group, number)
        while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
            time.sleep(0.05)


def signal_group(group: int, number: int) -> bool:
    """Signal a whole process group; False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def end_engines(engines: list[Engine]) -> None:
    """Clean stop of every engine, together; whoever takes too long is killed."""
    running = [engine for engine in engines if engine.process.poll() is None]
    for engine in running:
        engine.process.send_signal(engine.stop)
    deadline = time.monotonic() + GRACE
    for engine in running:
        try:
            engine.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            engine.process.kill()
            engine.process.wait()


def say(text: str) -> None:
    """A line on the screen of whoever started us; a closed screen is no reason to stop guarding."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        return


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
