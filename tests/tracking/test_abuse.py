"""Whatever is sent to the doors, nothing errors, nothing leads off the list, and nothing odd is kept."""

import base64
import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Hit
from abm.tokens import TokenKind
from tests.tracking.conftest import Doors
from tests.tracking.world import Sent
from tracking.links import safe_url
from tracking.wsgi import ROOMS

SEED = 20_261_113
# Flask takes longer for each and shares the doors: it gets a sample.
MUTATIONS = {"thin": 100_000, "flask": 2_000}
EVIL = "https://evil.example/"
SIGNS = "ABCXYZabcxyz019-_=./%\\@:é\u3000\x00\n"
DOORS = ("o", "c", "d", "w", "u", "p", "why", "f")


def mutations(tokens: list[str], rng: random.Random, count: int) -> Iterator[str]:
    """Altered tokens and addresses, a different one each time."""
    for _ in range(count):
        token = list(rng.choice(tokens))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(token) + 1)
            what = rng.randrange(4)
            if what == 0:
                token[place:place] = rng.choice(SIGNS)
            elif what == 1 and token:
                del token[min(place, len(token) - 1)]
            elif what == 2 and token:
                token[min(place, len(token) - 1)] = rng.choice(SIGNS)
            else:
                token = [*base64.urlsafe_b64encode(rng.randbytes(rng.randint(0, 40))).decode()]
        yield f"/{rng.choice(DOORS)}/{''.join(token)}"


def test_altered_addresses_lead_nowhere_and_make_nothing_fail(doors: Doors, sent: Sent):
    tokens = [
        *(sent.token(kind) for kind in (TokenKind.OPEN, TokenKind.STOP, TokenKind.PREFERENCES, TokenKind.WHY)),
        *(sent.token(kind, sent.page) for kind in (TokenKind.CLICK, TokenKind.WEBINAR)),
        sent.token(TokenKind.DOWNLOAD, sent.file),
    ]
    rng, genuine = random.Random(SEED), {f"/{door}/{token}" for door in DOORS for token in tokens}
    way = "flask" if isinstance(doors.client.application, Flask) else "thin"
    answered: set[str] = set()
    for path in mutations(tokens, rng, MUTATIONS[way]):
        if path in genuine or path.removesuffix(".gif") in genuine:
            continue
        status, headers = call(doors, path)
        answered.add(status)
        assert "Location" not in headers or status == "308", path
        assert status != "200" or path.startswith("/o/"), path

    assert answered <= {"200", "404", "308"}
    assert {"200", "404"} <= answered


def call(doors: Doors, path: str) -> tuple[str, dict[str, str]]:
    """Ask as a server does: a test client would take most of the time."""
    told: list = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": f"url={EVIL}&next=//evil.example",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "SCRIPT_NAME": "",
        "HTTP_HOST": "localhost",
    }
    for part in doors.client.application(environ, lambda status, headers, error=None: told.append((status, headers))):
        assert isinstance(part, bytes)
    return told[0][0][:3], dict(told[0][1])


@pytest.mark.parametrize("name", ["User-Agent", "Referer", "Cookie", "Accept-Language", "X-Forwarded-For", "Origin"])
def test_a_header_of_a_megabyte_changes_nothing(doors: Doors, sent: Sent, name: str):
    long = "\xe3\x81\x82," * 250_000
    answers = [doors.client.get(path, headers={name: long}) for path in (sent.click, "/f/x")]
    doors.load()

    assert [answer.status_code for answer in answers] == [302, 404]
    with Session(doors.installation.engine) as session:
        assert all(len(agent) <= 512 for agent in session.scalars(select(Hit.user_agent)))


@pytest.mark.parametrize("length", ["-1", "99999999999999", "x", "", " 7"])
@pytest.mark.parametrize("room", sorted(name for name, room in ROOMS.items() if room.act))
def test_a_body_of_a_false_length_is_answered(doors: Doors, room: str, length: str):
    answer = doors.client.post(f"{room}x" if room.endswith("/") else room, environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code < 500


@pytest.mark.parametrize("room", sorted(name for name, room in ROOMS.items() if room.act))
@pytest.mark.parametrize("body", [b"[" * 100_000, b"&" * 100_000, b"=" * 100_000, b"\xff\xfe" * 50_000, b"a=%" * 9_999])
def test_a_huge_or_nested_body_is_answered(doors: Doors, room: str, body: bytes):
    path = f"{room}x" if room.endswith("/") else room
    kinds = ("application/json", "application/x-www-form-urlencoded")

    assert all(doors.client.post(path, data=body, content_type=kind).status_code < 500 for kind in kinds)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//evil.example", "data:text/html,x", "https://a.example/\r\nSet-Cookie: a=b", " http:x"],
)
def test_a_destination_is_a_web_address_without_line_breaks(url: str):
    assert "\n" not in safe_url(url)
    assert safe_url(url) == "" or safe_url(url).startswith("https://a.example/%0D%0A")


def test_every_answer_is_private_but_the_script(doors: Doors, sent: Sent):
    paths = (sent.pixel, sent.click, sent.download, sent.stop, "/why/x", "/p/x", "/w/x", "/f/x", "/b")

    for path in paths:
        answer = doors.visit(path)
        assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer"), path
