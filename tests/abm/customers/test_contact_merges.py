"""Merging two records of one person and taking it back: history, scores, sequences, and what was said about mail."""

import random
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.customers.contact_merges import find_person_now, merge_contacts, undo_contact_merge
from abm.customers.contact_moves import STAYING, moving_tables
from abm.customers.contacts import restore_contact
from abm.customers.erase import erase_person
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.suppression import suppress
from abm.customers.timeline import Item, add_items
from abm.db import Base
from abm.errors import Conflict, Invalid
from abm.guard.facts import gather_facts
from abm.guard.guard import decide
from abm.models import (
    Account,
    AuditEntry,
    Consent,
    Contact,
    ContactMerge,
    ContactPair,
    ContactScore,
    Enrollment,
    Event,
    Mail,
    Message,
    ScoreEntry,
    Segment,
    SegmentMember,
    Sequence,
    SequenceVersion,
    Suppression,
    TimelineItem,
)
from abm.scoring.fold import fold_next_batch
from abm.scoring.report import score_report
from abm.words import (
    ConsentBasis,
    ConsentPurpose,
    EventKind,
    GuardAnswer,
    ItemKind,
    PairState,
    PersonRule,
    Seniority,
    SuppressionReason,
    Verdict,
)
from tests.worlds import NOON, make_account, make_contact, make_department, make_event, make_user

TOKYO = ZoneInfo("Asia/Tokyo")
SPRING = NOON + timedelta(days=150)
KINDS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.REPLY)

Records = tuple[Contact, Contact]


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def pair(session: Session, acme: Account) -> Records:
    """(goes, stays): Anna, once by her old address and once by her new one."""
    return make_contact(session, acme, email="hanako@acme.example"), make_contact(session, acme)


def merge(session: Session, pair: Records) -> ContactMerge:
    made = merge_contacts(session, pair[0].id, pair[1].id, by=None, at=NOON)
    session.expire_all()
    return made


def undo(session: Session, made: ContactMerge) -> None:
    undo_contact_merge(session, made.id, by=None, at=SPRING)
    session.expire_all()


def settle(session: Session) -> None:
    while fold_next_batch(session, SPRING, TOKYO):
        pass
    session.expire_all()


def test_whoever_asked_to_be_left_alone_stays_so_by_a_merge_and_only_that_record_after_its_undo(
    session: Session, pair: Records
) -> None:
    goes, stays = pair
    goes.refused_at = NOON
    session.flush()

    made = merge(session, pair)
    merged = session.get_one(Contact, stays.id).refused_at
    undo(session, made)

    assert merged == NOON
    assert session.get_one(Contact, stays.id).refused_at is None
    assert session.get_one(Contact, goes.id).refused_at == NOON


def refuse(session: Session, contact: Contact, purpose: ConsentPurpose = ConsentPurpose.MAIL) -> None:
    entry = Consent(contact_id=contact.id, purpose=purpose, granted=False, evidence="by phone", at=NOON)
    session.add(entry)
    session.flush()


def is_refused(session: Session, contact: Contact) -> bool:
    return decide(gather_facts(session, [contact.id], SPRING)[contact.id]).answer == GuardAnswer.SKIP


def test_every_table_with_a_person_moves_or_says_why_not() -> None:
    owning = {table.name for table in Base.metadata.sorted_tables if "contact_id" in table.columns}
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "contacts" for key in column.foreign_keys) and column.name != "contact_id"
    }

    assert owning - STAYING == {table.name for table in moving_tables()}
    assert pointing <= STAYING


def test_history_comes_along_and_goes_back(session: Session, pair: Records) -> None:
    goes, stays = pair
    theirs, ours = make_event(session, goes), make_event(session, stays)
    add_items(session, [Item(ItemKind.NOTE, goes.account_id, NOON, body="talk", contact_id=goes.id)])

    made = merge(session, pair)
    together = (theirs.contact_id, find_person_now(session, goes.id), goes.archived_at)
    noted = session.scalar(select(TimelineItem.contact_id).where(TimelineItem.body == "talk"))
    undo(session, made)

    assert (together, noted) == ((stays.id, stays.id, NOON), stays.id)
    assert (theirs.contact_id, ours.contact_id) == (goes.id, stays.id)
    assert (goes.archived_at, goes.merged_into_id) == (None, None)
    assert session.scalar(select(TimelineItem.contact_id).where(TimelineItem.body == "talk")) == goes.id


