"""Similar names of one prefecture, asked of the database: found near, bounded, and judged like the rest."""

from io import BytesIO

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.domains import SharedDomains
from abm.customers.names import core_name
from abm.importers.alike import PROBED, find_alike
from abm.importers.apply import import_now
from abm.importers.firms import match_stored, read_firm
from abm.importers.request import Request, Upload
from abm.models import Account, MatchPair
from tests.worlds import NOON, make_account


def known(session: Session, name: str, prefecture: str | None = "宮城県", **over: object) -> Account:
    return make_account(session, name, normalised_name=core_name(name), prefecture=prefecture, **over)


def alike(session: Session, core: str, prefecture: str = "宮城県") -> set[str]:
    return find_alike(session, [(prefecture, core)]).get((prefecture, core), set())


@pytest.mark.parametrize(
    "typed",
    ["青葉精器", "青菜精機", "青葉精機器", "青葉機", "青葉精機販売", "青葉精"],
    ids=["its end", "its beginning", "one sign more", "one sign less", "begun by it", "its first signs"],
)
def test_a_name_one_slip_away_or_begun_by_the_other_is_found(session: Session, typed: str) -> None:
    aoba = known(session, "株式会社青葉精機")

    assert alike(session, typed) == {str(aoba.id)}


@pytest.mark.parametrize("typed", ["東雲化学", "青葉樹脂", "青精"])
def test_another_name_is_not_found(session: Session, typed: str) -> None:
    known(session, "株式会社青葉精機")

    assert alike(session, typed) == set()


def test_only_the_same_prefecture_and_living_accounts_are_asked(session: Session) -> None:
    known(session, "株式会社青葉精機", "大阪府")
    known(session, "株式会社青葉精機", None)
    known(session, "株式会社青葉精機", archived_at=NOON)

    assert alike(session, "青葉精器") == set()


def test_however_many_share_a_beginning_only_some_are_looked_at(session: Session) -> None:
    session.add_all(
        Account(name=name, normalised_name=name, prefecture="宮城県")
        for name in (f"青葉精{chr(0x4E00 + n)}" for n in range(PROBED + 40))
    )
    session.flush()

    assert 0 < len(alike(session, "青葉精機")) <= PROBED


def test_a_very_long_name_breaks_nothing(session: Session) -> None:
    known(session, "あ" * 300)

    assert alike(session, "あ" * 300) == set()


def test_a_firm_of_a_similar_name_and_place_is_queued_not_merged(session: Session, settings: Settings) -> None:
    aoba = known(session, "株式会社青葉精機")
    content = "会社名,担当者名,都道府県\n株式会社青葉精器,木村 一,宮城県\n".encode()

    import_now(session, Upload("list.csv", BytesIO(content)), Request(), settings, NOON)

    asked = session.scalars(select(MatchPair)).one()
    assert (asked.other_account_id, asked.strength) == (aoba.id, "weak")
    assert session.scalar(select(func.count()).select_from(Account)) == 2


def test_lines_asked_together_answer_as_if_each_were_alone(session: Session) -> None:
    """What one line loads, another one of the prefecture must not find by it."""
    known(session, "株式会社青葉精機とその仲間たち")
    shared = SharedDomains()
    firms = [
        read_firm(f'{{"ref": "{name}", "company": "{name}", "prefecture": "宮城県"}}', shared)
        for name in ("青葉精機とその仲間たち", "青葉精機")
    ]

    together = list(match_stored(session, firms))
    alone = [one for firm in firms for one in match_stored(session, [firm])]

    assert together == alone
    assert [one["action"] for one in together] == ["auto", "new"]
