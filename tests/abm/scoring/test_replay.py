"""Replay: what the live engine did with a history, a replay of it by the same model says it would do."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, Event, MqaChange, ScoreModel
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import fold_next_batch
from abm.scoring.histories import Answered, as_time, moment
from abm.scoring.live import default_document, ensure_model
from abm.scoring.model import Model
from abm.scoring.recorded import AnswersOf, read_histories
from abm.scoring.replay import Change, replay
from abm.words import AnswerCode, BuyingRole, EventKind, MqaCause, Seniority, Tier, Verdict
from tests.abm.scoring.ledgers import MODEL, MONDAY, TOKYO, hours
from tests.worlds import make_account, make_contact, make_event

END = MONDAY + timedelta(days=50)
KINDS = (
    EventKind.CLICK,
    EventKind.OPEN,
    EventKind.PREMIUM_DOWNLOAD,
    EventKind.WEBINAR_ATTENDED,
    EventKind.REPLY,
    EventKind.INQUIRY,
    EventKind.DEMO_REQUEST,
)
LOSING = (EventKind.UNSUBSCRIBE, EventKind.CAREERS_PAGE)

Told = tuple[int, EventKind, Verdict, float]


def told(kinds: Sequence[EventKind]) -> st.SearchStrategy[list[Told]]:
    """Acts of three people within forty days: who, what, how sure, and after how many hours."""
    one = st.tuples(
        st.integers(0, 2),
        st.sampled_from(kinds),
        st.sampled_from((Verdict.PROVEN, Verdict.PROVEN, Verdict.LIKELY, Verdict.UNKNOWN)),
        st.floats(0, 24 * 40, allow_nan=False),
    )
    return st.lists(one, min_size=4, max_size=18)


def make_world(session: Session, acts: Sequence[Told], tier: Tier = Tier.ONE_TO_ONE) -> Account:
    """An account of which three people did this."""
    account = make_account(session, str(uuid.uuid4()), tier=tier)
    ranks = (Seniority.DEPARTMENT_HEAD, Seniority.SECTION_HEAD, Seniority.EXECUTIVE)
    people = [make_contact(session, account, str(rank), None, seniority=rank) for rank in ranks]
    for who, kind, verdict, after in acts:
        minutes = 30 + after % 30 if kind is EventKind.WEBINAR_ATTENDED else None
        make_event(session, people[who], kind, MONDAY + hours(after), verdict=verdict, minutes=minutes)
    return account


def use_model(session: Session, model_document: dict[str, Any]) -> Model:
    """Make this document the live model before anything is folded."""
    session.add(ScoreModel(version=1, document=model_document, published_at=MONDAY, is_live=True))
    session.flush()
    return ensure_model(session)


def live_through(session: Session, account: Account) -> list[tuple[MqaCause, datetime]]:
    """Let the engine see each act as it happens and look whenever it means to; answers what it made of it."""
    for at in session.scalars(select(Event.happened_at).distinct().order_by(Event.happened_at)).all():
        pass_time(session, account, at)
        while fold_next_batch(session, at, TOKYO):
            pass
    pass_time(session, account, END)
    found = select(MqaChange.cause, MqaChange.at, Event.happened_at).outerjoin(Event, Event.id == MqaChange.event_id)
    return sorted((MqaCause(row.cause), row.happened_at or row.at) for row in session.execute(found))


def pass_time(session: Session, account: Account, until: datetime) -> None:
    """Evaluate whenever the account is due before this moment."""
    session.refresh(account)
    while account.evaluate_at is not None and account.evaluate_at < until:
        evaluate_due(session, max(account.evaluate_at, MONDAY - hours(1)), ensure_model(session), TOKYO)
        session.refresh(account)


def nobody_answers(session: Session, accounts: Sequence[uuid.UUID]) -> tuple[Any, Any]:
    """No answers."""
    return {}, {}


def replayed(session: Session, model: Model = MODEL, answers_of: AnswersOf = nobody_answers) -> list[Change]:
    """What the replay says of everything recorded."""
    found = read_histories(session, MONDAY - timedelta(days=1), END, answers_of)
    return [change for histories in found for change in replay(histories, model, TOKYO, moment(END))]


def said(changes: Sequence[Change]) -> list[tuple[MqaCause, datetime]]:
    """The same in the words of the live engine."""
    return sorted((change.cause, as_time(change.at)) for change in changes)


def assert_same(
    found: Sequence[tuple[MqaCause, datetime]], wanted: Sequence[tuple[MqaCause, datetime]], within: timedelta
) -> None:
    """The same changes at about the same moments."""
    assert [cause for cause, _ in found] == [cause for cause, _ in wanted]
    assert all(abs(one - other) <= within for (_, one), (_, other) in zip(found, wanted, strict=True))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=told(KINDS), tier=st.sampled_from(Tier))
def test_a_replay_by_the_live_model_is_what_happened(session: Session, acts: list[Told], tier: Tier) -> None:
    with session.begin_nested() as savepoint:
        account = make_world(session, acts, tier)
        lived = live_through(session, account)
        assert_same(said(replayed(session)), lived, timedelta(seconds=2))
        savepoint.rollback()
        session.expunge_all()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=told((*KINDS, *LOSING)))
def test_points_taken_off_come_back_within_the_day_an_evaluation_takes(session: Session, acts: list[Told]) -> None:
    with session.begin_nested() as savepoint:
        account = make_world(session, acts)
        lived = live_through(session, account)
        assert_same(said(replayed(session)), lived, timedelta(days=1, seconds=2))
        savepoint.rollback()
        session.expunge_all()


HOT: list[Told] = [
    (who, EventKind.WEBINAR_ATTENDED, Verdict.PROVEN, 24.0 * day + who) for day in (0, 12) for who in range(3)
]


def test_people_weigh_by_role_as_they_do_live(session: Session) -> None:
    weights = {"normalised_over": "roles_present", "roles": {"decision_maker": 11, "practitioner": 10}}
    model = use_model(session, {**default_document(), "weights": weights})
    account = make_world(session, HOT)
    roles = (BuyingRole.DECISION_MAKER, BuyingRole.PRACTITIONER, None)
    for contact, role in zip(session.scalars(select(Contact).order_by(Contact.id)), roles, strict=True):
        contact.buying_role = role
    session.flush()

    lived = live_through(session, account)

    assert lived
    assert_same(said(replayed(session, model)), lived, timedelta(seconds=2))


def test_after_an_answer_that_rests_nobody_is_handed_over_until_then(session: Session) -> None:
    account = make_world(session, HOT)
    folded(session)
    told_at = MONDAY + timedelta(days=2)
    answer = Answered(moment(told_at), AnswerCode.OTHER, rests=True)

    changes = replayed(session, MODEL, lambda session, accounts: ({account.id: [answer]}, {}))

    assert next((cause, at) for cause, at in said(changes) if cause is MqaCause.LEFT)[1] == told_at
    again = [at for cause, at in said(changes) if cause is MqaCause.ENTERED and at > told_at]
    assert again == []


def test_once_it_has_rested_an_account_that_is_hot_is_handed_over_again(session: Session) -> None:
    account = make_world(session, [*HOT, (0, EventKind.REPLY, Verdict.PROVEN, 24.0 * 25), (1, *HOT[1][1:3], 24.0 * 26)])
    folded(session)
    told_at = MONDAY + timedelta(days=2)
    answer = Answered(moment(told_at), AnswerCode.OTHER, rests=True)

    changes = replayed(session, MODEL, lambda session, accounts: ({account.id: [answer]}, {}))

    again = [change for change in changes if change.cause is MqaCause.ENTERED and as_time(change.at) > told_at]
    assert [as_time(change.at) for change in again] == [told_at + timedelta(days=30)]
    assert again[0].opens


def test_an_answer_to_what_was_never_handed_over_stops_nothing(session: Session) -> None:
    account = make_world(session, HOT)
    folded(session)
    early = Answered(moment(MONDAY - timedelta(hours=1)), AnswerCode.OTHER, rests=True)

    changes = replayed(session, MODEL, lambda session, accounts: ({account.id: [early]}, {}))

    assert next(cause for cause, _ in said(changes)) is MqaCause.ENTERED


def folded(session: Session) -> None:
    """Everything is folded, whenever it happened."""
    while fold_next_batch(session, END, TOKYO):
        pass
