"""What happens becomes enrollments: once, on the sequence's terms, for whoever may be there."""

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.guard.live import get_version
from abm.guard.publish import Publishing, publish_policy
from abm.models import (
    Account,
    Contact,
    Enrollment,
    Hit,
    Holdout,
    Import,
    ImportRow,
    Occasion,
    Sequence,
    StageChange,
    Task,
    Webinar,
)
from abm.words import (
    EventKind,
    ImportState,
    Stage,
    StartAnswer,
    TaskKind,
    TaskState,
    Verdict,
)
from campaigns.library import read_document
from campaigns.occasions import fold_occasions
from campaigns.sequences import apply_sequence, pause_sequence, publish_sequence, resume_sequence
from campaigns.starting import start_by_hand
from tests.worlds import NOON, make_account, make_contact, make_event

DAY = timedelta(days=1)
TASK = {"key": "call", "kind": "task", "title": {"ja": "電話", "en": "Call"}}
MAIL = {"key": "hello", "kind": "mail", "mail": "first_steps_guide"}
DOWNLOADS = {"on": "event", "kinds": ["download"]}


def listening(session: Session, *triggers: dict[str, Any], name: str = "listens", **over: Any) -> Sequence:
    """A published sequence with these triggers; its people stand at a task."""
    document = {"name": name, "title": {"ja": name, "en": name}, "steps": [TASK], "triggers": list(triggers), **over}
    apply_sequence(session, document, NOON)
    publish_sequence(session, name, at=NOON)
    return session.scalars(select(Sequence).where(Sequence.name == name)).one()


def fold(session: Session, at: Any = NOON + 2 * DAY) -> None:
    """Fold all that waits, then once more: nothing may come of that."""
    while fold_occasions(session, at):
        pass
    before = set(session.scalars(select(Enrollment.id)))
    assert fold_occasions(session, at) == 0
    assert set(session.scalars(select(Enrollment.id))) == before


def people(session: Session) -> Counter[uuid.UUID | None]:
    """How often each contact was taken on."""
    return Counter(session.scalars(select(Enrollment.contact_id)))


def occasions(session: Session) -> int:
    return len(session.scalars(select(Occasion.number)).all())


@pytest.fixture
def anna(session: Session) -> Contact:
    return make_contact(session, make_account(session))


def test_while_nobody_listens_nothing_is_noted(session: Session, anna: Contact) -> None:
    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY)
    assert occasions(session) == 0

    listening(session, DOWNLOADS, exits=[])
    make_event(session, anna, EventKind.CLICK, NOON + DAY)
    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY, verdict=Verdict.MACHINE)

    assert occasions(session) == 0


def test_an_event_takes_its_person_on_once(session: Session, anna: Contact) -> None:
    sequence = listening(session, DOWNLOADS)
    bert = make_contact(session, make_account(session, "ゼータ"), email="bert@zeta.example")
    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY + timedelta(hours=1))
    event = make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY)
    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY + timedelta(hours=2))
    make_event(session, bert, EventKind.DOWNLOAD, NOON - DAY)

    fold(session)

    (enrollment,) = session.scalars(select(Enrollment))
    assert (enrollment.contact_id, enrollment.sequence_id, enrollment.origin) == (anna.id, sequence.id, "event")
    assert enrollment.cause_id == event.id
    assert enrollment.due_at == NOON + 2 * DAY


def test_an_event_counts_once_it_is_judged_human(session: Session, anna: Contact) -> None:
    listening(session, DOWNLOADS, reentry={"after": {"days": 0}})
    event = make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY, verdict=Verdict.UNKNOWN)
    fold(session)
    assert not people(session)

    for verdict in (Verdict.LIKELY, Verdict.UNKNOWN, Verdict.PROVEN):
        event.verdict = verdict
        session.flush()
        fold(session)
        session.execute(update(Enrollment).values(state="completed", ended_at=NOON))

    assert people(session) == {anna.id: 1}


def test_topic_product_and_form_are_asked(session: Session, anna: Contact) -> None:
    listening(session, {**DOWNLOADS, "topic": "原価", "product": "X"}, name="topical")
    listening(session, {"on": "form", "form": "contact-us"}, name="formal")
    hit = Hit(
        id=uuid.uuid4(), kind="form", at=NOON, method="POST", user_agent="", verdict="proven", reasons=[], rules=""
    )
    hit.detail = {"form": "contact-us"}
    session.add(hit)
    session.flush()

    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY, topics=["原価"])
    make_event(session, anna, EventKind.INQUIRY, NOON + DAY)
    fold(session)
    assert not people(session)

    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY, topics=["原価"], product="X")
    make_event(session, anna, EventKind.INQUIRY, NOON + DAY, hit_id=hit.id)
    fold(session)

    assert people(session) == {anna.id: 2}


