"""The room of tracking: what came in, what it is about, and whether all of it works."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from abm.models import AuditEntry, Hit, Link, Product, Webinar
from abm.words import HitKind, LinkKind, Role, Verdict
from abm.work import Installation, business_time, unit_of_work
from tests.abm.web.conftest import LogIn

KEY = b"links"


@pytest.fixture
def link(installation: Installation) -> int:
    """A link that people and a machine have followed."""
    with unit_of_work() as work:
        link = Link(key=KEY, kind=LinkKind.URL, url="https://sender.example/price", label="Prices", topics=["cost"])
        work.session.add_all([link, Product(code="x", name="Product X")])
        for verdict in (Verdict.LIKELY, Verdict.PROVEN, Verdict.MACHINE, Verdict.UNKNOWN):
            work.session.add(a_hit(work.at, verdict=verdict, link_key=KEY))
        work.session.flush()
        return link.number


def a_hit(at: datetime, **over: object) -> Hit:
    values: dict[str, object] = {
        "id": uuid.uuid4(),
        "kind": HitKind.CLICK,
        "at": at,
        "method": "GET",
        "user_agent": "",
        "verdict": Verdict.LIKELY,
        "reasons": ["browser"],
        "rules": "test",
        "recorded_at": at,
    }
    return Hit(**{**values, **over})


def store(*hits: Hit) -> None:
    with unit_of_work() as work:
        work.session.add_all(hits)


def test_the_stream_shows_what_came_in_and_why_it_counts(log_in: LogIn, link: int) -> None:
    page = log_in(Role.VIEWER).get("/tracking").text

    assert page.count("Prices") == 4
    assert "A browser, in a person&#39;s time" in page
    assert 'hx-trigger="every 5s"' in page


def test_an_empty_stream_says_what_to_do(log_in: LogIn) -> None:
    page = log_in(Role.VIEWER).get("/tracking").text

    assert "Nothing came in yet" in page
    assert "/sequences" in page


def test_the_stream_is_filtered_by_act_and_verdict(log_in: LogIn, link: int) -> None:
    viewer = log_in(Role.VIEWER)

    assert viewer.get("/tracking?verdict=machine").text.count("Prices") == 1
    assert "Nothing of this kind" in viewer.get("/tracking?kind=reply").text


def test_older_hits_are_a_link_away(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        now = business_time(work.session)
    store(*(a_hit(now - timedelta(minutes=n), detail={"title": f"page {n}."}) for n in range(1, 61)))
    viewer = log_in(Role.VIEWER)

    newest = viewer.get("/tracking").text
    older = viewer.get(f"/tracking?before={(now - timedelta(minutes=51)).isoformat().replace('+', '%2B')}").text

    assert "page 50." in newest
    assert "page 51." not in newest
    assert "page 51." in older
    assert "every 5s" not in older


def test_links_tell_people_and_machines_apart(log_in: LogIn, link: int) -> None:
    page = log_in(Role.VIEWER).get("/tracking/links").text

    assert '<td data-label="People" class="abm-number">2</td>' in page
    assert '<td data-label="Machines" class="abm-number">1</td>' in page


@pytest.mark.parametrize(("search", "found"), [("cost", True), ("price", True), ("%", False), ("hats", False)])
def test_links_are_found_by_what_they_are_about(log_in: LogIn, link: int, search: str, found: bool) -> None:
    page = log_in(Role.VIEWER).get("/tracking/links", query_string={"q": search}).text

    assert ("Prices" in page) is found


def test_a_marketer_says_what_a_link_is_about(log_in: LogIn, link: int) -> None:
    given = {"label": "Price list", "topics": "cost、 licence,cost", "product": "x"}

    answer = log_in(Role.MARKETER).post(f"/tracking/links/{link}", data=given)

    assert answer.status_code == 303
    with unit_of_work() as work:
        row = work.session.get_one(Link, link)
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.act == "link.change")).one()
    assert (row.label, row.topics, row.product) == ("Price list", ["cost", "licence"], "x")
    assert entry.detail["changes"]["label"] == {"old": "Prices", "new": "Price list"}


@pytest.mark.parametrize(
    ("given", "place"),
    [({"product": "unheard of"}, "product"), ({"topics": ",".join(map(str, range(30)))}, "topics")],
)
def test_what_a_link_cannot_be_about_is_told_beside_it(
    log_in: LogIn, link: int, given: dict[str, str], place: str
) -> None:
    answer = log_in(Role.MARKETER).post(f"/tracking/links/{link}", data={"label": "typed", **given})

    assert answer.status_code == 422
    assert "typed" in answer.text
    with unit_of_work() as work:
        assert work.session.get_one(Link, link).label == "Prices"


def test_a_webinar_is_given_the_address_where_it_is_joined(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.add(webinar := Webinar(title="Autumn", held_at=datetime(2026, 11, 20, 5, tzinfo=UTC)))
        work.session.flush()
        webinar_id = webinar.id
    marketer = log_in(Role.MARKETER)

    refused = marketer.post(f"/tracking/webinars/{webinar_id}", data={"join_url": "javascript:alert(1)"})
    saved = marketer.post(f"/tracking/webinars/{webinar_id}", data={"join_url": "https://zoom.us/j/1"})

    assert (refused.status_code, saved.status_code) == (422, 303)
    assert "https://zoom.us/j/1" in marketer.get("/tracking/webinars").text


ENTERED = {"title": "Winter", "held_at": "2026-12-03T14:00", "join_url": "https://zoom.us/j/2", "topics": "cost、stock"}


def test_a_webinar_can_be_entered_before_anybody_registers_so_that_mails_invite_to_it(
    log_in: LogIn, installation: Installation
) -> None:
    marketer = log_in(Role.MARKETER)

    answer = marketer.post("/tracking/webinars", data=ENTERED, follow_redirects=True)

    with unit_of_work() as work:
        webinar = work.session.scalars(select(Webinar)).one()
        acts = set(work.session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "webinar")))
    assert (webinar.title, webinar.held_at) == ("Winter", datetime(2026, 12, 3, 5, tzinfo=UTC))
    assert (webinar.topics, webinar.join_url) == (["cost", "stock"], "https://zoom.us/j/2")
    assert f"webinar:{webinar.id}" in answer.text
    assert acts == {"webinar.add", "webinar.change"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"title": " "}, "Please fill this in."),
        ({"title": "x" * 201}, "This is too long."),
        ({"held_at": "tomorrow"}, "Please give a day and a time."),
        ({"held_at": "0001-01-01T00:00"}, "Please give a day and a time."),
        ({"join_url": "javascript:alert(1)"}, "This is no web address."),
    ],
)
def test_a_webinar_that_cannot_be_entered_is_shown_as_it_was_typed(
    log_in: LogIn, installation: Installation, given: dict[str, str], told: str
) -> None:
    answer = log_in(Role.MARKETER).post("/tracking/webinars", data={**ENTERED, **given})

    assert answer.status_code == 422
    assert told in answer.text
    assert "cost、stock" in answer.text
    with unit_of_work() as work:
        assert work.session.scalars(select(Webinar)).all() == []


def test_a_webinar_is_entered_once(log_in: LogIn, installation: Installation) -> None:
    marketer = log_in(Role.MARKETER)
    marketer.post("/tracking/webinars", data=ENTERED)

    again = marketer.post("/tracking/webinars", data={**ENTERED, "held_at": "2026-12-03T15:00"})

    assert again.status_code == 422
    assert "is held about then already" in again.text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_enter_webinars(log_in: LogIn, installation: Installation, role: Role) -> None:
    reader = log_in(role)

    assert reader.post("/tracking/webinars", data=ENTERED).status_code == 403
    assert "/tracking/webinars/new" not in reader.get("/tracking/webinars").text


@pytest.mark.parametrize("role", [Role.SALES, Role.VIEWER])
def test_only_marketers_change_what_content_is_about(log_in: LogIn, link: int, role: Role) -> None:
    reader = log_in(role)

    assert reader.post(f"/tracking/links/{link}", data={"label": "mine"}).status_code == 403
    assert f"/tracking/links/{link}" not in reader.get("/tracking/links").text


def test_health_names_a_host_that_could_not_keep_hits(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.execute(
            text(
                "insert into heartbeats (process, host, at, detail) values"
                """ ('loader', 'one', clock_timestamp(), '{"stops": 0, "hits": 3, "oldest_s": 2.0, "corrupt": 0}'),"""
                """ ('doors', 'one:8000', clock_timestamp(), '{"accepted": 10, "unstored": 2}')"""
            )
        )

    page = log_in(Role.VIEWER).get("/tracking/health").text

    assert "Needs a look" in page
    assert "answered without being able to keep it: 2" in page


def test_health_is_well_while_everything_flows(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.execute(
            text("insert into heartbeats (process, host, at) values ('loader', 'one', clock_timestamp())")
        )

    page = log_in(Role.VIEWER).get("/tracking/health").text

    assert "All is well" in page


def test_health_calls_a_silent_loader_by_its_name(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.execute(
            text(
                "insert into heartbeats (process, host, at)"
                " values ('loader', 'one', clock_timestamp() - interval '1 hour')"
            )
        )

    page = log_in(Role.VIEWER).get("/tracking/health").text

    assert "Silent" in page
    assert "All is well" not in page


def test_health_says_when_mail_waits_for_the_stops_of_a_host(log_in: LogIn, installation: Installation) -> None:
    with unit_of_work() as work:
        work.session.execute(
            text(
                "insert into heartbeats (process, host, at, detail) select 'loader', 'tracking-1', clock_timestamp(),"
                " jsonb_build_object('stops_until', clock_timestamp() - interval '1 minute',"
                " 'up_since', clock_timestamp())"
            )
        )

    page = log_in(Role.VIEWER).get("/tracking/health").text

    assert "No mail leaves for the moment" in page
    assert "Waiting for tracking-1" in page
    assert "All is well" not in page