def test_what_the_record_that_stays_lacks_is_filled_and_given_back(session: Session, pair: Records) -> None:
    goes, stays = pair
    goes.title, goes.seniority, goes.custom = "部長", Seniority.DEPARTMENT_HEAD, {"floor": "3"}
    stays.email, stays.phone = None, "03-1111-1111"
    goes.phone, goes.phone_typed = "03-2222-2222", "０３-2222-2222"
    goes.department_id = make_department(session, session.get_one(Account, goes.account_id)).id
    session.flush()

    made = merge(session, pair)
    filled = (stays.email, stays.title, stays.seniority, stays.phone, stays.phone_typed, stays.custom)
    home = stays.department_id
    undo(session, made)

    assert filled == ("hanako@acme.example", "部長", "department_head", "03-1111-1111", None, {"floor": "3"})
    assert home == goes.department_id
    assert (stays.email, stays.title, stays.seniority, stays.custom, stays.department_id) == (
        None,
        None,
        "other",
        {},
        None,
    )
    assert goes.email == "hanako@acme.example"


@pytest.mark.parametrize("who", [0, 1], ids=["the one who goes", "the one who stays"])
def test_a_refusal_wins_over_a_later_opt_in_of_the_other(session: Session, pair: Records, who: int) -> None:
    refuse(session, pair[who])
    opt_in = Consent(
        contact_id=pair[1 - who].id,
        purpose=ConsentPurpose.MAIL,
        granted=True,
        basis=ConsentBasis.OPT_IN,
        evidence="form",
        at=NOON + timedelta(hours=1),
    )
    session.add(opt_in)
    session.flush()

    made = merge_contacts(session, pair[0].id, pair[1].id, by=None, at=NOON + timedelta(days=1))
    session.expire_all()
    together = is_refused(session, pair[1])
    undo(session, made)

    assert together
    assert [is_refused(session, one) for one in pair] == [who == 0, who == 1]


def test_whoever_stopped_mail_to_one_address_is_not_mailed_at_the_other(session: Session, pair: Records) -> None:
    suppress(session, "hanako@acme.example", SuppressionReason.UNSUBSCRIBED, NOON, "stop page")

    made = merge(session, pair)
    together = is_refused(session, pair[1])
    undo(session, made)

    assert together
    assert [is_refused(session, one) for one in pair] == [True, False]
    assert session.get(Suppression, "hanako@acme.example") is not None


def test_an_address_that_bounced_says_nothing_of_the_person(session: Session, pair: Records) -> None:
    suppress(session, "hanako@acme.example", SuppressionReason.BOUNCED, NOON, "550")

    merge(session, pair)

    assert not is_refused(session, pair[1])


def test_what_was_refused_while_merged_stays_refused(session: Session, pair: Records) -> None:
    made = merge(session, pair)
    refuse(session, pair[1])

    undo(session, made)

    assert is_refused(session, pair[1])


def test_a_refusal_to_be_measured_comes_along_too(session: Session, pair: Records) -> None:
    refuse(session, pair[0], ConsentPurpose.OPEN_TRACKING)

    made = merge(session, pair)

    asked = select(Consent.granted).where(Consent.contact_id == pair[1].id, Consent.purpose == "open_tracking")
    assert session.scalars(asked).all() == [False]
    undo(session, made)
    assert session.scalars(asked).all() == []


