"""Columns chosen once are proposed again for the same header, and for no other."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.errors import Invalid
from abm.importers.apply import apply_import, plan_import
from abm.importers.request import Request, Upload
from abm.importers.sheet import Choices
from abm.models import Import

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
UNKNOWN = "やしろ,ひと,メモ\n株式会社甲,木村 一,x\n"


def plan(session: Session, content: str, mapping: dict[str, str] | None = None) -> Import:
    upload, request = Upload("a.csv", BytesIO(content.encode())), Request(choices=Choices(mapping=mapping))
    return plan_import(session, upload, request, Settings(), AT)


def test_a_mapping_is_proposed_again_for_the_same_header_and_applied(session: Session) -> None:
    plan(session, UNKNOWN, {"company": "やしろ", "person": "ひと"})

    again = plan(session, UNKNOWN.replace("甲", "乙"))

    assert again.found["columns"] == {"company": "やしろ", "person": "ひと", "memo": "メモ"}
    assert again.choices["mapping"] == {"company": "やしろ", "person": "ひと"}
    assert apply_import(session, again.id, AT).counts["create"] == 1


def test_the_last_choice_stands(session: Session) -> None:
    plan(session, UNKNOWN, {"company": "やしろ", "person": "ひと"})
    plan(session, UNKNOWN, {"company": "ひと"})

    assert plan(session, UNKNOWN).found["columns"]["company"] == "ひと"


def test_another_header_is_not_read_by_it(session: Session) -> None:
    plan(session, UNKNOWN, {"company": "やしろ"})

    with pytest.raises(Invalid, match="no column for company"):
        plan(session, UNKNOWN.replace("ひと", "たみ"))


def test_a_choice_that_cannot_be_read_is_not_remembered(session: Session) -> None:
    with pytest.raises(Invalid):
        plan(session, UNKNOWN, {"person": "ひと"})

    with pytest.raises(Invalid):
        plan(session, UNKNOWN)


def test_a_field_left_out_stays_left_out_for_the_same_header(session: Session) -> None:
    plan(session, UNKNOWN, {"company": "やしろ", "memo": ""})

    again = plan(session, UNKNOWN)

    assert again.found["columns"] == {"company": "やしろ"}


def test_choosing_nothing_forgets_what_was_chosen(session: Session) -> None:
    known = UNKNOWN.replace("やしろ", "会社名")
    plan(session, known, {"person": "ひと"})

    plan(session, known, {})

    assert plan(session, known).found["columns"] == {"company": "会社名", "memo": "メモ"}
