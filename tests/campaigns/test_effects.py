"""What steps bring about besides mail: each kind once, whoever and how often; on real rows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.models import (
    Account,
    Channel,
    Contact,
    CustomField,
    Delivery,
    Need,
    Notice,
    Preference,
    Segment,
    SegmentMember,
    StageChange,
    Task,
)
from abm.words import (
    ChannelKind,
    CustomKind,
    CustomSubject,
    EnrollmentState,
    GuardReason,
    LeaveReason,
    MessageState,
    SegmentKind,
    Stage,
    TaskKind,
    TaskState,
)
from abm.work import Installation, unit_of_work
from campaigns.actions import Concerned, change_records
from campaigns.actors import advance_enrollments
from campaigns.advance import advance, claim_enrollments
from campaigns.library import read_document
from campaigns.plans import Sender
from campaigns.steps import ActionStep
from tests.campaigns.worlds import (
    enrollments,
    hand_off,
    make_people,
    messages,
    negotiate,
    pass_time,
    publish,
    rows,
    start,
)
from tests.worlds import make_account, make_contact, make_user

BOTH = {"ja": "お電話ください", "en": "Please call"}
SENDER = Sender("sender.example")


def chain(*steps: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A sequence of these steps, each leading to the next."""
    keys = [f"s{n}" for n in range(len(steps))]
    linked = [
        {"key": key, "next": following, **step}
        for key, following, step in zip(keys, [*keys[1:], None], steps, strict=True)
    ]
    return {"name": "chain", "title": {"ja": "連鎖", "en": "Chain"}, "steps": linked, **over}


def run(document: dict[str, Any], count: int = 1) -> list[Any]:
    """Commit people on this sequence and advance them."""
    with unit_of_work() as work:
        people = make_people(work.session, count)
        publish(work.session, people, work.at, document)
    advance_enrollments()
    return [who.id for who in people]


def keep_list(session: Session, name: str = "invited") -> None:
    now = text("now()")
    values = {"condition": {}, "created_at": now, "changed_at": now, "filled_at": now}
    session.add(Segment(name=name, kind=SegmentKind.STATIC, **values))


def test_actions_change_records(installation: Installation) -> None:
    with unit_of_work() as work:
        keep_list(work.session)
        work.session.add(CustomField(subject=CustomSubject.CONTACT, code="rank", title="ランク", kind=CustomKind.TEXT))
        owner = make_user(work.session)
    document = chain(
        {"kind": "action", "set": {"contact.buying_role": "influencer", "contact.custom.rank": "A"}},
        {"kind": "action", "set": {"account.tier": "1:few"}},
        {"kind": "action", "add_tag": "invited"},
        {"kind": "action", "add_tag": "gone"},
        {"kind": "action", "remove_tag": "gone"},
        {"kind": "action", "topic": {"add": "原価管理"}},
        {"kind": "action", "topic": {"mute": "展示会"}},
        {"kind": "action", "stage": "engaged"},
        {"kind": "action", "owner": owner.email},
        {"kind": "action", "add_to": "invited"},
    )

    (contact_id,) = run(document)

    (contact,), (account,) = rows(installation.engine, Contact), rows(installation.engine, Account)
    assert (contact.buying_role, contact.custom, contact.tags) == ("influencer", {"rank": "A"}, ["invited"])
    assert (account.tier, account.stage, account.owner_id) == ("1:few", Stage.ENGAGED, owner.id)
    assert [need.topic for need in rows(installation.engine, Need)] == ["原価管理"]
    assert rows(installation.engine, Preference)[0].muted_topics == ["展示会"]
    assert [change.new for change in rows(installation.engine, StageChange)] == [Stage.ENGAGED]
    with Session(installation.engine) as session:
        assert session.scalars(select(SegmentMember.contact_id)).all() == [contact_id]
    assert enrollments(installation.engine)[0].state == EnrollmentState.COMPLETED


def test_a_list_is_left_again_and_one_that_is_not_there_stops_nobody_else(installation: Installation) -> None:
    with unit_of_work() as work:
        keep_list(work.session)
    run(chain({"kind": "action", "add_to": "invited"}, {"kind": "action", "remove_from": "invited"}))

    with Session(installation.engine) as session:
        assert session.scalars(select(SegmentMember.contact_id)).all() == []
    assert enrollments(installation.engine)[0].state == EnrollmentState.COMPLETED