def test_a_stage_a_new_person_and_an_import_take_people_on(session: Session, anna: Contact) -> None:
    staged = listening(session, {"on": "stage", "to": ["engaged"], "from": ["known"]}, name="staged")
    newcomers = listening(session, {"on": "new_contact"}, name="newcomers")
    imported = listening(session, {"on": "import"}, name="imported")
    session.execute(update(Contact).values(created_at=NOON - DAY))
    account = session.get_one(Account, anna.account_id)
    account.created_at = NOON - DAY
    session.flush()

    bert = make_contact(session, account, email="bert@acme.example", created_at=NOON)
    new_account = make_account(session, "新社", created_at=NOON)
    zeta = make_contact(session, new_account, email="zeta@zeta.example", created_at=NOON)
    for old in ("known", "aware"):
        change = StageChange(account_id=account.id, old=old, new=Stage.ENGAGED, at=NOON + DAY, reason="human_event")
        session.add(change)
        session.flush()
    file = Import(kind="customers", state=ImportState.PLANNED, filename="l.csv", content=b"", created_at=NOON)
    session.add(file)
    session.flush()
    session.add(ImportRow(import_id=file.id, line=2, action="create", values={}, contact_id=zeta.id))
    file.state = ImportState.APPLIED
    session.flush()
    fold(session)

    found = {tuple(row) for row in session.execute(select(Enrollment.sequence_id, Enrollment.contact_id))}
    assert found == {
        (staged.id, anna.id),
        (staged.id, bert.id),
        (newcomers.id, bert.id),
        (imported.id, zeta.id),
    }


def test_who_only_registered_is_known_once_the_report_is_in(session: Session, anna: Contact) -> None:
    webinar = Webinar(title="原価の基礎", held_at=NOON + DAY)
    session.add(webinar)
    session.flush()
    bert = make_contact(session, make_account(session, "ゼータ"), email="bert@zeta.example")
    make_event(session, anna, EventKind.WEBINAR_REGISTERED, NOON - 40 * DAY, webinar_id=webinar.id)
    listening(session, {"on": "webinar", "as": ["registered_only"]})
    make_event(session, bert, EventKind.WEBINAR_REGISTERED, NOON, webinar_id=webinar.id)
    fold(session, NOON + 3 * DAY)
    assert not people(session)

    make_event(session, bert, EventKind.WEBINAR_ATTENDED, NOON + DAY, webinar_id=webinar.id, verdict=Verdict.PROVEN)
    fold(session, NOON + 4 * DAY)

    assert people(session) == {anna.id: 1}
    assert occasions(session) == 0


def test_nobody_has_missed_a_webinar_that_goes_on(session: Session, anna: Contact) -> None:
    webinar = Webinar(title="原価の基礎", held_at=NOON + DAY)
    session.add(webinar)
    session.flush()
    bert, late = (
        make_contact(session, make_account(session, name), email=f"{name}@zeta.example") for name in ("bert", "late")
    )
    listening(session, {"on": "webinar", "as": ["registered_only"]})
    for who in (anna, bert, late):
        make_event(session, who, EventKind.WEBINAR_REGISTERED, NOON, webinar_id=webinar.id)
    there = {"webinar_id": webinar.id, "verdict": Verdict.PROVEN}
    make_event(session, bert, EventKind.WEBINAR_ATTENDED, NOON + DAY, **there)
    fold(session, NOON + DAY + timedelta(minutes=5))
    assert not people(session)

    make_event(session, late, EventKind.WEBINAR_ATTENDED, NOON + DAY + timedelta(minutes=20), **there)
    fold(session, NOON + 3 * DAY)

    assert people(session) == {anna.id: 1}


def test_who_is_asked_about_again_for_one_sequence_begins_another_at_once(session: Session, anna: Contact) -> None:
    webinar = Webinar(title="原価の基礎", held_at=NOON + 2 * DAY)
    session.add(webinar)
    session.flush()
    welcomed = listening(session, {"on": "webinar", "as": ["registered"]}, name="welcomed")
    listening(session, {"on": "webinar", "as": ["registered_only"]}, name="missed")

    make_event(session, anna, EventKind.WEBINAR_REGISTERED, NOON, webinar_id=webinar.id)
    fold(session, NOON + DAY)

    assert session.scalars(select(Enrollment.sequence_id)).all() == [welcomed.id]
    assert occasions(session) == 1


