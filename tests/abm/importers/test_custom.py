"""Custom fields in a file: filled by title or map, told when unreadable, given back by undo."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.errors import Invalid
from abm.importers import custom
from abm.importers.apply import import_now, plan_import
from abm.importers.request import Request, Upload
from abm.importers.result import import_result
from abm.importers.sheet import Choices
from abm.importers.undo import undo_import
from abm.models import Account, Contact, CustomField, Deal, Import
from abm.words import CustomKind, CustomSubject

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
Take = Callable[..., dict[str, Any]]
HEADER = "会社名,担当者名,メールアドレス,設備台数,評価,次回点検日\n"


@pytest.fixture
def take(session: Session) -> Take:
    def import_text(content: str, mapping: dict[str, str] | None = None) -> dict[str, Any]:
        upload = Upload("list.csv", BytesIO(content.encode()))
        record: Import = import_now(session, upload, Request(choices=Choices(mapping=mapping)), Settings(), AT)
        session.expire_all()
        return import_result(session, record.id)

    return import_text


@pytest.fixture(autouse=True)
def fields(session: Session) -> None:
    made = [
        (CustomSubject.ACCOUNT, "machines", "設備台数", CustomKind.NUMBER, []),
        (CustomSubject.CONTACT, "grade", "評価", CustomKind.CHOICE, ["A", "B"]),
        (CustomSubject.ACCOUNT, "check_on", "次回点検日", CustomKind.DATE, []),
        (CustomSubject.DEAL, "route", "経路", CustomKind.TEXT, []),
    ]
    for subject, code, title, kind, choices in made:
        session.add(CustomField(subject=subject, code=code, title=title, kind=kind, choices=choices))
    session.flush()


def test_columns_called_as_fields_fill_them(session: Session, take: Take) -> None:
    result = take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,１２台以上,A,2027/1/15\n")

    assert session.scalars(select(Account)).one().custom == {"check_on": "2027-01-15"}
    assert session.scalars(select(Contact)).one().custom == {"grade": "A"}
    assert [flag["code"] for flag in result["flagged"]] == ["custom_number_unreadable"]
    assert result["columns"]["custom.contact.grade"] == "評価"


def test_a_map_fills_a_field_from_any_column(session: Session, take: Take) -> None:
    take('会社名,機械\n株式会社アクメ,"1,200"\n', {"custom.account.machines": "機械"})

    assert session.scalars(select(Account)).one().custom == {"machines": 1200}


def test_a_map_to_a_field_that_is_not_there_is_refused(take: Take) -> None:
    with pytest.raises(Invalid) as refused:
        take("会社名,機械\n株式会社アクメ,3\n", {"custom.account.horses": "機械"})

    assert refused.value.code == "unknown_field"


def test_a_custom_field_alone_makes_a_row_an_update_once(session: Session, take: Take) -> None:
    take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,A,\n")

    changed = take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,B,\n")
    again = take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,B,\n")

    assert (changed["update"], changed["unchanged"]) == (1, 0)
    assert (again["update"], again["unchanged"]) == (0, 1)
    assert session.scalars(select(Contact)).one().custom == {"grade": "B"}


def test_an_empty_cell_takes_nothing_away(session: Session, take: Take) -> None:
    take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,A,\n")

    take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,,,\n")

    assert session.scalars(select(Account)).one().custom == {"machines": 3}


def test_undo_gives_old_values_back_and_leaves_later_edits(session: Session, take: Take) -> None:
    take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,A,\n")
    result = take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,4,B,2027/1/15\n")
    session.scalars(select(Contact)).one().custom = {"grade": "C"}
    session.flush()

    undo_import(session, UUID(result["import"]), AT)

    session.expire_all()
    assert session.scalars(select(Account)).one().custom == {"machines": 3}
    assert session.scalars(select(Contact)).one().custom == {"grade": "C"}


@pytest.mark.parametrize("batch", [1, 2, 100])
@pytest.mark.parametrize("known", ["株式会社ゼータ,,,,,\n", "株式会社アクメ,安奈 花子,anna@acme.example,3,A,\n"])
def test_a_plan_counts_what_applying_it_does(
    session: Session, take: Take, monkeypatch: pytest.MonkeyPatch, batch: int, known: str
) -> None:
    monkeypatch.setattr(custom, "BATCH", batch)
    rows = HEADER + "".join(
        f"株式会社アクメ,安奈 花子,anna@acme.example,{machines},{grade},\n"
        for machines, grade in ((3, "A"), (4, "A"), (4, "A"), (4, "B"), ("", ""), (3, "A"))
    )
    take(HEADER + known)

    planned = plan_import(session, Upload("list.csv", BytesIO(rows.encode())), Request(), Settings(), AT)
    counts = {name: planned.counts[name] for name in ("create", "update", "unchanged")}
    applied = take(rows)

    assert session.scalars(select(Account.custom).where(Account.name == "株式会社アクメ")).one() == {"machines": 3}
    assert counts == {name: applied[name] for name in counts}
    assert counts["update"] == 3


def test_a_plan_changes_no_custom_field(session: Session, take: Take) -> None:
    take(HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,3,A,\n")
    changed = HEADER + "株式会社アクメ,安奈 花子,anna@acme.example,4,B,\n"

    planned = plan_import(session, Upload("list.csv", BytesIO(changed.encode())), Request(), Settings(), AT)

    assert planned.counts["update"] == 1
    session.expire_all()
    assert session.scalars(select(Account)).one().custom == {"machines": 3}


DEALS = "商談番号,商談名,会社名,経路,設備台数\n"


def test_deals_have_their_custom_fields_filled_and_their_accounts_theirs(session: Session, take: Take) -> None:
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,展示会,3\n,番号なし,株式会社アクメ,紹介,\n")

    assert set(session.scalars(select(Deal.custom["route"].as_string()))) == {"展示会", "紹介"}
    assert session.scalars(select(Account)).one().custom == {"machines": 3}
    assert result["columns"]["custom.deal.route"] == "経路"


@pytest.mark.parametrize("number", ["D-1", ""])
def test_a_custom_field_alone_changes_a_deal_once_and_undo_gives_it_back(
    session: Session, take: Take, number: str
) -> None:
    take(DEALS + f"{number},基幹更改,株式会社アクメ,展示会,\n")
    rows = DEALS + f"{number},基幹更改,株式会社アクメ,紹介,\n"

    planned = plan_import(session, Upload("list.csv", BytesIO(rows.encode())), Request(), Settings(), AT)
    changed, again = take(rows), take(rows)
    now = session.scalars(select(Deal)).one().custom
    undo_import(session, UUID(changed["import"]), AT)

    assert (planned.counts["update"], changed["update"], again["update"]) == (1, 1, 0)
    assert now == {"route": "紹介"}
    session.expire_all()
    assert session.scalars(select(Deal)).one().custom == {"route": "展示会"}


def test_a_deal_s_field_is_none_of_a_list_of_customers(session: Session, take: Take) -> None:
    result = take("会社名,経路\n株式会社アクメ,紹介\n")

    assert "custom.deal.route" not in result["columns"]