def test_a_static_segment_keeps_the_person_once(session: Session, pair: Records) -> None:
    segments = [
        Segment(name=name, kind="static", condition={}, created_at=NOON, changed_at=NOON) for name in ("both", "one")
    ]
    session.add_all(segments)
    session.flush()
    for segment, contact in ((segments[0], pair[0]), (segments[0], pair[1]), (segments[1], pair[0])):
        session.add(SegmentMember(segment_id=segment.id, contact_id=contact.id))
    session.flush()

    def of(contact: Contact) -> int:
        return session.scalar(select(func.count()).where(SegmentMember.contact_id == contact.id)) or 0

    made = merge(session, pair)
    together = of(pair[1])
    undo(session, made)

    assert (together, of(pair[0]), of(pair[1])) == (2, 2, 1)


def test_the_question_is_answered_and_open_again(session: Session, pair: Records) -> None:
    question = ContactPair(contact_id=pair[0].id, other_contact_id=pair[1].id, rule=PersonRule.SAME_NAME)
    session.add(question)
    session.flush()

    made = merge(session, pair)
    together = question.state
    undo(session, made)

    assert (together, question.state) == (PairState.MERGED, PairState.OPEN)


def test_a_chain_leads_to_the_last_and_comes_apart_from_its_end(session: Session, acme: Account, pair: Records) -> None:
    third = make_contact(session, acme, email="third@acme.example")
    event = make_event(session, pair[0])
    first = merge(session, pair)
    second = merge(session, (pair[1], third))

    assert (find_person_now(session, pair[0].id), event.contact_id) == (third.id, third.id)
    with pytest.raises(Conflict, match="undo that merge first"):
        undo_contact_merge(session, first.id, by=None, at=SPRING)
    undo(session, second)
    undo(session, first)
    assert (find_person_now(session, pair[0].id), event.contact_id) == (None, pair[0].id)


def test_an_address_that_somebody_has_by_now_must_be_freed_first(
    session: Session, acme: Account, pair: Records
) -> None:
    made = merge(session, pair)
    make_contact(session, acme, "新田 一", email="hanako@acme.example")

    with pytest.raises(Conflict, match="address"):
        undo_contact_merge(session, made.id, by=None, at=SPRING)


def test_people_of_two_accounts_and_the_same_record_twice_are_not_merged(session: Session, pair: Records) -> None:
    stranger = make_contact(session, make_account(session, "ゼータ"), email="anna@zeta.example")

    for other in (stranger, pair[0]):
        with pytest.raises(Invalid):
            merge_contacts(session, pair[0].id, other.id, by=None, at=NOON)


def test_a_merge_is_undone_once_and_never_after_an_erasure(session: Session, acme: Account, pair: Records) -> None:
    made = merge(session, pair)
    undo(session, made)
    with pytest.raises(Conflict, match="already"):
        undo_contact_merge(session, made.id, by=None, at=SPRING)

    again = merge(session, pair)
    pair[1].erased_at = SPRING
    session.flush()
    with pytest.raises(Conflict, match="erased"):
        undo_contact_merge(session, again.id, by=None, at=SPRING)


def test_history_and_audit_tell_of_it(session: Session, pair: Records) -> None:
    undo(session, merge(session, pair))

    told = select(TimelineItem.kind).where(TimelineItem.contact_id == pair[1].id)
    acts = select(AuditEntry.act).where(AuditEntry.subject_id == pair[0].id)
    assert set(session.scalars(told)) >= {ItemKind.MERGED, ItemKind.MERGE_UNDONE}
    assert set(session.scalars(acts)) >= {"contact.merged", "contact.merge_undone"}


def test_undoing_a_merge_of_accounts_takes_their_people_apart_first(session: Session, acme: Account) -> None:
    branch = make_account(session, "アクメ販売株式会社")
    theirs, ours = make_contact(session, branch, email="hanako@acme.example"), make_contact(session, acme)
    event = make_event(session, theirs)
    joined = merge_accounts(session, branch.id, acme.id, by=None, at=NOON)
    session.expire_all()
    merge(session, (theirs, ours))

    undo_merge(session, joined.id, by=None, at=SPRING)
    session.expire_all()

    assert (theirs.account_id, theirs.archived_at, event.contact_id, event.account_id) == (
        branch.id,
        None,
        theirs.id,
        branch.id,
    )
    assert ours.account_id == acme.id


