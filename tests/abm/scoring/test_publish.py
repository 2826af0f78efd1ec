"""Publishing a model: one version after another, every account folded by one version only, nothing lost on the way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Contact, ContactScore, Event, MqaChange, ScoreEntry, ScoreModel
from abm.scoring.actors import fold_behind, has_behind
from abm.scoring.draft import change_draft, drop_draft, list_drafts, open_draft, renew_draft
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import fold_next_batch, fold_next_behind
from abm.scoring.live import default_document, ensure_model, get_version
from abm.scoring.publish import Publishing, list_versions, publish_draft, publish_model, read_progress
from abm.scoring.score import Act, decay, make_entries, person_scores
from abm.words import EventKind, Seniority, Stage, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.worlds import make_account, make_contact, make_event

KINDS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.WEBINAR_ATTENDED, EventKind.REPLY)
LATER = MONDAY + timedelta(days=40)


def model_with(**bases: float) -> dict[str, Any]:
    """The default model with other points for some kinds."""
    document = default_document()
    for kind, base in bases.items():
        document["kinds"][kind] = {**document["kinds"][kind], "base": base}
    return document


def publish(session: Session, document: dict[str, Any], **over: Any) -> int:
    values = {"based_on": get_version(session).version, "at": MONDAY, "by": None, "despite": "a test", **over}
    return publish_model(session, document, Publishing(**values))


def fold_all(session: Session, limit: int = 5_000) -> None:
    while fold_next_batch(session, LATER, TOKYO, limit=limit):
        pass


def walk(session: Session, limit: int = 200) -> int:
    walked = 0
    while number := fold_next_behind(session, LATER, TOKYO, limit=limit):
        walked += number
    return walked


def scores(session: Session) -> dict[Any, float]:
    sums: dict[Any, float] = {}
    for row in session.scalars(select(ContactScore).execution_options(populate_existing=True)):
        left = row.points * decay((LATER - row.as_of) / timedelta(days=1), row.half_life_days)
        sums[row.contact_id] = sums.get(row.contact_id, 0) + left
    return sums


def replayed(session: Session) -> dict[Any, float]:
    """Everything folded under the live model, by the pure rules."""
    columns = (Event.id, Event.contact_id, Event.kind, Event.happened_at, Event.verdict, Contact.seniority)
    rows = session.execute(select(*columns, Event.minutes).join(Contact, Contact.id == Event.contact_id))
    entries = make_entries([Act(*row) for row in rows], ensure_model(session), TOKYO)
    return dict(person_scores(entries.values(), LATER))


def accounts_with_clicks(session: Session, number: int) -> list[Contact]:
    people = []
    for n in range(number):
        account = make_account(session, f"会社 {n}")
        people.append(make_contact(session, account, email=f"{n}@acme.example", seniority=Seniority.SECTION_HEAD))
        make_event(session, people[-1], EventKind.CLICK, MONDAY, verdict=Verdict.LIKELY)
    fold_all(session)
    return people


def test_a_published_model_moves_every_score_once(session: Session) -> None:
    accounts_with_clicks(session, 5)

    version = publish(session, model_with(click=3))

    assert read_progress(session).behind == 5
    assert has_behind(session, LATER)
    assert walk(session, limit=2) == 5
    assert walk(session) == 0
    assert set(session.scalars(select(ScoreEntry.entry))) == {3}
    assert set(session.scalars(select(ScoreEntry.model_version))) == {version}
    assert (read_progress(session).percent, has_behind(session, LATER)) == (100, False)


def test_an_event_takes_everybody_of_its_account_along(session: Session) -> None:
    anna, other = accounts_with_clicks(session, 2)
    bo = make_contact(session, session.get_one(Account, anna.account_id), "坊 太郎", "bo@acme.example")
    make_event(session, bo, EventKind.CLICK, MONDAY)
    fold_all(session)

    publish(session, model_with(click=4))
    make_event(session, bo, EventKind.DOWNLOAD, MONDAY)
    fold_all(session)

    versions = dict(
        session.execute(
            select(ScoreEntry.contact_id, func.count(ScoreEntry.model_version.distinct())).group_by(
                ScoreEntry.contact_id
            )
        ).all()
    )
    newest = dict(
        session.execute(
            select(ScoreEntry.contact_id, func.max(ScoreEntry.model_version)).group_by(ScoreEntry.contact_id)
        ).all()
    )
    assert versions == {anna.id: 1, bo.id: 1, other.id: 1}
    assert newest == {anna.id: 2, bo.id: 2, other.id: 1}
    assert read_progress(session).behind == 1


def test_an_account_not_reached_yet_is_not_judged_by_the_new_thresholds(session: Session) -> None:
    accounts_with_clicks(session, 1)
    document = model_with(click=1)
    document["stages"][3]["when"] = {"human_event_within_days": 30}
    publish(session, document)
    session.execute(text("update accounts set evaluate_at = to_timestamp(0)"))

    assert evaluate_due(session, MONDAY, ensure_model(session), TOKYO) == 0
    assert session.scalar(select(Account.stage)) == Stage.AWARE
    fold_next_behind(session, MONDAY, TOKYO)
    assert session.scalar(select(Account.stage)) == Stage.ENGAGED


def test_a_kind_that_is_to_be_acted_on_at_once_asks_for_a_hand_off(session: Session) -> None:
    (anna,) = accounts_with_clicks(session, 1)
    make_event(session, anna, EventKind.INQUIRY, LATER - timedelta(days=1), verdict=Verdict.PROVEN)
    fold_all(session)
    document = default_document()
    document["kinds"]["inquiry"]["act_now"] = True

    publish(session, document)
    walk(session)
    walk(session)

    assert session.scalar(select(func.count()).select_from(MqaChange)) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_models_published_between_events_come_to_the_last_one_exactly(session: Session, data: st.DataObject) -> None:
    session.execute(text("delete from accounts"))
    accounts = [make_account(session, f"会社 {n}") for n in range(3)]
    people = [make_contact(session, account, f"人 {n}", f"{n}@acme.example") for n, account in enumerate(accounts * 2)]
    for _ in range(data.draw(st.integers(5, 30))):
        who, kind = data.draw(st.sampled_from(people)), data.draw(st.sampled_from(KINDS))
        when = MONDAY + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 3)))
        minutes = data.draw(st.none() | st.floats(0, 90))
        make_event(session, who, kind, when, verdict=data.draw(st.sampled_from(list(Verdict))), minutes=minutes)
        deed = data.draw(st.sampled_from(("", "", "fold", "fold", "publish", "walk", "promote")))
        if deed == "fold":
            fold_next_batch(session, LATER, TOKYO, limit=data.draw(st.integers(1, 5)))
        elif deed == "walk":
            fold_next_behind(session, LATER, TOKYO, limit=1)
        elif deed == "promote":
            session.execute(update(Contact).where(Contact.id == who.id).values(seniority=Seniority.EXECUTIVE))
            ask_refold(session, [who.id])
        elif deed == "publish":
            points = data.draw(st.integers(1, 999))
            changed = model_with(click=points, download=points / 7)
            changed["kinds"]["reply"]["half_life_days"] = data.draw(st.integers(1, 90))
            if changed != get_version(session).document:
                publish(session, changed)

    fold_all(session, limit=3)
    walk(session, limit=1)

    expected, found = replayed(session), scores(session)
    assert {who: found.get(who, 0.0) for who in expected} == pytest.approx(expected, abs=1e-9, rel=1e-12)
    assert set(session.scalars(select(ScoreEntry.model_version))) <= {get_version(session).version}
    depths = session.scalars(select(Account.depth).order_by(Account.id)).all()
    assert sum(depths) == pytest.approx(sum(expected.values()), abs=1e-9, rel=1e-12)


def test_a_model_with_a_fault_leaves_the_live_one_alone(session: Session) -> None:
    document = model_with(click=10**9)

    with pytest.raises(Invalid, match=r"kinds.click.base must be at most 1000"):
        publish(session, document)

    assert [version.version for version in list_versions(session)] == [1]
    assert get_version(session).document == default_document()


def test_a_failing_golden_account_stops_until_somebody_says_why(session: Session) -> None:
    document = model_with(demo_request=10)

    with pytest.raises(Invalid, match="asks_for_a_demo"):
        publish(session, document, despite=" ")
    publish(session, document, despite="demos are cheap for us", note="after the fair")

    live = get_version(session)
    assert (live.version, live.note, live.golden["despite"]) == (2, "after the fair", "demos are cheap for us")
    assert [failed["name"] for failed in live.golden["failed"]] == ["asks_for_a_demo"]
    assert session.scalars(select(AuditEntry.act)).all() == ["model.published"]


def test_the_same_model_is_not_published_twice(session: Session) -> None:
    with pytest.raises(Invalid, match="nothing differs"):
        publish(session, default_document())


def test_a_draft_lives_until_it_is_published(session: Session) -> None:
    draft = open_draft(session, model_with(click=2), at=MONDAY, by=None, note="more for clicks")
    change_draft(session, draft.id, model_with(click=3), seen_at=MONDAY, at=LATER, by=None, note="more for clicks")
    assert [one.id for one in list_drafts(session)] == [draft.id]

    version = publish_draft(session, draft.id, at=LATER, by=None, despite="a test")

    assert get_version(session).document == model_with(click=3)
    assert (draft.published_version, list_drafts(session)) == (version, [])
    with pytest.raises(NotFound):
        publish_draft(session, draft.id, at=LATER, by=None)


def test_a_draft_somebody_else_has_changed_is_not_overwritten(session: Session) -> None:
    draft = open_draft(session, model_with(click=2), at=MONDAY, by=None)
    change_draft(session, draft.id, model_with(click=3), seen_at=MONDAY, at=LATER, by=None)

    with pytest.raises(Conflict):
        change_draft(session, draft.id, model_with(click=4), seen_at=MONDAY, at=LATER, by=None)


def test_a_draft_with_a_fault_is_not_kept(session: Session) -> None:
    with pytest.raises(Invalid, match=r"kinds.click.base"):
        open_draft(session, model_with(click=-(10**9)), at=MONDAY, by=None)

    assert list_drafts(session) == []


def test_a_draft_of_an_older_version_is_looked_at_again_first(session: Session) -> None:
    draft = open_draft(session, model_with(click=2), at=MONDAY, by=None)
    publish(session, model_with(click=9))

    with pytest.raises(Conflict):
        publish_draft(session, draft.id, at=LATER, by=None, despite="a test")
    renew_draft(session, draft.id, at=LATER, by=None)

    assert publish_draft(session, draft.id, at=LATER, by=None, despite="a test") == 3


def test_a_draft_can_be_thrown_away(session: Session) -> None:
    draft = open_draft(session, model_with(click=2), at=MONDAY, by=None)

    drop_draft(session, draft.id, at=LATER, by=None)

    assert list_drafts(session) == []


def test_of_two_who_publish_at_once_one_wins(installation: Installation, broker: StubBroker) -> None:
    with unit_of_work() as work:
        ensure_model(work.session)
    together, outcomes = threading.Barrier(2), list[str]()

    def run(points: float) -> None:
        try:
            with unit_of_work() as work:
                together.wait()
                publish(work.session, model_with(click=points), based_on=1)
            outcomes.append("published")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=run, args=(points,)) for points in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict", "published"]
    with unit_of_work() as work:
        assert work.session.scalar(select(func.count()).where(ScoreModel.is_live)) == 1


def test_a_walk_that_was_killed_is_finished_by_the_next(installation: Installation, broker: StubBroker) -> None:
    with unit_of_work() as work:
        accounts_with_clicks(work.session, 4)
        publish(work.session, model_with(click=3))
    with unit_of_work() as work:
        fold_next_behind(work.session, LATER, TOKYO, limit=1)
    with unit_of_work() as work:
        # Killed before its commit.
        fold_next_behind(work.session, LATER, TOKYO, limit=2)
        work.session.rollback()

    fold_behind()
    fold_behind()

    with unit_of_work() as work:
        assert set(work.session.scalars(select(ScoreEntry.entry))) == {3}
        assert read_progress(work.session).behind == 0
