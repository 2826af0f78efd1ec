"""A process that accepts hits as fast as it can and says which, until it is killed: run by test_spool."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from abm.words import HitKind
from tracking.hit import Hit, new_hit_id
from tracking.lines import write_line
from tracking.spool import HITS, Spool


def accept(spool: Spool) -> None:
    while True:
        hit = Hit(new_hit_id(), HitKind.OPEN, datetime.now(UTC), "GET", b"message1", None, False, "agent", "")
        if spool.put(write_line(hit)):
            # One write a line: what is read on the other side was accepted.
            sys.stdout.write(f"{hit.id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    shared = Spool(Path(sys.argv[1]), HITS)
    for _ in range(4):
        Thread(target=accept, args=(shared,)).start()
