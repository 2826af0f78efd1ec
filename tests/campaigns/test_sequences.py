"""Publishing sequences: immutable versions, everybody of an import once, all or nothing, live counts."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import (
    Asset,
    AuditEntry,
    Contact,
    Enrollment,
    Import,
    ImportRow,
    Link,
    Mail,
    Message,
    SequenceVersion,
)
from abm.words import (
    EnrollmentState,
    ImportState,
    ItemKind,
    LeaveReason,
    LinkKind,
    MessageState,
    SendReason,
    SequenceState,
)
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.enrollments import end_of_archived, set_aside
from campaigns.library import read_asset, read_document
from campaigns.mails import load_stored
from campaigns.sequences import apply_sequence, pause_sequence, publish_sequence, resume_sequence
from campaigns.status import list_sequences, sequence_status
from tests.campaigns.worlds import enrollments, hand_off, items, make_people, messages, pass_time, publish, start
from tests.worlds import NOON, make_account, make_contact


def make_import(session: Session, people: list[Any], state: ImportState = ImportState.APPLIED) -> uuid.UUID:
    found = Import(kind="customers", state=state, filename="list.csv", content=b"", created_at=NOON)
    session.add(found)
    session.flush()
    for line, contact in enumerate([*people, None]):
        contact_id = contact and contact.id
        session.add(ImportRow(import_id=found.id, line=line, action="create", values={}, contact_id=contact_id))
    session.flush()
    return found.id


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_everybody_of_one_import_is_taken_on_and_nobody_else(session: Session) -> None:
    people = make_people(session, 2)
    make_contact(session, make_account(session, "株式会社ゼータ"), email="zeta@zeta.example")
    apply_sequence(session, "first_steps", NOON)

    version = publish_sequence(session, "first_steps", import_id=make_import(session, people), at=NOON)

    enrolled = set(session.scalars(select(Enrollment.contact_id)))
    assert enrolled == {who.id for who in people}
    assert version.published_at == NOON
    assert version.number == 1


def test_publishing_compiles_every_mail_with_its_links_and_files(session: Session) -> None:
    publish(session, make_people(session), NOON)

    assert count(session, Mail) == 8
    assert set(session.scalars(select(Asset.name))) == {
        f"product-x-{name}/{language}" for name in ("guide", "whitepaper") for language in ("ja", "en")
    }
    asset = session.scalars(select(Asset).where(Asset.name == "product-x-whitepaper/ja")).one()
    assert asset.is_premium
    assert asset.content == read_asset("product-x-whitepaper-ja.pdf")
    guide = session.scalars(select(Mail).where(Mail.name == "first_steps_guide", Mail.language == "ja")).one()
    links = session.scalars(select(Link).where(Link.mail_id == guide.id).order_by(Link.number)).all()
    assert [(link.kind, link.topics) for link in links] == [
        (LinkKind.FILE, ["原価管理"]),
        (LinkKind.URL, ["製品X"]),
        (LinkKind.HONEYPOT, []),
    ]
    stored = load_stored(session, guide.id)
    assert {key for _, key in stored.links.values()} == {links[0].key, links[1].key}
    assert stored.honeypot == links[2].key


def test_nobody_is_taken_on_twice_by_a_second_version(session: Session) -> None:
    people = make_people(session, 2)
    publish(session, people[:1], NOON)

    publish(session, people, NOON)

    numbers = dict(
        session.execute(
            select(Enrollment.contact_id, SequenceVersion.number).join(
                SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id
            )
        ).all()
    )
    assert numbers == {people[0].id: 1, people[1].id: 2}


def test_applying_the_same_document_again_changes_nothing(session: Session) -> None:
    first = apply_sequence(session, "first_steps", NOON)

    assert apply_sequence(session, "first_steps", NOON).id == first.id
    assert count(session, SequenceVersion) == 1


def test_a_changed_document_becomes_a_draft_and_the_published_version_stays(session: Session) -> None:
    publish(session, make_people(session), NOON)
    document = dict(read_document("first_steps"))
    document["goal"] = {"ja": "別の目的", "en": "Another goal"}

    draft = apply_sequence(session, document, NOON)

    published = session.scalars(select(SequenceVersion).where(SequenceVersion.number == 1)).one()
    assert (draft.number, draft.published_at) == (2, None)
    assert published.document == read_document("first_steps")


def test_a_document_with_an_unknown_mail_is_refused_whole(session: Session) -> None:
    document = {"name": "x", "title": {"ja": "x", "en": "x"}, "steps": [{"key": "a", "kind": "mail", "mail": "nope"}]}

    with pytest.raises(Invalid, match="nope"):
        apply_sequence(session, document, NOON)

    assert count(session, SequenceVersion) == 0


def test_a_mail_that_leads_to_an_unlisted_file_is_refused_and_names_the_mail(session: Session) -> None:
    document = {**read_document("first_steps"), "assets": []}
    apply_sequence(session, document, NOON)
    people = make_people(session)

    with pytest.raises(Invalid, match="first_steps_guide") as caught:
        publish_sequence(session, "first_steps", contact_ids=[people[0].id], at=NOON)

    assert caught.value.code == "no_such_asset"


@pytest.mark.parametrize("state", [ImportState.PLANNED, ImportState.UNDONE])
def test_only_an_applied_import_has_people(session: Session, state: ImportState) -> None:
    apply_sequence(session, "first_steps", NOON)

    with pytest.raises(Conflict):
        publish_sequence(session, "first_steps", import_id=make_import(session, [], state), at=NOON)


def test_a_wrong_name_or_segment_is_told(session: Session) -> None:
    apply_sequence(session, "first_steps", NOON)

    with pytest.raises(NotFound, match="first_steps"):
        publish_sequence(session, "second_steps", contact_ids=[], at=NOON)
    with pytest.raises(Invalid, match="one import, one segment or the contacts"):
        publish_sequence(session, "first_steps", at=NOON)
    with pytest.raises(Invalid, match="do not exist"):
        publish_sequence(session, "first_steps", contact_ids=[uuid.uuid4()], at=NOON)
    with pytest.raises(NotFound):
        publish_sequence(session, "first_steps", import_id=uuid.uuid4(), at=NOON)


def test_a_sequence_is_paused_and_resumed_with_a_trace(session: Session) -> None:
    publish(session, make_people(session), NOON)

    assert pause_sequence(session, "first_steps", NOON).state == SequenceState.PAUSED
    with pytest.raises(Conflict):
        publish(session, [], NOON)
    assert resume_sequence(session, "first_steps", NOON).state == SequenceState.PUBLISHED
    with pytest.raises(Conflict):
        resume_sequence(session, "first_steps", NOON)
    acts = set(session.scalars(select(AuditEntry.act)))
    assert acts == {"sequence.published", "sequence.paused", "sequence.resumed"}


def test_the_status_counts_people_and_fates_per_step(installation: Installation) -> None:
    start(count=2)
    start_without_consent()
    advance_enrollments()

    with unit_of_work() as work:
        status = sequence_status(work.session, "first_steps")
        (row,) = list_sequences(work.session)

    steps = {step["key"]: step for step in status["steps"]}
    assert status["people"] == {"active": 3, "completed": 0, "exited": 0, "parked": 0}
    assert status["messages"] == {MessageState.PLANNED: 2, MessageState.SKIPPED: 1}
    assert status["withheld"] == {"consent_missing": 1}
    assert steps["guide"]["messages"] == {MessageState.PLANNED: 2, MessageState.SKIPPED: 1}
    assert steps["wait_after_guide"]["here"] == 3
    assert steps["has_read"]["if_yes"] == "talk"
    assert (row.name, row.enrolled, row.active, row.version) == ("first_steps", 3, 3, 2)
    assert len(items(installation.engine, ItemKind.ENROLLMENT_CHANGED)) == 3


def test_a_draft_has_a_status_too(session: Session) -> None:
    apply_sequence(session, "first_steps", NOON)

    status = sequence_status(session, "first_steps")

    assert (status["state"], status["version"], status["published_at"]) == (SequenceState.DRAFT, 1, None)
    assert status["messages"] == {}


def start_without_consent() -> None:
    """One more person on the next version, who may not be mailed."""
    with unit_of_work() as work:
        account = make_account(work.session, "株式会社ベータ")
        bert = make_contact(work.session, account, email="bert@beta.example", consent=False)
        publish(work.session, [bert], work.at)


def test_people_who_were_archived_leave_with_what_was_planned_for_them(installation: Installation) -> None:
    gone, _ = start(count=2)
    advance_enrollments()
    with unit_of_work() as work:
        work.session.get_one(Contact, gone).archived_at = work.at
        assert end_of_archived(work.session, [gone], work.at) == 1
        assert end_of_archived(work.session, [gone], work.at) == 0

    fates = {message.contact_id: message.state for message in messages(installation.engine)}
    states = {one.contact_id: (one.state, one.reason) for one in enrollments(installation.engine)}
    assert fates[gone] == MessageState.CANCELLED
    assert states[gone] == (EnrollmentState.EXITED, LeaveReason.ARCHIVED)
    assert sorted(fates.values()) == [MessageState.CANCELLED, MessageState.PLANNED]


@pytest.mark.parametrize(("fate", "taken_on"), [(MessageState.SENT, 1), (MessageState.CANCELLED, 2)])
def test_who_was_archived_and_comes_again_gets_no_mail_a_second_time(
    installation: Installation, fate: MessageState, taken_on: int
) -> None:
    start()
    advance_enrollments()
    with unit_of_work() as work:
        work.session.execute(update(Message).values(state=fate))
        gone = work.session.scalars(select(Contact)).one()
        gone.archived_at = work.at
        work.session.flush()
        again = make_contact(work.session, make_account(work.session), email=gone.email)
        publish(work.session, [again], work.at)

    assert len(enrollments(installation.engine)) == taken_on


def test_a_held_mail_ends_with_its_archived_contact(installation: Installation) -> None:
    start()
    hand_off(enrollments(installation.engine)[0].account_id)
    advance_enrollments()
    with unit_of_work() as work:
        work.session.execute(update(Contact).values(archived_at=work.at))
    pass_time(timedelta(hours=2))

    advance_enrollments()

    assert [message.state for message in messages(installation.engine)] == [MessageState.CANCELLED]


def test_resuming_one_sequence_leaves_the_mails_of_another_waiting(session: Session) -> None:
    anna, bert = make_people(session, 2)
    for who, name in ((anna, "first_steps"), (bert, "other_steps")):
        publish(session, [who], NOON, {**read_document("first_steps"), "name": name})
        pause_sequence(session, name, NOON)
    for enrollment in session.scalars(select(Enrollment)):
        make_message(session, enrollment, reason=SendReason.PAUSED)

    resume_sequence(session, "first_steps", NOON)

    waiting = session.scalars(select(Message.contact_id).where(Message.reason == SendReason.PAUSED))
    assert list(waiting) == [bert.id]


def test_publishing_again_takes_new_people_only(session: Session) -> None:
    people = make_people(session, 2)
    publish(session, people[:1], NOON)

    publish_sequence(session, "first_steps", contact_ids=[who.id for who in people], at=NOON)

    enrolled = session.scalars(select(Enrollment.contact_id).order_by(Enrollment.id)).all()
    assert enrolled == [who.id for who in people]


def test_a_row_that_fails_while_its_sequence_is_paused_stays_paused(session: Session) -> None:
    publish(session, make_people(session), NOON)
    enrollment = session.scalars(select(Enrollment)).one()
    pause_sequence(session, "first_steps", NOON)

    set_aside(session, enrollment.id, NOON)

    session.refresh(enrollment)
    assert enrollment.due_at is None


def make_message(session: Session, enrollment: Enrollment, **over: object) -> None:
    """A planned mail of an enrollment."""
    mail = session.scalars(
        select(Mail).where(Mail.sequence_version_id == enrollment.sequence_version_id).limit(1)
    ).one()
    values = {
        "key": uuid.uuid4().bytes[:8],
        "step": "guide",
        "email": "a@acme.example",
        "message_id": str(uuid.uuid4()),
    }
    whose = {"enrollment_id": enrollment.id, "contact_id": enrollment.contact_id, "account_id": enrollment.account_id}
    session.add(Message(mail_id=mail.id, due_at=NOON, planned_at=NOON, **values, **whose, **over))
    session.flush()
