"""The rooms of the product in the order of the navigation."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, current_app, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.web.access import find_current_user
from abm.web.acts import settings
from abm.words import Role


@dataclass(frozen=True)
class Room:
    """One entry of the navigation; `name` is the blueprint that serves it."""

    name: str
    title: LazyString
    role: Role = Role.VIEWER

    @property
    def endpoint(self) -> str:
        """The room's first page."""
        return f"{self.name}.index"


ROOMS = (
    Room("home", _l("Home")),
    Room("accounts", _l("Accounts")),
    Room("contacts", _l("Contacts")),
    Room("sequences", _l("Sequences")),
    Room("tasks", _l("Tasks")),
    Room("imports", _l("Import"), Role.MARKETER),
    Room("mailbox", _l("Mailbox")),
    Room("settings", _l("Settings")),
)


def show_rooms(app: Flask) -> None:
    """Give templates the rooms this user may enter and the one they are in."""
    app.jinja_env.globals.update(rooms=rooms, room_here=lambda: request.blueprint or "", url_with=url_with)


def rooms() -> list[Room]:
    """What the navigation offers this user; the mailbox only while it catches the mail."""
    user = find_current_user()
    if user is None:
        return []
    open_here = [room for room in ROOMS if room.endpoint in current_app.view_functions and user.may(room.role)]
    return [room for room in open_here if room.name != "mailbox" or settings().local_mailbox]


def url_with(**changes: object) -> str:
    """This page's address with some query values changed; None takes one out."""
    values = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{request.path}?{query}" if query else request.path
