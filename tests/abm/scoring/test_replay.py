"""Replay: what the live engine did with a history, a replay of it by the same model says it would do."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Event, MqaChange
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import fold_next_batch
from abm.scoring.histories import as_time, moment
from abm.scoring.live import ensure_model
from abm.scoring.recorded import read_histories
from abm.scoring.replay import Change, replay
from abm.words import EventKind, MqaCause, Seniority, Tier, Verdict
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


def replayed(session: Session) -> list[Change]:
    """What the replay says of everything recorded."""
    found = read_histories(session, MONDAY - timedelta(days=1), END, nobody_answers)
    return [change for histories in found for change in replay(histories, MODEL, TOKYO, moment(END))]


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
