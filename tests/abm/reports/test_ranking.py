"""The hottest accounts and those that go cold: right to the moment, and found without going through all of them."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Executable, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from abm.models import Account
from abm.reports.accounts import AccountFilter, list_accounts, warmest_accounts
from abm.reports.ranking import accounts_going_cold, hottest_ids, top_accounts
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, Seniority, Verdict
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_event

FIRMS = """
    insert into accounts (id, name, normalised_name, depth)
    select uuidv7(), '会社' || n, '会社' || n, n % 977 from generate_series(1, 30000) n
"""
PEOPLE = "insert into contacts (account_id, full_name) select id, name from accounts where name like '会社%'"
POINTS = """
    insert into contact_scores (contact_id, account_id, half_life_days, points, as_of)
    select c.id, a.id, h, a.depth / 2, :at from accounts a join contacts c on c.account_id = a.id,
        unnest(array[7, 45]) h
"""
HEAT = """
    insert into account_heat (account_id, depth, goes_cold_at)
    select id, depth, case when depth > 900 then :at + depth * interval '1 hour' end from accounts
"""


FILLED = ("accounts", "contacts", "contact_scores", "account_heat")


def fold_all(session: Session, at: datetime) -> None:
    while fold_next_batch(session, at, TOKYO):
        pass


def firm(session: Session, name: str, *acts: tuple[EventKind, datetime], people: int = 1) -> Account:
    """A firm whose section heads each did all of this."""
    account = make_account(session, name)
    for number in range(people):
        seniority = {"seniority": Seniority.SECTION_HEAD}
        person = make_contact(session, account, f"人 {number}", f"{number}@{name}.example", **seniority)
        for kind, when in acts:
            make_event(session, person, kind, when, verdict=Verdict.PROVEN, minutes=60)
    return account


def test_the_hottest_stand_first_with_their_points_of_the_moment(session: Session) -> None:
    warm = firm(session, "warm", (EventKind.DOWNLOAD, NOON))
    hot = firm(session, "hot", (EventKind.REPLY, NOON))
    firm(session, "cold", (EventKind.OPEN, NOON))
    fold_all(session, NOON)

    ranked = top_accounts(session, NOON + timedelta(days=21))

    assert [one.id for one in ranked] == [hot.id, warm.id]
    assert [one.points for one in ranked] == pytest.approx([20 * 2 ** (-21 / 45), 2.5])


def test_what_fades_faster_falls_behind_before_it_is_looked_at_again(session: Session) -> None:
    # 20 points of key pages of ten days, beside 19.9 of replies of forty-five.
    fast = firm(session, "fast", *[(EventKind.KEY_PAGE, NOON + timedelta(minutes=n)) for n in range(4)])
    slow = firm(session, "slow", (EventKind.REPLY, NOON - timedelta(hours=8)))
    fold_all(session, NOON + timedelta(minutes=5))

    at_first, later = (hottest_ids(session, NOON + timedelta(hours=h), 1) for h in (0.1, 23))

    assert (at_first, later) == ([fast.id], [slow.id])


def test_mqas_and_others_are_ranked_apart(session: Session) -> None:
    mqa = firm(session, "mqa", (EventKind.REPLY, NOON), (EventKind.WEBINAR_ATTENDED, NOON), people=2)
    keen = firm(session, "keen", (EventKind.REPLY, NOON))
    fold_all(session, NOON)

    assert [one.id for one in warmest_accounts(session, NOON, mqa=True, limit=5)] == [mqa.id]
    assert [one.id for one in warmest_accounts(session, NOON, mqa=False, limit=5)] == [keen.id]


def test_an_archived_account_leaves_its_place_to_the_next(session: Session) -> None:
    firms = [firm(session, f"f{n}", (EventKind.DOWNLOAD, NOON - timedelta(days=n))) for n in range(4)]
    fold_all(session, NOON)
    firms[0].archived_at = firms[1].archived_at = NOON
    session.flush()

    assert hottest_ids(session, NOON, 1) == [firms[2].id]


def test_of_equals_the_first_made_stands_first_wherever_its_row_lies(session: Session) -> None:
    firms = [firm(session, f"f{n}", (EventKind.REPLY, NOON)) for n in range(5)]
    fold_all(session, NOON)
    # What is written anew comes to lie last, and no index puts it in order.
    for scan in ("indexscan", "indexonlyscan", "bitmapscan"):
        session.execute(text(f"set local enable_{scan} = off"))
    session.execute(text("update account_heat set depth = depth where account_id = :id"), {"id": firms[0].id})

    assert hottest_ids(session, NOON, 1) == [firms[0].id]


def test_an_engaged_account_goes_cold_when_its_depth_falls_below_half_the_threshold(session: Session) -> None:
    # Two people with a webinar of 11 points each: 22 of the 20 an engaged account of tier 1:many needs.
    going = make_account(session, "going")
    for number in range(2):
        person = make_contact(session, going, f"人 {number}", f"{number}@going.example", seniority="section_head")
        make_event(session, person, EventKind.WEBINAR_ATTENDED, NOON, verdict=Verdict.PROVEN, minutes=33)
    firm(session, "staying", (EventKind.WEBINAR_ATTENDED, NOON), people=2)
    fold_all(session, NOON)

    (cooling,) = accounts_going_cold(session, NOON)

    # 22 · 2^(−t/30) = 20
    moment = NOON + timedelta(days=30 * 0.13750352374993502)
    assert cooling.id == going.id
    assert abs(cooling.goes_cold_at - moment) <= timedelta(minutes=1)


def test_who_does_something_more_does_not_go_cold(session: Session) -> None:
    going = firm(session, "going", (EventKind.REPLY, NOON - timedelta(days=42)), people=2)
    fold_all(session, NOON)
    before = [one.id for one in accounts_going_cold(session, NOON)]
    anna = make_contact(session, going, email="anna@going.example", seniority="executive")
    make_event(session, anna, EventKind.REPLY, NOON, verdict=Verdict.PROVEN)

    fold_all(session, NOON)

    assert before == [going.id]
    assert accounts_going_cold(session, NOON) == []


@pytest.fixture
def crowd(session: Session) -> Session:
    """Thirty thousand accounts with people and points, as PostgreSQL knows them after a while."""
    # Nobody searches here.
    session.execute(text("set local session_replication_role = replica"))
    for statement in (FIRMS, PEOPLE, POINTS, HEAT):
        session.execute(text(statement), {"at": NOON} if ":at" in statement else {})
    for table in FILLED:
        session.execute(text(f"analyze {table}"))
    return session


def scanned(plan: dict[str, Any]) -> list[str]:
    """The tables a plan goes through from one end to the other."""
    own = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    return own + [table for part in plan.get("Plans", ()) for table in scanned(part)]


@pytest.fixture
def plans(crowd: Session, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The plan of each statement executed from now on."""
    found: list[dict[str, Any]] = []
    execute = crowd.execute

    def explained(statement: Executable, *args: Any, **over: Any) -> Any:
        words = str(
            statement.compile(
                dialect=postgresql.psycopg.dialect(), compile_kwargs={"render_postcompile": True, "literal_binds": True}
            )
        )
        (plan,) = json.loads(
            json.dumps(execute(text("explain (format json) " + words.replace(":", r"\:"))).scalar_one())
        )
        found.append(plan["Plan"])
        return execute(statement, *args, **over)

    monkeypatch.setattr(crowd, "execute", explained)
    return found


def test_rankings_go_through_no_table(crowd: Session, plans: list[dict[str, Any]]) -> None:
    assert len(top_accounts(crowd, NOON)) == 50
    assert len(accounts_going_cold(crowd, NOON, timedelta(days=60))) == 50
    assert len(warmest_accounts(crowd, NOON, mqa=False, limit=8)) == 8

    assert [table for plan in plans for table in scanned(plan) if table in FILLED] == []


def test_pages_of_the_list_are_read_from_the_ranking(session: Session) -> None:
    firms = [firm(session, f"f{n}", (EventKind.DOWNLOAD, NOON - timedelta(days=n))) for n in range(5)]
    fold_all(session, NOON)

    pages = [list_accounts(session, AccountFilter(page=page), NOON, length=2).rows for page in (1, 2, 3)]

    assert [row.id for page in pages for row in page] == [one.id for one in firms]
