"""Segments under a name: kept, counted, frozen, explained."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.conditions.parse import read_condition
from abm.errors import Invalid, NotFound
from abm.guard.facts import gather_facts as guard_facts
from abm.guard.guard import has_consent
from abm.models import AuditEntry, Consent, Contact, Segment
from abm.segments.compile import members
from abm.segments.segments import (
    choose_people,
    count_people,
    delete_segment,
    explain,
    get_segment,
    list_segments,
    people_of,
    save_segment,
)
from abm.words import ConsentBasis, ConsentPurpose, EventKind, SegmentKind
from tests.worlds import NOON, make_account, make_contact, make_event

MOMENT = Moment(NOON, ZoneInfo("Asia/Tokyo"))
LEADERS: dict[str, Any] = {"field": "contact.title", "op": "contains", "value": "部長"}


def people(session: Session) -> list[Contact]:
    """Two leaders and a clerk at one account, a leader at another."""
    acme, zeta = make_account(session), make_account(session, "ゼータ商会")
    return [
        make_contact(session, acme, email="a@acme.example", title="購買部長"),
        make_contact(session, acme, email="b@acme.example", title="部長"),
        make_contact(session, acme, email="c@acme.example", title="主任"),
        make_contact(session, zeta, email="z@zeta.example", title="部長"),
    ]


def save(session: Session, condition: Any = LEADERS, kind: SegmentKind = SegmentKind.DYNAMIC) -> Segment:
    return save_segment(session, "部長", read_condition(condition), MOMENT, kind=kind)


def counted(session: Session, segment: Segment) -> tuple[int, int]:
    found = count_people(session, people_of(session, segment, MOMENT), NOON)
    return found.accounts, found.contacts


def test_accounts_are_counted_once_however_many_of_their_people_fit(session: Session) -> None:
    people(session)

    assert counted(session, save(session)) == (2, 3)


def test_nobody_is_no_account(session: Session) -> None:
    assert counted(session, save(session)) == (0, 0)


def test_a_dynamic_segment_follows_the_records_and_a_static_one_does_not(session: Session) -> None:
    clerk = people(session)[2]
    dynamic = save_segment(session, "moving", read_condition(LEADERS), MOMENT)
    static = save(session, kind=SegmentKind.STATIC)

    clerk.title = "部長"
    session.flush()

    assert counted(session, dynamic) == (2, 4)
    assert counted(session, static) == (2, 3)


def test_the_archived_are_in_no_segment(session: Session) -> None:
    first = people(session)[0]
    static = save(session, kind=SegmentKind.STATIC)

    first.archived_at = NOON
    session.flush()

    assert counted(session, static) == (2, 2)


def test_saving_under_the_same_name_takes_the_place_of_what_was_there(session: Session) -> None:
    people(session)
    save(session, kind=SegmentKind.STATIC)

    again = save(session, {"field": "contact.title", "op": "is", "value": "主任"})

    assert [one.id for one in list_segments(session)] == [again.id]
    assert counted(session, again) == (1, 1)


def test_every_change_is_audited(session: Session) -> None:
    delete_segment(session, save(session), NOON)

    assert session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all() == ["segment.saved", "segment.deleted"]


def test_an_unknown_name_is_answered_with_the_known_ones(session: Session) -> None:
    save(session)

    with pytest.raises(NotFound, match="部長"):
        get_segment(session, "課長")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0"])
def test_a_name_is_a_short_text(session: Session, name: str) -> None:
    with pytest.raises(Invalid, match="1 to 100"):
        save_segment(session, name, read_condition(LEADERS), MOMENT)


def test_an_explanation_names_what_was_found_for_each_part(session: Session) -> None:
    anna = people(session)[2]
    make_event(session, anna, EventKind.CLICK)
    condition = read_condition({"any": [LEADERS, {"did": "click", "within": 7}]})

    found = explain(session, condition, anna.id, MOMENT)

    assert found.member
    assert [(one.place, one.holds, one.found) for one in found.findings] == [
        ("any[0]", False, "主任"),
        ("any[1]", True, 1),
    ]


def test_a_frozen_list_explains_itself_by_its_day(session: Session) -> None:
    leader, clerk = people(session)[1:3]
    static = save(session, kind=SegmentKind.STATIC)

    assert explain(session, static, leader.id, MOMENT).member
    assert not explain(session, static, clerk.id, MOMENT).member
    assert explain(session, static, clerk.id, MOMENT).filled_at == NOON


def test_people_can_be_chosen_twice_in_one_transaction(session: Session) -> None:
    people(session)
    for _ in range(2):
        choose_people(session, people_of(session, save(session), MOMENT))

    assert session.connection().exec_driver_sql("select count(*) from chosen_contacts").scalar() == 3


@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize("basis", [ConsentBasis.OPT_IN, ConsentBasis.BUSINESS_CARD])
def test_consent_is_what_the_contact_guard_calls_consent(session: Session, granted: bool, basis: ConsentBasis) -> None:
    anna, bert = people(session)[:2]
    for at, given in ((NOON.replace(hour=1), not granted), (NOON.replace(hour=2), granted)):
        entry = {"purpose": ConsentPurpose.MAIL, "evidence": "", "at": at, "basis": basis if given else None}
        session.add(Consent(contact_id=anna.id, granted=given, **entry))
    session.flush()
    fitting = session.execute(members(read_condition({"field": "contact.consent"}), MOMENT)).all()

    told = {key: has_consent(facts) for key, facts in guard_facts(session, [anna.id, bert.id], NOON).items()}

    assert {key: key in {row.id for row in fitting} for key in told} == told
