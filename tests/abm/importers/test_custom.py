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
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.importers.result import import_result
from abm.importers.sheet import Choices
from abm.importers.undo import undo_import
from abm.models import Account, Contact, CustomField, Import
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