def test_tasks_notices_and_deliveries_come_once_however_often_the_batch_is_replayed(installation: Installation) -> None:
    with unit_of_work() as work:
        owner = make_user(work.session)
        shared = {"events": [], "language": "ja", "created_at": work.at}
        for kind, title in ((ChannelKind.SLACK, "営業"), (ChannelKind.WEBHOOK, "crm")):
            work.session.add(Channel(kind=kind, title=title, url="http://127.0.0.1:9/x", **shared))
        people = make_people(work.session)
        work.session.get_one(Account, people[0].account_id).owner_id = owner.id
        document = chain(
            {"kind": "task", "title": BOTH, "body": BOTH, "due": {"business_hours": 8}},
            {"kind": "notify", "to": "owner", "text": BOTH},
            {"kind": "notify", "to": "channel", "channel": "営業", "text": BOTH},
            {"kind": "webhook", "channel": "crm"},
            {"kind": "goal", "goal": "told"},
            goals=[{"key": "told", "kinds": ["demo_request"]}],
        )
        publish(work.session, people, work.at, document)
        ids = claim_enrollments(work.session, work.at)

    for _ in range(3):
        with unit_of_work() as work:
            advance(work.session, ids, SENDER, work.at)
            work.session.execute(  # as if nobody had written that the batch moved
                text("update enrollments set state = 'active', step = 's0', due_at = :at, trail = '{}'"),
                {"at": work.at},
            )
    with unit_of_work() as work:
        advance(work.session, ids, SENDER, work.at)

    (task,), (notice,) = rows(installation.engine, Task), rows(installation.engine, Notice)
    assert (task.kind, task.state, task.owner_id) == (TaskKind.STEP, TaskState.OPEN, owner.id)
    assert task.due_at > task.created_at
    assert notice.user_id == owner.id
    assert notice.detail["text"] == BOTH
    told = rows(installation.engine, Delivery)
    said = [one.said for one in told if one.enrollment_id]
    assert sorted(one["text"] == BOTH for one in said) == [False, True]
    assert [one["contact"] for one in said] == [{"id": str(people[0].id)}] * 2
    (enrollment,) = enrollments(installation.engine)
    assert (enrollment.state, enrollment.reason, enrollment.trail["goal"]) == (
        EnrollmentState.COMPLETED,
        LeaveReason.GOAL,
        "told",
    )


def test_a_jump_ends_here_and_begins_there(installation: Installation) -> None:
    with unit_of_work() as work:
        mover, other = make_people(work.session, 2)
        publish(work.session, [other], work.at)
        publish(work.session, [mover], work.at, chain({"kind": "jump", "sequence": "first_steps"}))

    advance_enrollments()

    mine = [one for one in enrollments(installation.engine) if one.contact_id == mover.id]
    assert [(one.state, one.reason) for one in mine] == [
        (EnrollmentState.EXITED, LeaveReason.JUMPED),
        (EnrollmentState.ACTIVE, None),
    ]
    assert mine[1].cause_id == mine[0].id


def test_a_mail_left_to_the_owner_becomes_a_task_with_the_draft(installation: Installation) -> None:
    start()
    negotiate(enrollments(installation.engine)[0].account_id)

    advance_enrollments()

    (task,) = rows(installation.engine, Task)
    assert (task.kind, task.step, task.why[1]["guard_reasons"]) == (TaskKind.STEP, "guide", [GuardReason.OPEN_DEAL])
    assert set(task.brief["draft"]) == {"subject", "text"}


def test_a_loop_does_its_steps_again_at_each_visit(installation: Installation) -> None:
    document = {
        **chain({"kind": "task", "title": BOTH}, {"kind": "wait", "lasts": {"days": 1}}),
    }
    document["steps"][1]["next"] = "s0"

    run(document)
    for _ in range(2):
        pass_time(timedelta(days=1))
        advance_enrollments()

    assert [task.occurrence for task in rows(installation.engine, Task)] == [1, 2, 3]


def test_an_account_mails_everybody_of_a_role_and_later_only_who_is_new(installation: Installation) -> None:
    mail = {"kind": "mail", "mail": "first_steps_summary", "to": {"roles": ["influencer"], "new_only": True}}
    assets = read_document("first_steps")["assets"]
    document = chain(mail, {"kind": "wait", "lasts": {"days": 7}}, subject="account", assets=assets)
    document["steps"][1]["next"] = "s0"
    with unit_of_work() as work:
        people = make_people(work.session, 3)
        for contact in people[:2]:
            contact.buying_role = "influencer"
        publish(work.session, people, work.at, document)

    advance_enrollments()
    with unit_of_work() as work:
        work.session.get_one(Contact, people[2].id).buying_role = "influencer"
        work.session.execute(text("update messages set state = 'sent', sent_at = :at"), {"at": work.at})
    pass_time(timedelta(days=8))
    advance_enrollments()

    sent = [(message.contact_id, message.occurrence) for message in messages(installation.engine)]
    assert {contact_id for contact_id, _ in sent[:2]} == {people[0].id, people[1].id}
    assert sent[2:] == [(people[2].id, 2)]


def test_a_mail_held_for_somebody_of_an_account_who_is_not_addressed_any_more_is_cancelled(
    installation: Installation,
) -> None:
    mail = {"kind": "mail", "mail": "first_steps_summary", "to": {"roles": ["influencer"]}}
    document = chain(mail, {"kind": "wait", "lasts": {"days": 7}}, subject="account")
    with unit_of_work() as work:
        people = make_people(work.session, 2, buying_role="influencer")
        publish(work.session, people, work.at, document | {"assets": read_document("first_steps")["assets"]})
    hand_off(people[0].account_id)
    advance_enrollments()

    told = []
    for gone in people:
        with unit_of_work() as work:
            work.session.get_one(Contact, gone.id).buying_role = None
        pass_time(timedelta(hours=1))
        advance_enrollments()
        states = {message.contact_id: message.state for message in messages(installation.engine)}
        told.append([states[who.id] for who in people])

    assert told == [[MessageState.CANCELLED, MessageState.HELD], [MessageState.CANCELLED] * 2]
    assert enrollments(installation.engine)[0].step == "s1"


def test_a_topic_is_dated_where_days_are_counted(session: Session) -> None:
    who = make_contact(session, make_account(session))
    step = ActionStep("interest", "topic", {"add": "原価管理"}, None)

    # The next morning in Japan.
    late = datetime(2026, 11, 2, 20, tzinfo=UTC)
    change_records(session, step, Concerned([who.id], [who.account_id], late, ZoneInfo("America/New_York")))

    assert session.scalars(select(Need.said_on)).all() == [date(2026, 11, 2)]