def test_two_records_of_one_side_stay_merged_when_accounts_come_apart(session: Session, acme: Account) -> None:
    branch = make_account(session, "アクメ販売株式会社")
    pair = make_contact(session, branch, email="hanako@acme.example"), make_contact(session, branch)
    joined = merge_accounts(session, branch.id, acme.id, by=None, at=NOON)
    session.expire_all()
    merge(session, pair)

    undo_merge(session, joined.id, by=None, at=SPRING)
    session.expire_all()

    assert (pair[0].merged_into_id, pair[0].account_id, pair[1].account_id) == (pair[1].id, branch.id, branch.id)


def test_accounts_come_apart_also_when_somebody_of_both_was_erased(session: Session, acme: Account) -> None:
    branch = make_account(session, "アクメ販売株式会社")
    theirs, ours = make_contact(session, branch, email="hanako@acme.example"), make_contact(session, acme)
    events = [make_event(session, one) for one in (theirs, ours)]
    joined = merge_accounts(session, branch.id, acme.id, by=None, at=NOON)
    session.expire_all()
    merge(session, (theirs, ours))
    erase_person(session, ours.id, None, by=None, at=NOON)

    undo_merge(session, joined.id, by=None, at=SPRING)
    session.expire_all()

    assert [(one.contact_id, one.account_id) for one in events] == [(theirs.id, branch.id), (ours.id, acme.id)]
    for one, home in ((theirs, branch), (ours, acme)):
        assert (one.account_id, one.merged_into_id, one.email) == (home.id, None, None)
        assert (one.erased_at, one.archived_at is None) == (NOON, False)


def build(session: Session, name: str, chance: random.Random) -> tuple[Account, list[Contact]]:
    firm = make_account(session, f"{name} 株式会社")
    people = [
        make_contact(
            session, firm, f"人 {n}", f"{name}{n}@acme.example", seniority=chance.choice(list(Seniority)).value
        )
        for n in range(3)
    ]
    for _ in range(30):
        happened_at = NOON + timedelta(minutes=chance.randint(0, 20_000))
        verdict = chance.choice((Verdict.PROVEN, Verdict.LIKELY, Verdict.UNKNOWN))
        make_event(session, chance.choice(people), chance.choice(KINDS), happened_at, verdict=verdict)
    return firm, people


def worth(session: Session, firm: Account, people: list[Contact]) -> Any:
    def of(person: Contact) -> tuple[list[float], ...]:
        kept = select(ContactScore.points).where(ContactScore.contact_id == person.id)
        entries = select(ScoreEntry.entry).where(ScoreEntry.contact_id == person.id)
        told = select(func.count()).where(Event.contact_id == person.id)
        return sorted(session.scalars(kept)), sorted(session.scalars(entries)), [session.scalar(told) or 0]

    vector = score_report(session, firm.id, at=SPRING)["vector"]
    numbers = [firm.depth, *(value for value in vector.values() if isinstance(value, int | float))]
    # Sums of the same numbers in another order differ beyond the digits that anybody is shown.
    return [pytest.approx(one, abs=1e-9) for one in (numbers, *(part for person in people for part in of(person)))]


def plain(found: list[Any]) -> list[Any]:
    """The same without the tolerance, for the side that is measured."""
    return [one.expected for one in found]


def events_of(session: Session, people: list[Contact]) -> list[int]:
    return [session.scalar(select(func.count()).where(Event.contact_id == one.id)) or 0 for one in people]


@pytest.mark.parametrize("seed", range(5))
def test_scores_after_merge_and_undo_are_those_of_people_never_merged(session: Session, seed: int) -> None:
    worlds = [build(session, name, random.Random(seed)) for name in ("merged", "apart")]
    settle(session)

    firm, people = worlds[0]
    made = merge_contacts(session, people[0].id, people[1].id, by=None, at=NOON + timedelta(days=20))
    settle(session)
    alone, together = worth(session, *worlds[1]), events_of(session, people)
    undo_contact_merge(session, made.id, by=None, at=SPRING)
    settle(session)

    assert (together[0], sum(together)) == (0, 30)
    assert plain(worth(session, firm, people)) == alone


