"""The rooms of the product in the order of the navigation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.reports.matches import count_open
from abm.reports.same_people import count_open_people
from abm.web.access import find_current_user
from abm.web.acts import settings, work
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
    Room("deals", _l("Deals")),
    Room("segments", _l("Segments")),
    Room("sequences", _l("Sequences")),
    Room("tasks", _l("Tasks")),
    Room("reports", _l("Reports")),
    Room("tracking", _l("Tracking")),
    Room("imports", _l("Import"), Role.MARKETER),
    Room("matches", _l("Name matching"), Role.MARKETER),
    Room("mailbox", _l("Mailbox")),
    Room("settings", _l("Settings")),
)

# Pages of their own that stand in a room, by blueprint.
WITHIN = {
    "mails": "sequences",
    "mail_views": "sequences",
    "campaigns": "sequences",
    "sequence_drafts": "sequences",
    "sequence_files": "sequences",
    "sequence_moves": "sequences",
    "enrollments": "sequences",
    "tracking_verdicts": "tracking",
    "sites": "tracking",
    "renewals": "tasks",
    "task_overview": "tasks",
    "hand_overs": "tasks",
    "families": "accounts",
    "receipts": "accounts",
    "merging": "matches",
    "same_people": "matches",
    "heard": "accounts",
    "needs": "accounts",
    "send_calendar": "sequences",
    "mail_health": "sequences",
    "one_off": "sequences",
    "sequence_results": "sequences",
    "daily": "reports",
    "engagement": "reports",
    "review": "reports",
    "custom_fields": "settings",
    "absences": "settings",
    "working_hours": "settings",
    "territories": "settings",
    "desks": "settings",
    "sending_limits": "settings",
    "domain_checks": "settings",
    "api_tokens": "settings",
    "inbound": "settings",
    "replays": "settings",
    "models": "settings",
    "channels": "settings",
    "calendars": "settings",
    # What is sold has a room of its own only as a deal; the rest is found at its account.
    "products": "deals",
    "offers": "deals",
    "decision-steps": "deals",
    "orders": "accounts",
    "contracts": "accounts",
    "owned": "accounts",
    "usages": "accounts",
    "tickets": "accounts",
    "survey-answers": "accounts",
    "files": "accounts",
}


# The pages of the room of tracking, in the order of their tabs.
TRACKING_TABS = (
    ("tracking.index", _l("Stream")),
    ("tracking_verdicts.index", _l("Verdicts")),
    ("tracking.links", _l("Links and files")),
    ("tracking.webinars", _l("Webinars")),
    ("sites.index", _l("Own site and forms")),
    ("tracking.health", _l("Health")),
)


# The pages of the room of sequences: what is sent, by which mails, for what, and when.
SEQUENCE_TABS = (
    ("sequences.index", _l("Sequences")),
    ("mails.index", _l("Mails")),
    ("campaigns.index", _l("Campaigns")),
    ("send_calendar.index", _l("Send calendar")),
    ("mail_health.index", _l("Mail health")),
)


def show_rooms(app: Flask) -> None:
    """Give templates the rooms this user may enter and the one they are in."""
    app.jinja_env.globals.update(
        rooms=rooms,
        tracking_tabs=partial(tabs, TRACKING_TABS),
        sequence_tabs=partial(tabs, SEQUENCE_TABS),
        waiting_in=waiting_in,
        room_here=room_here,
        url_with=url_with,
        waiting_pairs=waiting_pairs,
    )


def room_here() -> str:
    """The room this page belongs to: pages that write stand in the room of what they write."""
    name = (request.blueprint or "").removesuffix("_edit")
    return WITHIN.get(name, name)


def rooms() -> list[Room]:
    """What the navigation offers this user; the mailbox only while it catches the mail."""
    user = find_current_user()
    if user is None:
        return []
    open_here = [room for room in ROOMS if room.endpoint in current_app.view_functions and user.may(room.role)]
    return [room for room in open_here if room.name != "mailbox" or settings().local_mailbox]


def tabs(wanted: Sequence[tuple[str, LazyString]]) -> list[tuple[str, LazyString]]:
    """The tabs of a room that this user may open: endpoint and title of each."""
    user, views = find_current_user(), current_app.view_functions
    if user is None:
        return []
    return [
        (endpoint, title)
        for endpoint, title in wanted
        if endpoint in views and user.may(getattr(views[endpoint], "required_role", Role.ADMIN))
    ]


def waiting_in(room: Room) -> int:
    """How many decisions wait in a room for somebody to make them; asked once a page."""
    return sum(waiting_pairs()) if room.name == "matches" else 0


def waiting_pairs() -> tuple[int, int]:
    """How many pairs of companies, and of people, wait to be decided about."""
    if "pairs_waiting" not in g:
        with work() as act:
            g.pairs_waiting = count_open(act.session), count_open_people(act.session)
    companies, people = g.pairs_waiting
    return companies, people


def url_with(**changes: object) -> str:
    """This page's address with some query values changed; None takes one out."""
    values = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{request.path}?{query}" if query else request.path
