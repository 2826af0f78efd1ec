"""Commands name the addresses of the installation that runs, whatever their own environment says."""

import os
from dataclasses import replace
from pathlib import Path

import psutil

from abm.config import Settings
from abm.engines import Runtime, as_it_runs, write_runtime

NOBODY = max(psutil.pids()) + 1_000_000


def test_commands_use_the_ports_that_were_chosen_at_the_start(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, port=0)
    write_runtime(settings, Runtime(os.getpid(), 8123, 2525, "http://127.0.0.1:8123"))

    assert as_it_runs(settings) == replace(settings, port=8123, mailbox_port=2525)


def test_the_note_of_an_installation_that_was_killed_says_nothing(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    write_runtime(settings, Runtime(NOBODY, 8123, 2525, "http://127.0.0.1:8123"))

    assert as_it_runs(settings) == settings