def enroll(session: Session, *people: Contact) -> list[Enrollment]:
    """These people on the way in one sequence, each with a mail planned."""
    sequence = Sequence(name="first", title={})
    session.add(sequence)
    session.flush()
    version = SequenceVersion(sequence_id=sequence.id, number=1, document={})
    session.add(version)
    session.flush()
    mail = Mail(sequence_version_id=version.id, language="ja", name="m", compiled={})
    session.add(mail)
    session.flush()
    ways = [
        Enrollment(
            sequence_version_id=version.id,
            account_id=one.account_id,
            contact_id=one.id,
            step="hello",
            step_since=NOON,
            enrolled_at=NOON,
            due_at=NOON,
        )
        for one in people
    ]
    session.add_all(ways)
    session.flush()
    session.add_all(message(way, mail) for way in ways)
    session.flush()
    return ways


def message(way: Enrollment, mail: Mail, occurrence: int = 1) -> Message:
    values = {"step": "hello", "occurrence": occurrence, "due_at": NOON, "planned_at": NOON, "mail_id": mail.id}
    key = uuid.uuid4().bytes[:8]
    people = {"contact_id": way.contact_id, "account_id": way.account_id}
    return Message(key=key, enrollment_id=way.id, email="x@y.example", message_id=key.hex(), **people, **values)


def messages_of(session: Session, contact: Contact) -> list[str]:
    return sorted(session.scalars(select(Message.state).where(Message.contact_id == contact.id)))


def test_whoever_is_in_a_sequence_twice_goes_on_once_and_twice_again(session: Session, pair: Records) -> None:
    theirs, ours = enroll(session, *pair)

    made = merge(session, pair)
    together = (theirs.state, theirs.due_at, ours.state, messages_of(session, pair[1]))
    undo(session, made)

    assert together == ("exited", None, "active", ["cancelled", "planned"])
    assert (theirs.state, theirs.due_at, theirs.reason, theirs.ended_at) == ("active", NOON, None, None)
    assert [messages_of(session, one) for one in pair] == [["planned"], ["planned"]]


def test_what_comes_by_a_moved_sequence_goes_back_with_it(session: Session, pair: Records) -> None:
    way = enroll(session, pair[0])[0]
    made = merge(session, pair)
    moved = way.contact_id
    mail = session.scalars(select(Mail)).one()
    later = message(way, mail, 2)
    session.add(later)
    session.flush()
    click = make_event(session, pair[1], message_id=later.id)
    call = make_event(session, pair[1])
    told = Item(ItemKind.EVENT, click.account_id, NOON, contact_id=pair[1].id, subject_id=click.id, body="the click")
    add_items(session, [told])

    undo(session, made)

    assert moved == pair[1].id
    assert (way.contact_id, later.contact_id, click.contact_id, call.contact_id) == (
        pair[0].id,
        pair[0].id,
        pair[0].id,
        pair[1].id,
    )
    assert session.scalar(select(TimelineItem.contact_id).where(TimelineItem.body == "the click")) == pair[0].id


def test_erasing_a_person_erases_what_was_merged_into_the_record(session: Session, pair: Records) -> None:
    merge(session, pair)

    erase_person(session, pair[1].id, None, by=None, at=SPRING)
    session.expire_all()

    assert (pair[0].email, pair[0].full_name) == (pair[1].email, pair[1].full_name)
    assert pair[0].erased_at == SPRING


def test_a_merged_record_is_brought_back_by_undoing_the_merge_only(session: Session, pair: Records) -> None:
    merge(session, pair)

    with pytest.raises(Conflict, match="undo the merge"):
        restore_contact(session, pair[0].id, by=make_user(session).id, at=SPRING)
