"""Where the engines live: the folders inside the state folder, and the addresses that follow from them."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from abm.config import Settings
from abm.engines.texts import word
from abm.errors import BadConfiguration

DATABASE = "abm"
# The kernel takes 107 bytes for a socket's path; the rest is room for the names PostgreSQL puts beside it.
LONGEST_SOCKET_PATH = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"


@dataclass(frozen=True)
class Addresses:
    """How to reach PostgreSQL (as SQLAlchemy wants it) and Valkey."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Place:
    """The folders of the embedded engines of one installation."""

    state: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.state / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data folder."""
        return self.state / "valkey"

    @property
    def logs(self) -> Path:
        """What engines and processes write."""
        return self.state / "logs"

    @property
    def postgres_log(self) -> Path:
        """What PostgreSQL writes in this run."""
        return self.logs / "postgres.log"

    @property
    def valkey_log(self) -> Path:
        """What Valkey writes in this run."""
        return self.logs / "valkey.log"

    @property
    def lock(self) -> Path:
        """Locked while anything runs on this folder."""
        return self.state / "lock"

    @property
    def sockets_note(self) -> Path:
        """Says where the sockets are when the state folder's own path is too long for them."""
        return self.state / "sockets"

    @property
    def sockets(self) -> Path:
        """The folder of both sockets."""
        if self.sockets_note.is_file():
            return Path(self.sockets_note.read_text(encoding="utf-8").strip())
        return self.state / "run"


def place_of(settings: Settings) -> Place:
    """The place of this installation, as absolute paths."""
    return Place(settings.state_dir.absolute())


def addresses(settings: Settings) -> Addresses:
    """Addresses of the engines in use: the given ones, else those of the embedded ones, running or not."""
    sockets = place_of(settings).sockets
    return Addresses(
        database_url=with_driver(settings.database_url)
        or f"postgresql+psycopg://{DATABASE}@/{DATABASE}?host={quote(str(sockets))}",
        redis_url=settings.redis_url or f"unix://{quote(str(sockets / VALKEY_SOCKET))}?db=0",
    )


def with_driver(database_url: str) -> str:
    """The URL with the driver we use, whatever way PostgreSQL's URL is commonly written."""
    for scheme in ("postgres://", "postgresql://"):
        if database_url.startswith(scheme):
            return "postgresql+psycopg://" + database_url.removeprefix(scheme)
    return database_url


def prepare_folders(place: Place, language: str) -> None:
    """Make what is missing; raises BadConfiguration naming the folder that cannot be written."""
    folder = place.state
    try:
        for folder in (place.state, place.logs, place.valkey):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (place.state, place.logs, place.valkey):
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"x" * 4096)
        folder = _prepare_sockets(place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadConfiguration(word(language, "not_writable", folder=folder, detail=reason)) from error


def _prepare_sockets(place: Place) -> Path:
    inside = place.state / "run"
    if len(os.fsencode(inside / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH:
        place.sockets_note.unlink(missing_ok=True)
        inside.mkdir(mode=0o700, exist_ok=True)
    elif not _is_private(place.sockets):
        # A fresh name nobody could have prepared; kept in the note, so every command finds it.
        place.sockets_note.write_text(tempfile.mkdtemp(prefix="abm-", dir="/tmp"), encoding="utf-8")
    return place.sockets


def _is_private(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return folder.is_dir() and not folder.is_symlink() and found.st_mode & 0o077 == 0 and found.st_uid == os.geteuid()
