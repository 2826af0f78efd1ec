"""The thin layer in front of the pages: tracking routes are answered before any web frame is woken."""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from abm.work import Installation
from tracking.answers import Answer
from tracking.desk import Desk, open_desk
from tracking.doors import (
    follow_link,
    hand_out_file,
    join_webinar,
    refuse_method,
    save_preferences,
    show_pixel,
    show_preferences,
    show_stop,
    show_why,
    stop,
    take_gate,
)
from tracking.forms import show_form, take_form
from tracking.hooks import take_report
from tracking.intake import Asked
from tracking.visits import LONGEST_BEACON, hand_out_script, take_visit
from tracking.webhooks import LONGEST_POST

# The form of a one-click stop is 26 bytes (RFC 8058); nobody needs to send more than this.
LONGEST_BODY = 4096
LONGEST_FORM = 65_536
LOOK = ("GET", "HEAD")
Door = Callable[[Desk, Asked], Answer]


class Room(NamedTuple):
    """What stands behind an address: a door to look in by, one to act by, and how much may be posted there."""

    look: Door | None = None
    act: Door | None = None
    longest: int = LONGEST_BODY
    # Whether who looks in is asked for headers and query too; the busy doors need none.
    listens: bool = False


ROOMS: dict[str, Room] = {
    "/o/": Room(show_pixel),
    "/c/": Room(follow_link),
    "/d/": Room(hand_out_file, take_gate, LONGEST_FORM),
    "/u/": Room(show_stop, stop),
    "/w/": Room(join_webinar),
    "/p/": Room(show_preferences, save_preferences, LONGEST_FORM),
    "/why/": Room(show_why),
    "/f/": Room(show_form, take_form, LONGEST_FORM, listens=True),
    "/abm.js": Room(hand_out_script),
    "/b": Room(act=take_visit, longest=LONGEST_BEACON),
    "/hook/": Room(act=take_report, longest=LONGEST_POST),
}
SHORT = len("/o/")


def make_app(installation: Installation, fallback: WSGIApplication) -> WSGIApplication:
    """Tracking in front of `fallback`, which gets every other address."""
    return over_desk(open_desk(installation), fallback)


def over_desk(desk: Desk, fallback: WSGIApplication) -> WSGIApplication:
    """The thin layer over a desk that is already open."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        # The busy doors have one letter; only what is none of them is looked at twice.
        length = SHORT
        room = ROOMS.get(path[:SHORT])
        if room is None:
            length = path.find("/", 1) + 1 or len(path)
            room = ROOMS.get(path[:length])
            if room is None:
                return fallback(environ, start_response)
        answer = answer_at(room, desk, environ, path[length:])
        start_response(answer.status, answer.headers)
        # A list: the server sends it in one piece, and anything else as a stream.
        return [answer.body] if environ["REQUEST_METHOD"] != "HEAD" else []

    return app


def answer_at(room: Room, desk: Desk, environ: WSGIEnvironment, token: str) -> Answer:
    """What a room answers to this request."""
    method = environ["REQUEST_METHOD"]
    if method in LOOK and room.look:
        agent, ip = environ.get("HTTP_USER_AGENT", ""), environ.get("REMOTE_ADDR", "")
        if room.listens:
            return room.look(desk, _listened(environ, token))
        return room.look(desk, Asked(token, method, agent, ip))
    if method == "POST" and room.act:
        return room.act(desk, _posted(environ, token, room.longest))
    return refuse_method(", ".join((*(LOOK if room.look else ()), *(("POST",) if room.act else ()))))


def is_one_click(body: bytes) -> bool:
    """Whether a mail program posted this for its user, as a form of either encoding."""
    return b"List-Unsubscribe" in body and b"One-Click" in body


def _posted(environ: WSGIEnvironment, token: str, longest: int) -> Asked:
    body = _body(environ, longest)
    return _listened(environ, token)._replace(one_click=is_one_click(body[:LONGEST_BODY]), body=body)


def _listened(environ: WSGIEnvironment, token: str) -> Asked:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    headers["content-type"] = environ.get("CONTENT_TYPE") or ""
    agent, ip = environ.get("HTTP_USER_AGENT", ""), environ.get("REMOTE_ADDR", "")
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING") or ""
    return Asked(token, method, agent, ip, headers=headers, query=query)


def _body(environ: WSGIEnvironment, longest: int) -> bytes:
    """What was posted, and one byte more than `longest` of what is too long: the door says so."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return bytes(environ["wsgi.input"].read(longest + 1))
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    return bytes(environ["wsgi.input"].read(max(0, min(length, longest + 1))))
