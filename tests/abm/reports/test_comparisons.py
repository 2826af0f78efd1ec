"""What a sequence brought beside its control group, counted by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.models import Contact, Deal, Enrollment, Holdout, MqaChange, Sequence, SequenceVersion, Task
from abm.reports.comparisons import WITHIN_DAYS, Lift, lift_of, results_of
from abm.words import DealStage, EventKind, MqaCause, Outcome, TaskKind, TaskState, Verdict
from campaigns.compare import Share
from tests.worlds import make_account, make_contact, make_event

NOON = datetime(2026, 8, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def version(session: Session) -> SequenceVersion:
    session.add(sequence := Sequence(name="autumn", title={"ja": "秋"}))
    session.flush()
    document: dict[str, Any] = {"steps": [{"key": "end", "kind": "exit"}]}
    session.add(made := SequenceVersion(sequence_id=sequence.id, number=1, document=document, published_at=NOON))
    session.flush()
    return made


def person(session: Session, name: str) -> Contact:
    return make_contact(session, make_account(session, f"株式会社{name}"), name, email=f"{name}@{name}.example")


def on_the_way(session: Session, version: SequenceVersion, name: str, at: datetime = NOON) -> Contact:
    who = person(session, name)
    values = {"state": "active", "step": "end", "step_since": at, "enrolled_at": at}
    session.add(
        Enrollment(
            sequence_version_id=version.id,
            sequence_id=version.sequence_id,
            account_id=who.account_id,
            contact_id=who.id,
            **values,
        )
    )
    session.flush()
    return who


def left_out(session: Session, version: SequenceVersion, name: str) -> Contact:
    who = person(session, name)
    session.add(Holdout(sequence_id=version.sequence_id, account_id=who.account_id, percent=10, drawn_at=NOON))
    session.flush()
    return who


def by_outcome(found: list[Lift]) -> dict[Outcome, tuple[Share, Share]]:
    return {one.outcome: (one.mailed, one.held) for one in found}


def test_without_a_control_group_there_is_nothing_to_compare(session: Session, version: SequenceVersion) -> None:
    on_the_way(session, version, "kou")

    assert lift_of(session, version.sequence_id) == []
    assert results_of(session, "autumn").splits == []


def test_each_outcome_is_counted_once_an_account_within_its_time(session: Session, version: SequenceVersion) -> None:
    kou, otsu, hei = (on_the_way(session, version, name) for name in ("kou", "otsu", "hei"))
    tei = left_out(session, version, "tei")
    for day in (1, 2):
        make_event(session, kou, EventKind.REPLY, NOON + day * DAY, verdict=Verdict.PROVEN)
    make_event(session, otsu, EventKind.CLICK, NOON + DAY, verdict=Verdict.MACHINE)
    make_event(session, hei, EventKind.CLICK, NOON - DAY, verdict=Verdict.LIKELY)
    make_event(session, hei, EventKind.CLICK, NOON + (WITHIN_DAYS + 1) * DAY, verdict=Verdict.LIKELY)
    make_event(session, tei, EventKind.CLICK, NOON + DAY, verdict=Verdict.LIKELY)
    session.add(MqaChange(account_id=kou.account_id, at=NOON + 3 * DAY, cause=MqaCause.ENTERED))
    session.add(MqaChange(account_id=otsu.account_id, at=NOON + 3 * DAY, cause=MqaCause.LEFT))
    task = {"kind": TaskKind.HAND_OFF, "why": [], "created_at": NOON, "state": TaskState.ACCEPTED}
    session.add(Task(account_id=kou.account_id, accepted_at=NOON + 4 * DAY, **task))
    deal = {"name": "導入", "created_at": NOON + 5 * DAY, "stage_since": NOON + 9 * DAY}
    session.add(Deal(account_id=kou.account_id, stage=DealStage.WON, **deal))
    session.add(Deal(account_id=tei.account_id, stage=DealStage.PROPOSAL, **deal))
    session.flush()

    found = by_outcome(lift_of(session, version.sequence_id))

    assert found == {
        Outcome.ENGAGED: (Share(1, 3), Share(1, 1)),
        Outcome.MQA: (Share(1, 3), Share(0, 1)),
        Outcome.ACCEPTED: (Share(1, 3), Share(0, 1)),
        Outcome.DEAL: (Share(1, 3), Share(1, 1)),
        Outcome.WON: (Share(1, 3), Share(0, 1)),
    }
