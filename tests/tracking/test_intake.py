"""Each request becomes a hit or is set aside with the reason."""

from zlib import crc32

import pytest

from abm.tokens import Token, TokenKind
from abm.words import HitKind, Language, LinkKind
from tests.tracking.world import BROWSER
from tests.worlds import NOON
from tracking.hit import Hit, new_hit_id
from tracking.intake import LONGEST_AGENT, Asked, Known, SetAside, take_in, take_more
from tracking.lines import read_line, write_line


def taken(kind: TokenKind | None, link: LinkKind | None = None, method: str = "GET", agent: str = BROWSER):
    key = b"link1" if kind in (TokenKind.CLICK, TokenKind.DOWNLOAD) else None
    token = kind and Token(kind, Language.JAPANESE, b"message1", key)
    return take_in(Asked("text", method, agent, "192.0.2.1"), Known(token, link), new_hit_id(), NOON)


@pytest.mark.parametrize(
    ("kind", "link", "method", "expected"),
    [
        (TokenKind.OPEN, None, "GET", HitKind.OPEN),
        (TokenKind.CLICK, LinkKind.URL, "GET", HitKind.CLICK),
        (TokenKind.CLICK, LinkKind.HONEYPOT, "GET", HitKind.CLICK),
        (TokenKind.CLICK, LinkKind.FILE, "GET", HitKind.DOWNLOAD),
        (TokenKind.DOWNLOAD, LinkKind.FILE, "HEAD", HitKind.DOWNLOAD),
        (TokenKind.STOP, None, "POST", HitKind.STOP),
    ],
)
def test_what_stands_behind_the_token_says_what_was_done(kind, link, method, expected):
    assert taken(kind, link, method).kind is expected


def test_a_foreign_token_is_set_aside():
    assert taken(None) is SetAside.FOREIGN_TOKEN


def test_an_unknown_link_is_set_aside():
    assert taken(TokenKind.CLICK) is SetAside.UNKNOWN_LINK


def test_looking_at_the_stop_page_is_no_act():
    assert taken(TokenKind.STOP) is SetAside.NO_ACT


def test_control_signs_and_endless_agents_do_not_get_through():
    hit = taken(TokenKind.OPEN, agent="a\tb\nc\x00" + "x" * 9_999)

    assert hit.user_agent.startswith("a b c x")
    assert len(hit.user_agent) == LONGEST_AGENT


@pytest.mark.parametrize("agent", [BROWSER, "", "ブラウザ é", "a\tb\nc\x00d\x7f\u2028"])
def test_a_hit_comes_back_from_its_line(agent):
    hit = taken(TokenKind.CLICK, LinkKind.HONEYPOT, agent=agent)

    line = write_line(hit)

    assert line.count(b"\n") == 1
    assert read_line(line[:-1]) == hit


@pytest.mark.parametrize("body", [None, b"", bytes(range(256))])
@pytest.mark.parametrize("detail", [None, {}, {"会社名": "a\tb\nc\x00\u2028", "n": [1, None]}])
def test_a_hit_that_says_more_comes_back_from_its_line(detail, body):
    hit = taken(TokenKind.OPEN)._replace(message_key=None, detail=detail, body=body)

    line = write_line(hit)

    assert line.count(b"\n") == 1
    assert read_line(line[:-1]) == hit


def test_a_line_written_before_hits_could_say_more_is_still_read():
    body = (
        b"01a2b3c4-0000-7000-8000-000000000001\tclick\t1794538800000000\tGET\t6d65737361676531\t6c696e6b31\th"
        b"\t192.0.2.1\tMozilla/5.0"
    )
    line = b"%08x\t%b" % (crc32(body), body)

    hit = read_line(line)

    assert hit is not None
    assert (hit.kind, hit.message_key, hit.link_key, hit.detail, hit.body) == (
        HitKind.CLICK,
        b"message1",
        b"link1",
        None,
        None,
    )
    # What says no more is written as it always was: an older loader on the host can read it.
    assert write_line(hit) == line + b"\n"


def test_a_hit_that_says_too_much_is_set_aside():
    asked = Asked("", "POST", BROWSER, "192.0.2.1")

    assert take_more(asked, HitKind.FORM, {"memo": "x" * 65_000}, new_hit_id(), NOON).detail["memo"]
    assert take_more(asked, HitKind.FORM, {"memo": "あ" * 65_000}, new_hit_id(), NOON) is SetAside.TOO_LARGE


def test_a_changed_line_is_not_believed():
    line = write_line(taken(TokenKind.OPEN))[:-1]

    assert isinstance(read_line(line), Hit)
    for position in range(len(line)):
        assert read_line(line[:position] + bytes([line[position] ^ 1]) + line[position + 1 :]) is None
    assert read_line(line[:-1]) is None
    assert read_line(b"") is None


def test_later_hits_have_higher_ids():
    ids = [new_hit_id() for _ in range(3)]

    assert [id_[14] for id_ in ids] == ["7"] * 3
    assert len(set(ids)) == 3
    assert ids[0][:13] <= ids[2][:13]
