"""Visits of our own pages are kept, belong to whom a mail brought, and to nobody else afterwards."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from abm.models import AuditEntry, Event, Hit, PageRule, Refold, ScoreEntry, TimelineItem, Visitor
from abm.tokens import Signer, TokenKind
from abm.words import HitKind, PageKind
from tests.conftest import SECRET
from tests.tracking.conftest import Doors
from tests.tracking.world import BROWSER, Sent, send_mail
from tests.worlds import NOON, make_account, make_contact
from tracking.copying import copy_hits
from tracking.hit import Hit as Arrived
from tracking.hit import new_hit_id
from tracking.record import record_batch
from tracking.visits import LONGEST_BEACON

SITE = "https://www.sender.example"
BROWSER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def site(doors: Doors) -> Doors:
    """Tracking that knows our own web site."""
    settings = replace(doors.desk.settings, own_hosts=("www.sender.example",))
    object.__setattr__(doors.desk, "settings", settings)
    return doors


def tell(doors: Doors, origin: str = SITE, **said: object):
    body = {"visitor": BROWSER_ID, "path": "/products", "title": "製品", "referrer": "", "who": "", **said}
    headers = {"Origin": origin, "User-Agent": BROWSER}
    return doors.client.post("/b", data=json.dumps(body), content_type="text/plain;charset=UTF-8", headers=headers)


def rows(doors: Doors, model: type) -> list:
    with Session(doors.installation.engine) as session:
        return list(session.scalars(select(model)))


def settle(doors: Doors) -> None:
    doors.load()
    doors.record()


def pages(doors: Doors) -> list[tuple[str, uuid.UUID]]:
    kinds = ("page", "key_page", "careers_page")
    return sorted((one.kind, one.contact_id) for one in rows(doors, Event) if one.kind in kinds)


def test_the_script_is_small_and_the_same_for_everybody(doors: Doors):
    answer = doors.visit("/abm.js")

    assert (answer.status_code, answer.content_type) == (200, "text/javascript; charset=utf-8")
    assert len(answer.data) < 3_000
    assert "public" in answer.headers["Cache-Control"]


def test_a_visit_is_kept_and_the_page_may_read_the_answer(site: Doors):
    answer = tell(site)
    settle(site)

    [hit] = rows(site, Hit)
    assert (answer.status_code, answer.headers["X-Hit"]) == (204, str(hit.id))
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert "Set-Cookie" not in answer.headers
    assert (hit.kind, hit.set_aside, hit.detail["url"]) == ("page", "unknown_visitor", f"{SITE}/products")


@pytest.mark.parametrize("origin", ["https://evil.example", "", "null", f"{SITE}.evil.example", "https://["])
def test_other_sites_are_not_heard(site: Doors, origin: str):
    answer = tell(site, origin)
    settle(site)

    assert (answer.status_code, "Access-Control-Allow-Origin" in answer.headers) == (403, False)
    assert rows(site, Hit) == []


@pytest.mark.parametrize(
    "said",
    [{"visitor": "somebody"}, {"visitor": None}, {"path": 7}, {"path": "javascript:"}, {"title": "x" * LONGEST_BEACON}],
)
def test_what_the_script_would_not_send_is_not_kept(site: Doors, said: dict[str, object]):
    assert tell(site, **said).status_code == 400
    settle(site)

    assert rows(site, Hit) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"nothing", b"\xff", b"[" * 8_000, b'{"visitor":' * 700])
def test_nothing_that_is_posted_there_makes_it_fail(site: Doors, body: bytes):
    assert site.client.post("/b", data=body, headers={"Origin": SITE}).status_code == 400


def test_a_link_to_our_own_site_says_who_comes_and_no_other_link_does(site: Doors, sent: Sent):
    led = site.visit(sent.click).headers["Location"]
    object.__setattr__(site.desk, "settings", replace(site.desk.settings, own_hosts=()))
    plain = site.visit(sent.click).headers["Location"]

    sign = parse_qs(urlsplit(led).query)["abm"][0]
    assert led == f"{plain}&abm={sign}"
    assert site.desk.signer.read(sign, TokenKind.VISIT) is not None
    assert all(site.desk.signer.read(sign, kind) is None for kind in TokenKind if kind is not TokenKind.VISIT)


def test_who_is_brought_by_a_mail_is_known_with_what_was_read_before(site: Doors, sent: Sent):
    tell(site, path="/before")
    settle(site)
    assert pages(site) == []

    tell(site, who=sent.token(TokenKind.VISIT))
    tell(site, path="/after")
    settle(site)

    joined = [(one.act, one.subject_id) for one in rows(site, AuditEntry)]
    assert pages(site) == [("page", sent.contact.id)] * 3
    assert joined == [("contact.visitor_joined", sent.contact.id)]
    assert len([item for item in rows(site, TimelineItem) if item.detail["event"] == "page"]) == 3


def test_a_mail_that_was_passed_on_does_not_move_a_browser(site: Doors, sent: Sent):
    with Session(site.installation.engine, expire_on_commit=False) as session:
        zeta = make_contact(session, make_account(session, "株式会社ゼータ"), "善田 太郎", "zeta@zeta.example")
        other = send_mail(session, sent.signer, zeta)
        session.commit()

    tell(site, who=sent.token(TokenKind.VISIT))
    settle(site)
    tell(site, who=other.token(TokenKind.VISIT))
    settle(site)

    assert pages(site) == [("page", sent.contact.id)] * 2
    assert [one.contact_id for one in rows(site, Visitor)] == [sent.contact.id]


def test_key_and_careers_pages_are_told_apart(site: Doors, sent: Sent):
    with Session(site.installation.engine) as session:
        session.add(PageRule(pattern="/price*", kind=PageKind.KEY, topics=["価格"]))
        session.add(PageRule(pattern="*/careers/*", kind=PageKind.CAREERS))
        session.add(PageRule(pattern="/100%_sure", kind=PageKind.KEY))
        session.commit()

    for path in ("/price/list", "/ja/careers/engineer", "/100xxsure", "/about"):
        tell(site, path=path, who=sent.token(TokenKind.VISIT))
    settle(site)

    assert [kind for kind, _ in pages(site)] == ["careers_page", "key_page", "page", "page"]
    assert [one.topics for one in rows(site, Event) if one.kind == "key_page"] == [["価格"]]


def test_whose_browser_it_is_does_not_depend_on_the_order_of_arrival(session: Session):
    signer = Signer([SECRET.encode()])
    anna = send_mail(session, signer)
    zeta = make_contact(session, make_account(session, "株式会社ゼータ"), "善田 太郎", "zeta@zeta.example")
    other = send_mail(session, signer, zeta)
    early = [visit(0), visit(1, anna), visit(2), visit(3, other)]
    late = visit(40 * 24 * 3600)
    expected = {(one.id, anna.contact.id) for one in (*early, late)}

    for order in permutations(early):
        clear(session)
        for hit in (*order, late, *early[:2]):
            copy_hits(session, [hit])
            record_batch(session)
        while record_batch(session):
            pass

        found = session.execute(select(Event.id, Event.contact_id).where(Event.kind == "page")).all()
        assert {(str(id_), contact) for id_, contact in found} == expected
        assert len(session.scalars(select(TimelineItem.id)).all()) == len(expected)


def visit(seconds: float, brought_by: Sent | None = None) -> Arrived:
    key = brought_by.message.key if brought_by else None
    detail = {"visitor": BROWSER_ID, "path": "/"}
    at = NOON + timedelta(seconds=seconds)
    return Arrived(new_hit_id(), HitKind.PAGE, at, "POST", key, None, False, BROWSER, "", detail=detail)


def clear(session: Session) -> None:
    for model in (ScoreEntry, TimelineItem, Event, Hit, Visitor, Refold):
        session.execute(delete(model))
