"""A worker with one slow actor, run as a process by the test of draining."""

import os
import time
from pathlib import Path

from abm.config import load_settings
from abm.processes.start import stop_signal
from abm.queue import actor
from abm.worker import run_worker


@actor("slow_work")
def slow_work() -> None:
    """Take a second between the two words of the note."""
    note = Path(os.environ["SLOW_NOTE"])
    note.write_text("begun")
    time.sleep(1)
    note.write_text("begun, ended")


if __name__ == "__main__":
    run_worker(load_settings(), stop_signal())
