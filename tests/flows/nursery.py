"""Starts `abm` commands from one process that has imported everything, at a tenth of the cost. Run by site.py.

Each line of standard input is a log file, a tab and a command; the answer is the new process's number. At the end of
the input every process group that is left is killed, so that nothing outlives a test that was killed itself.
"""

import os
import signal
import sys
from contextlib import suppress

from abm.cli.root import COMMANDS, load_command, run_command

PROCESSES = ("front", "loader", "worker", "scheduler")


def start(log: str, words: list[str]) -> int:
    """Fork a process in a group of its own that runs one command as `abm` would."""
    if pid := os.fork():
        return pid
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, out = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    sys.exit(run_command(words))


if __name__ == "__main__":
    # The kernel buries them: nobody here waits for a child.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in PROCESSES:
        load_command(COMMANDS[name][0])
    groups = []
    while line := sys.stdin.readline():
        log, _, command = line.rstrip("\n").partition("\t")
        groups.append(start(log, command.split()))
        sys.stdout.write(f"{groups[-1]}\n")
        sys.stdout.flush()
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
