"""Splits that name a winner: judged by what people did, decided when time and people suffice, taken from then on."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.models import AuditEntry, Contact, Event, Message, SplitTest
from abm.reports.comparisons import results_of
from abm.words import EnrollmentState, EventKind, MessageState, Verdict
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.sequences import apply_sequence, publish_sequence
from campaigns.split_actors import choose_winners_of_splits, splits_wait
from tests.campaigns.worlds import DAY, enrollments, pass_time, publish
from tests.worlds import make_account, make_contact, make_event

SPLIT: dict[str, Any] = {
    "name": "two_ways",
    "title": {"ja": "二通り", "en": "Two ways"},
    "steps": [
        {
            "key": "lot",
            "kind": "split",
            "ways": [
                {"key": "a", "percent": 50, "next": "guide"},
                {"key": "b", "percent": 50, "next": "summary"},
            ],
            "winner": {"by": "click", "after": {"days": 2}},
        },
        {"key": "guide", "kind": "mail", "mail": "first_steps_guide", "next": "end"},
        {"key": "summary", "kind": "mail", "mail": "first_steps_summary", "next": "end"},
        {"key": "end", "kind": "exit"},
    ],
    "assets": [
        {"name": name, "title": {"ja": "資料", "en": "File"}, "file": {"ja": f"{name}-ja.pdf", "en": f"{name}-en.pdf"}}
        for name in ("product-x-guide", "product-x-whitepaper")
    ],
}


def people(session: Session, numbers: range) -> list[Any]:
    return [
        make_contact(session, make_account(session, f"株式会社{n}"), email=f"p{n}@firm{n}.example") for n in numbers
    ]


def begin(count: int) -> None:
    with unit_of_work() as work:
        publish(work.session, people(work.session, range(count)), work.at, SPLIT)
    advance_enrollments()
    with unit_of_work() as work:
        work.session.execute(update(Message).values(state=MessageState.SENT, sent_at=work.at))


def more(numbers: range) -> None:
    with unit_of_work() as work:
        later = [one.id for one in people(work.session, numbers)]
        publish_sequence(work.session, "two_ways", contact_ids=later, at=work.at)
    advance_enrollments()
    with unit_of_work() as work:
        unsent = update(Message).where(Message.state == MessageState.PLANNED)
        work.session.execute(unsent.values(state=MessageState.SENT, sent_at=work.at))


def clicks(step: str, count: int, verdict: Verdict) -> None:
    with unit_of_work() as work:
        mails = work.session.scalars(select(Message).where(Message.step == step).order_by(Message.id)).all()
        for mail in mails[:count]:
            who = work.session.get_one(Contact, mail.contact_id)
            make_event(work.session, who, EventKind.CLICK, work.at, verdict=verdict, message_id=mail.id)


def taken(installation: Installation) -> list[str]:
    return [one.trail["branches"]["lot"] for one in enrollments(installation.engine)]


def only_test(installation: Installation) -> SplitTest:
    with Session(installation.engine, expire_on_commit=False) as session:
        return session.scalars(select(SplitTest)).one()


def test_the_way_that_people_clicked_wins_and_whoever_comes_later_takes_it(installation: Installation) -> None:
    begin(60)
    first = taken(installation)
    assert min(first.count("a"), first.count("b")) >= 10
    # Machines clicked all of the one, people some of the other.
    clicks("guide", 60, Verdict.MACHINE)
    clicks("summary", 3, Verdict.LIKELY)
    choose_winners_of_splits()
    assert only_test(installation).decided_at is None

    pass_time(2 * DAY + timedelta(minutes=1))
    with unit_of_work() as work:
        assert splits_wait(work.session, work.at)
    choose_winners_of_splits()
    choose_winners_of_splits()

    test = only_test(installation)
    assert (test.way, test.counts) == ("b", {"a": [0, first.count("a")], "b": [3, first.count("b")]})
    with unit_of_work() as work:
        assert not splits_wait(work.session, work.at)
        told = work.session.scalars(select(AuditEntry).where(AuditEntry.act == "sequence.split_decided")).all()
        assert [(one.detail["step"], one.detail["way"]) for one in told] == [("lot", "b")]
        later = [one.id for one in people(work.session, range(100, 120))]
        publish_sequence(work.session, "two_ways", contact_ids=later, at=work.at)
    advance_enrollments()
    assert taken(installation) == [*first, *["b"] * 20]
    assert {one.state for one in enrollments(installation.engine)} == {EnrollmentState.EXITED}


def test_publishing_to_more_people_is_the_same_test_and_another_mail_a_new_one(installation: Installation) -> None:
    begin(30)
    more(range(100, 130))
    clicks("summary", 3, Verdict.LIKELY)
    pass_time(2 * DAY + timedelta(minutes=1))

    choose_winners_of_splits()

    with unit_of_work() as work:
        known = {test.sequence_version_id: test for test in work.session.scalars(select(SplitTest))}
        assert [(test.way, sum(of for _, of in test.counts.values())) for test in known.values()] == [("b", 60)] * 2
        (found,) = results_of(work.session, "two_ways").splits
        assert sum(way.share.of for way in found.ways) == 60
    more(range(200, 210))
    with unit_of_work() as work:
        (found,) = results_of(work.session, "two_ways").splits
        assert {way.key: way.share.of > 0 for way in found.ways} == {"a": True, "b": True}
        # With another mail behind it nobody knows which way is the better one.
        steps = [{**step, "mail": "first_steps_talk"} if step["key"] == "guide" else step for step in SPLIT["steps"]]
        apply_sequence(work.session, {**SPLIT, "steps": steps}, work.at)
        version = publish_sequence(work.session, "two_ways", nobody_yet=True, at=work.at)
        anew = work.session.get_one(SplitTest, (version.id, "lot"))
        assert (anew.way, anew.decided_at) == (None, None)


def test_nobody_wins_before_anybody_acted_and_the_page_knows_that_mails_have_left(installation: Installation) -> None:
    begin(60)
    with unit_of_work() as work:
        (found,) = results_of(work.session, "two_ways").splits
        assert found.first_at is not None
    pass_time(3 * DAY)

    choose_winners_of_splits()

    assert only_test(installation).way is None


def test_a_few_people_decide_nothing(installation: Installation) -> None:
    begin(6)
    clicks("guide", 1, Verdict.PROVEN)
    choose_winners_of_splits()
    pass_time(3 * DAY)

    choose_winners_of_splits()

    test = only_test(installation)
    assert (test.way, test.decided_at) == (None, None)
    with unit_of_work() as work:
        assert test.look_at > work.at
        assert work.session.scalars(select(Event)).one().kind == EventKind.CLICK
