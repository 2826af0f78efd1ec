"""Starts `abm` commands from one process that has imported everything, at a tenth of the cost. Run by site.py.

Each line of standard input is a log file, by how many seconds the process finds its host's clock ahead, and a command,
with tabs between them; the answer is the new process's number. At the end of the input every process group that is left
is killed, so that nothing outlives a test that was killed itself.
"""

import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import time_machine

from abm.cli.root import COMMANDS, load_command, run_command

PROCESSES = ("front", "loader", "worker", "scheduler")


def start(log: str, ahead: float, words: list[str]) -> int:
    """Fork a process in a group of its own that runs one command as `abm` would."""
    if pid := os.fork():
        return pid
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, out = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    if ahead:
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead)).start()
    sys.exit(run_command(words))


if __name__ == "__main__":
    # The kernel buries them: nobody here waits for a child.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in PROCESSES:
        load_command(COMMANDS[name][0])
    groups = []
    while line := sys.stdin.readline():
        log, ahead, command = line.rstrip("\n").split("\t")
        groups.append(start(log, float(ahead), command.split()))
        sys.stdout.write(f"{groups[-1]}\n")
        sys.stdout.flush()
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
