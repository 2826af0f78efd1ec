"""The thin layer in front of the pages: tracking routes are answered before any web frame is woken."""

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from abm.work import Installation
from tracking.answers import Answer
from tracking.doors import (
    Desk,
    follow_link,
    hand_out_file,
    open_desk,
    refuse_method,
    show_pixel,
    show_stop,
    show_why,
    stop,
)
from tracking.intake import Asked

# The form of a one-click stop is 26 bytes (RFC 8058); nobody needs to send more than this.
LONGEST_BODY = 4096
LOOK = ("GET", "HEAD")
Door = Callable[[Desk, Asked], Answer]
DOORS: dict[str, Door] = {
    "/o/": show_pixel,
    "/c/": follow_link,
    "/d/": hand_out_file,
    "/u/": show_stop,
    "/why/": show_why,
}
SHORT, LONG = len("/o/"), len("/why/")


def make_app(installation: Installation, fallback: WSGIApplication) -> WSGIApplication:
    """Tracking in front of `fallback`, which gets every other address."""
    return over_desk(open_desk(installation), fallback)


def over_desk(desk: Desk, fallback: WSGIApplication) -> WSGIApplication:
    """The thin layer over a desk that is already open."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        # The busy doors have one letter; only what is none of them is looked at twice.
        length = SHORT if path[:SHORT] in DOORS else LONG
        door = DOORS.get(path[:length])
        if door is None:
            return fallback(environ, start_response)
        answer = answer_at(door, desk, _asked(environ, path[length:]))
        start_response(answer.status, answer.headers)
        # A list: the server sends it in one piece, and anything else as a stream.
        return [answer.body] if environ["REQUEST_METHOD"] != "HEAD" else []

    return app


def answer_at(door: Door, desk: Desk, asked: Asked) -> Answer:
    """What a door answers to this method; only the stop door takes a POST."""
    if asked.method in LOOK:
        return door(desk, asked)
    if door is not show_stop:
        return refuse_method("GET, HEAD")
    return stop(desk, asked) if asked.method == "POST" else refuse_method("GET, HEAD, POST")


def is_one_click(body: bytes) -> bool:
    """Whether a mail program posted this for its user, as a form of either encoding."""
    return b"List-Unsubscribe" in body and b"One-Click" in body


def _asked(environ: WSGIEnvironment, token: str) -> Asked:
    method = environ["REQUEST_METHOD"]
    one_click = method == "POST" and is_one_click(_body(environ))
    agent, ip = environ.get("HTTP_USER_AGENT", ""), environ.get("REMOTE_ADDR", "")
    return Asked(token, method, agent, ip, one_click)


def _body(environ: WSGIEnvironment) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    return bytes(environ["wsgi.input"].read(min(length, LONGEST_BODY)))
