"""Custom fields: what a form asks, what is read from it, and what becomes of the values."""

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.custom import (
    FieldDraft,
    archive_field,
    change_field,
    code_of,
    create_field,
    custom_inputs,
    list_custom_fields,
    move_field,
    read_custom,
    read_value,
    restore_field,
)
from abm.errors import Conflict, Invalid
from abm.models import AuditEntry
from abm.words import CustomKind, CustomSubject
from tests.worlds import NOON, make_user

CHANNEL = FieldDraft("Sales channel", CustomKind.CHOICE, ("direct", "partner"))


@pytest.fixture
def by(session: Session) -> uuid.UUID:
    """The marketer who makes fields."""
    return make_user(session).id  # type: ignore[no-any-return]


def make(session: Session, draft: FieldDraft, by: uuid.UUID) -> uuid.UUID:
    return create_field(session, CustomSubject.ACCOUNT, draft, by=by, at=NOON).id


def titles(session: Session) -> list[str]:
    return [field.title for field in list_custom_fields(session, CustomSubject.ACCOUNT)]


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (CustomKind.TEXT, " 二次店経由 ", "二次店経由"),
        (CustomKind.NUMBER, "１，２００", 1200),
        (CustomKind.NUMBER, "-2.5", -2.5),
        (CustomKind.DATE, "2026年4月1日", "2026-04-01"),
        (CustomKind.DATE, "2026-04-01", "2026-04-01"),
        (CustomKind.CHOICE, "direct", "direct"),
        (CustomKind.NUMBER, "  ", None),
    ],
)
def test_what_is_typed_is_read_by_kind(kind: CustomKind, typed: str, value: object) -> None:
    assert read_value(kind, typed, CHANNEL.choices) == (value, None)


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        (CustomKind.NUMBER, "many", "number_unreadable"),
        (CustomKind.NUMBER, "9" * 400, "number_unreadable"),
        (CustomKind.NUMBER, "nan", "number_unreadable"),
        (CustomKind.DATE, "2026-02-30", "date_unreadable"),
        (CustomKind.DATE, "soon", "date_unreadable"),
        (CustomKind.CHOICE, "other", "unknown"),
        (CustomKind.TEXT, "x" * 2001, "too_long"),
    ],
)
def test_what_cannot_be_read_is_told(kind: CustomKind, typed: str, problem: str) -> None:
    assert read_value(kind, typed, CHANNEL.choices) == (None, problem)


def test_a_code_is_made_from_the_title_and_is_unique_also_beside_archived_ones(session: Session, by: uuid.UUID) -> None:
    make(session, FieldDraft("Sales  channel!", CustomKind.TEXT), by)
    make(session, FieldDraft("Sales-channel", CustomKind.TEXT), by)

    codes = [field.code for field in list_custom_fields(session, CustomSubject.ACCOUNT)]
    assert codes == ["sales_channel", "sales_channel_2"]


def test_a_title_of_signs_alone_has_a_code_too() -> None:
    assert (code_of("★★"), code_of("業種（大分類）")) == ("field", "業種_大分類")


def test_a_required_field_must_be_filled(session: Session, by: uuid.UUID) -> None:
    make(session, FieldDraft("Rank", CustomKind.NUMBER, is_required=True), by)

    assert read_custom(session, CustomSubject.ACCOUNT, {}) == ({}, {"custom_rank": "required"})
    assert read_custom(session, CustomSubject.ACCOUNT, {"custom_rank": "3"}) == ({"rank": 3}, {})


def test_an_emptied_value_goes_and_an_archived_field_s_value_stays(session: Session, by: uuid.UUID) -> None:
    make(session, FieldDraft("Rank", CustomKind.NUMBER), by)
    archive_field(session, make(session, FieldDraft("Old", CustomKind.TEXT), by), by=by, at=NOON)

    values, _ = read_custom(session, CustomSubject.ACCOUNT, {"custom_rank": ""}, {"rank": 3, "old": "kept"})

    assert values == {"old": "kept"}


def test_a_choice_taken_off_the_list_may_stay_where_it_was_made(session: Session, by: uuid.UUID) -> None:
    field_id = make(session, CHANNEL, by)
    change_field(session, field_id, FieldDraft("Sales channel", CustomKind.CHOICE, ("direct",)), by=by, at=NOON)
    form = {"custom_sales_channel": "partner"}

    kept = read_custom(session, CustomSubject.ACCOUNT, form, {"sales_channel": "partner"})
    assert kept == ({"sales_channel": "partner"}, {})
    assert read_custom(session, CustomSubject.ACCOUNT, form)[1] == {"custom_sales_channel": "unknown"}


def test_a_field_belongs_to_one_kind_of_record(session: Session, by: uuid.UUID) -> None:
    make(session, CHANNEL, by)

    assert custom_inputs(session, CustomSubject.DEAL) == []
    assert [one.title for one in custom_inputs(session, CustomSubject.ACCOUNT)] == ["Sales channel"]


def test_fields_are_put_in_order(session: Session, by: uuid.UUID) -> None:
    first, second = (make(session, FieldDraft(title, CustomKind.TEXT), by) for title in ("One", "Two"))

    move_field(session, second, up=True, by=by, at=NOON)
    move_field(session, second, up=True, by=by, at=NOON)

    assert titles(session) == ["Two", "One"]
    move_field(session, first, up=False, by=by, at=NOON)
    assert titles(session) == ["Two", "One"]


def test_an_archived_field_comes_back_and_keeps_its_title_reserved(session: Session, by: uuid.UUID) -> None:
    field_id = make(session, CHANNEL, by)
    archive_field(session, field_id, by=by, at=NOON)
    with pytest.raises(Invalid):
        make(session, CHANNEL, by)

    restore_field(session, field_id, by=by, at=NOON)

    assert titles(session) == ["Sales channel"]
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "custom_field")).all()
    assert sorted(acts) == ["custom_field.archived", "custom_field.created", "custom_field.restored"]


def test_a_field_keeps_its_kind(session: Session, by: uuid.UUID) -> None:
    field_id = make(session, CHANNEL, by)

    with pytest.raises(Conflict):
        change_field(session, field_id, FieldDraft("Sales channel", CustomKind.TEXT), by=by, at=NOON)


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (FieldDraft(" ", CustomKind.TEXT), "title"),
        (FieldDraft("x" * 81, CustomKind.TEXT), "title"),
        (FieldDraft("Channel", CustomKind.CHOICE), "choices"),
        (FieldDraft("Channel", CustomKind.CHOICE, tuple(map(str, range(101)))), "choices"),
    ],
)
def test_an_unusable_field_is_refused_by_place(session: Session, by: uuid.UUID, draft: FieldDraft, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(session, draft, by)

    assert refused.value.field == place
