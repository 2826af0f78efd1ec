"""Memos of a list, from the file to what they propose, and taken back with it."""

from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.hearing import hear_memos
from abm.customers.keep import Writing
from abm.customers.suggestions import confirm, proposal
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Account, Import, Need, Suggestion
from abm.words import HeardKind, SuggestionState
from tests.abm.importers.test_apply import AT, SETTINGS
from tests.worlds import make_user

LIST = (
    "会社名,担当者名,電話番号,メールアドレス,最終対応日,過去のやり取り・メモ\n"
    "株式会社みどり,田中 太郎,03-1234-5678,tanaka@midori.example,2024/12/10,"
    "製品Xに関心。来期導入検討中。価格面で見送り。来年度再アプローチ予定。\n"
    "株式会社あおい,佐藤 花子,,sato@aoi.example,,特になし\n"
)


def take_and_hear(session: Session) -> Import:
    taken = import_now(session, Upload("list.csv", BytesIO(LIST.encode())), Request(), SETTINGS, AT)
    while hear_memos(session, at=AT, zone=SETTINGS.zone):
        pass
    return taken


def test_the_memo_of_a_list_is_proposed_with_times_from_the_day_of_the_last_contact(session: Session) -> None:
    taken = take_and_hear(session)

    found = session.scalars(select(Suggestion).order_by(Suggestion.id)).all()
    assert [one.kind for one in found] == ["interest", "horizon", "lost_reason", "reminder"]
    assert {one.import_id for one in found} == {taken.id}
    assert [one.value.get("first") for one in found] == [None, "2025-04-01", None, "2025-04-01"]


def test_the_same_list_twice_proposes_nothing_twice(session: Session) -> None:
    take_and_hear(session)
    take_and_hear(session)

    assert len(session.scalars(select(Suggestion)).all()) == 4


def test_taking_the_list_back_takes_what_waits_and_its_firms_along(session: Session) -> None:
    taken = take_and_hear(session)

    undo_import(session, taken.id, AT)

    assert session.scalars(select(Suggestion)).all() == []
    assert session.scalars(select(Account)).all() == []


def test_what_a_person_confirmed_outlives_the_list(session: Session) -> None:
    taro, taken = make_user(session), take_and_hear(session)
    interest = session.scalars(select(Suggestion).where(Suggestion.kind == HeardKind.INTEREST)).one()
    today = AT.date()
    confirm(session, interest.id, proposal(interest, owner_id=taro.id, today=today), Writing(taro.id, AT, today))

    undo_import(session, taken.id, AT)

    assert session.scalars(select(Need.topic)).one() == "製品X"
    assert session.scalars(select(Suggestion.state)).all() == [SuggestionState.CONFIRMED]