def test_reentry_asks_how_often_and_how_long_ago(session: Session, anna: Contact) -> None:
    name = listening(session, {"on": "import"}, reentry={"after": {"days": 10}, "most": 2}).name
    answers: list[StartAnswer] = []
    for days in (0, 1, 5, 20, 40):
        answers += start_by_hand(session, name, [anna.id], NOON + days * DAY)
        if days == 1:
            session.execute(update(Enrollment).values(state="completed", ended_at=NOON + 2 * DAY))
        if days == 20:
            session.execute(update(Enrollment).values(state="completed", ended_at=NOON + 21 * DAY))

    assert answers == [
        StartAnswer.TAKEN_ON,
        StartAnswer.RUNNING,
        StartAnswer.TOO_SOON,
        StartAnswer.TAKEN_ON,
        StartAnswer.BEEN_BEFORE,
    ]


def test_accounts_held_out_are_written_down_and_whoever_is_in_stays_in(session: Session) -> None:
    everybody = [make_contact(session, make_account(session, f"社{n}"), email=f"p{n}@x{n}.example") for n in range(40)]
    accounts = [session.get_one(Account, one.account_id) for one in everybody]
    colleagues = [make_contact(session, account, email=f"q{n}@x.example") for n, account in enumerate(accounts)]
    name = listening(session, {"on": "import"}, holdout={"percent": 50}).name
    first = start_by_hand(session, name, [one.id for one in everybody], NOON)
    document = session.scalars(select(Sequence).where(Sequence.name == name)).one()

    second = start_by_hand(session, name, [one.id for one in colleagues], NOON + DAY)

    held = set(session.scalars(select(Holdout.account_id).where(Holdout.sequence_id == document.id)))
    assert first == second
    assert 8 < len(held) < 32
    assert first[StartAnswer.HELD_OUT] == len(held)
    assert not held & set(session.scalars(select(Enrollment.account_id)))


def test_who_may_not_be_mailed_is_left_out_of_a_sequence_of_mails_only(session: Session, anna: Contact) -> None:
    silent = make_contact(session, make_account(session, "z"), email="no@z.example", consent=False)
    gone = make_contact(session, make_account(session, "y"), email="gone@y.example", archived_at=NOON)
    everybody = [anna.id, silent.id, gone.id]
    guide = [MAIL]
    assets = read_document("first_steps")["assets"]
    mails = listening(session, {"on": "import"}, name="mails", steps=guide, assets=assets).name
    tasks = listening(session, {"on": "import"}, name="tasks").name

    assert start_by_hand(session, mails, everybody, NOON) == {StartAnswer.TAKEN_ON: 1, StartAnswer.NO_MAIL: 2}
    assert start_by_hand(session, tasks, everybody, NOON)[StartAnswer.TAKEN_ON] == 2


def test_only_what_never_passes_by_the_live_policy_keeps_somebody_out(session: Session, anna: Contact) -> None:
    excluded = make_contact(session, make_account(session, "x", excluded_reason="not_fit"), email="x@x.example")
    owned = make_contact(session, make_account(session, "y"), email="y@y.example")
    session.add(
        Task(kind=TaskKind.HAND_OFF, state=TaskState.WORKING, account_id=owned.account_id, why=[], created_at=NOON)
    )
    live = get_version(session)
    changed = {**live.document, "sales_active": {"answer": "skip"}, "excluded": {"answer": "send"}}
    publish_policy(session, changed, Publishing(live.version, NOON, None))
    assets = read_document("first_steps")["assets"]
    name = listening(session, {"on": "import"}, steps=[MAIL], assets=assets).name

    answers = start_by_hand(session, name, [anna.id, excluded.id, owned.id], NOON)

    assert answers == {StartAnswer.TAKEN_ON: 3}


def test_an_account_is_taken_on_once_whoever_acts_there(session: Session, anna: Contact) -> None:
    account = session.get_one(Account, anna.account_id)
    bert = make_contact(session, account, email="bert@acme.example")
    steps = [{**MAIL, "to": {"roles": ["influencer"]}}, TASK]
    assets = read_document("first_steps")["assets"]
    listening(session, DOWNLOADS, subject="account", steps=[{**steps[0], "next": "call"}, TASK], assets=assets)
    for who in (anna, bert):
        make_event(session, who, EventKind.DOWNLOAD, NOON + DAY)
    fold(session)

    (enrollment,) = session.scalars(select(Enrollment))
    assert (enrollment.contact_id, enrollment.account_id, enrollment.subject_account_id) == (
        None,
        account.id,
        account.id,
    )


def test_a_paused_sequence_takes_people_on_who_begin_when_it_goes_on(session: Session, anna: Contact) -> None:
    name = listening(session, DOWNLOADS).name
    pause_sequence(session, name, NOON)
    make_event(session, anna, EventKind.DOWNLOAD, NOON + DAY)
    fold(session)
    assert session.scalars(select(Enrollment.due_at)).all() == [None]

    resume_sequence(session, name, NOON + 3 * DAY)

    assert session.scalars(select(Enrollment.due_at)).all() == [NOON + 2 * DAY]
