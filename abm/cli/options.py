"""What commands share: --json, the installation they work on, and times as people type them."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, ParamSpec, TypeVar, cast
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from abm.config import load_settings
from abm.engines import as_it_runs
from abm.engines.place import POSTGRES_SOCKET, place_of
from abm.errors import Invalid, NotFound, ServiceDown
from abm.users import find_user
from abm.work import Installation, Work, open_installation, unit_of_work

P = ParamSpec("P")
R = TypeVar("R")


def json_option(function: Callable[P, R]) -> Callable[P, R]:
    """--json, which every command accepts; whether it was given is asked with `wants_json`."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
        ctx.meta["abm.json"] = ctx.meta.get("abm.json", False) or value

    decorate = click.option(
        "--json", is_flag=True, expose_value=False, callback=remember, help="Write JSON on stdout.", is_eager=True
    )
    return decorate(function)


def wants_json() -> bool:
    """Whether --json was given."""
    return bool(click.get_current_context().meta.get("abm.json"))


def open_here() -> Installation:
    """The installation this command works on; tests hand theirs in as the context's object."""
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = _open()
    assert isinstance(root.obj, Installation)
    return root.obj


def _open() -> Installation:
    settings = load_settings()
    if settings.embedded and not (place_of(settings).sockets / POSTGRES_SOCKET).exists():
        raise ServiceDown(
            f"nothing runs in {place_of(settings).state}; start it with `abm up`, or name the folder of the running"
            " installation in ABM_STATE_DIR (or its servers in DATABASE_URL and REDIS_URL)"
        )
    return open_installation(as_it_runs(settings), pool_size=1, application="abm-cli")


@contextmanager
def act() -> Iterator[Work]:
    """One business act of this command: committed when it ends well, else nothing happened."""
    with unit_of_work(open_here().engine) as work:
        yield work


def as_option(function: Callable[P, R]) -> Callable[P, R]:
    """--as USER: who does it, for the audit."""
    return click.option("--as", "user", metavar="USER", help="Who does it: the mail address of a user.")(function)


def find_acting(session: Session, user: str | None) -> uuid.UUID | None:
    """The user a command was given with --as, if it was."""
    return get_acting(session, user) if user else None


def get_acting(session: Session, user: str) -> uuid.UUID:
    """The user of this mail address; NotFound when nobody of it may act."""
    found = find_user(session, user)
    if found is None or found.disabled_at:
        raise NotFound(f"no user {user!r} can act; `abm user list` shows who there is")
    return found.id


class Moment(click.ParamType[datetime]):
    """A time as RFC 3339 or as a day; without a zone it is in the installation's."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone())).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time; give 2026-11-12, 2026-11-12T15:00 or 2026-11-12T06:00:00Z", param, ctx)


class Day(click.ParamType[date]):
    """A calendar day as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; give it as 2026-11-12", param, ctx)


def zone() -> ZoneInfo:
    """The installation's time zone."""
    return open_here().settings.zone


@contextmanager
def open_input(file: str) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`, to be read as often as needed; Invalid when it cannot be."""
    with TemporaryFile() as kept:
        try:
            source = cast(BinaryIO, click.open_file(file, "rb"))
            if not source.seekable():
                copyfileobj(source, kept)
        except OSError as error:
            raise Invalid(f"{file} cannot be read: {error.strerror}", field="file", code="file_unreadable") from error
        with source:
            yield source if source.seekable() else kept


def read_bytes(file: str) -> bytes:
    """A file's content, or standard input for `-`; Invalid when it cannot be read."""
    try:
        with click.open_file(file, "rb") as source:
            return bytes(source.read())
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}", field="file", code="file_unreadable") from error
