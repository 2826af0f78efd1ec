"""Replay pages: asked for, run by a worker, read in both languages; a proposal becomes a draft at one press."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from abm.handoff.replaying import replays_wait, run_next
from abm.models import Account, Deal, ModelDraft, MqaChange, Replay, ScoreEntry, ScoreModel, Task
from abm.scoring.draft import open_draft
from abm.scoring.live import default_document, ensure_model
from abm.words import AnswerCode, DealStage, EventKind, ReplayState, Role, Seniority, TaskKind, TaskState, Verdict
from abm.work import Installation, unit_of_work
from tests.abm.scoring.ledgers import TOKYO
from tests.abm.web.conftest import LogIn
from tests.worlds import make_account, make_contact, make_event


def hot_account(session: Session, name: str, at: datetime) -> Account:
    """Two people who downloaded a lot, a month ago; folded."""
    account = make_account(session, name, industry="製造業")
    for number in range(2):
        who = make_contact(session, account, f"担当 {number}", None, seniority=Seniority.SECTION_HEAD)
        for hour in range(4):
            when = at - timedelta(days=30, hours=hour)
            make_event(session, who, EventKind.PREMIUM_DOWNLOAD, when, verdict=Verdict.PROVEN, folded_at=at)
    return account


def hand_off(session: Session, account: Account, code: AnswerCode, state: TaskState, at: datetime) -> Task:
    """A hand-off of this account, by downloads, with its answer."""
    task = Task(
        kind=TaskKind.HAND_OFF,
        state=state,
        account_id=account.id,
        why=[],
        receipt={"entries": [{"kind": EventKind.PREMIUM_DOWNLOAD, "value": 40.0}]},
        created_at=at - timedelta(days=29, hours=20),
        closed_at=at - timedelta(days=28),
        answer=code,
    )
    session.add(task)
    session.flush()
    return task


def make_world() -> uuid.UUID:
    """Six accounts called false, one that became a meeting, and a draft that gives less for downloads."""
    with unit_of_work() as work:
        ensure_model(work.session)
        for number in range(6):
            account = hot_account(work.session, f"株式会社アクメ{number}", work.at)
            hand_off(work.session, account, AnswerCode.NO_NEED, TaskState.RECYCLED, work.at)
        won = hot_account(work.session, "株式会社ベータ", work.at)
        hand_off(work.session, won, AnswerCode.MEETING, TaskState.MEETING, work.at)
        document = default_document()
        document["kinds"]["premium_download"]["base"] = 3
        return open_draft(work.session, document, at=work.at, by=None, note="資料を控えめに").id


def win_alone(name: str) -> None:
    """A deal that sales won by themselves."""
    with unit_of_work() as work:
        account = make_account(work.session, "株式会社ガンマ")
        won = {"stage": DealStage.WON, "stage_since": work.at, "created_at": work.at}
        work.session.add(Deal(account_id=account.id, name=name, **won))


def ask(client: FlaskClient, **values: Any) -> str:
    """Ask for a replay; answers the address of its page."""
    answer = client.post("/settings/replays", data={"since": "", "until": "", **values})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_draft_is_replayed_and_says_who_is_lost(installation: Installation, log_in: LogIn) -> None:
    client, draft_id = log_in(Role.MARKETER), make_world()
    win_alone("受注案")
    page = ask(client, draft=draft_id)
    assert "The months are being walked through." in client.get(page).text

    assert run_next(TOKYO)

    text = client.get(page).text
    assert "No longer handed over" in text
    assert "株式会社アクメ3" in text
    assert "受注案</a>, without a hand-off" in text
    assert "Meeting: 1 of 1" in text


def test_the_same_page_speaks_japanese(installation: Installation, log_in: LogIn) -> None:
    client, draft_id = log_in(Role.MARKETER, language="ja"), make_world()
    page = ask(client, draft=draft_id)
    run_next(TOKYO)

    text = client.get(page).text

    assert "引き渡されなくなる企業" in text
    assert "No longer" not in text


def test_a_replay_writes_nothing_but_its_own_row(installation: Installation, log_in: LogIn) -> None:
    draft_id = make_world()
    ask(log_in(Role.MARKETER), draft=draft_id)
    counted = (ScoreEntry, MqaChange, Task, ScoreModel)
    with unit_of_work() as work:
        before = [work.session.scalar(select(func.count()).select_from(table)) for table in counted]

    run_next(TOKYO)

    with unit_of_work() as work:
        after = [work.session.scalar(select(func.count()).select_from(table)) for table in counted]
    assert after == before


def test_a_replay_whose_worker_died_is_begun_anew(installation: Installation, log_in: LogIn) -> None:
    draft_id = make_world()
    ask(log_in(Role.MARKETER), draft=draft_id)
    with unit_of_work() as work:
        dead = update(Replay).values(leased_until=work.at - timedelta(minutes=1), attempts=1, done=3)
        work.session.execute(dead)
        assert replays_wait(work.session, work.at)

    assert run_next(TOKYO)

    with unit_of_work() as work:
        replay = work.session.scalars(select(Replay)).one()
        assert (replay.state, replay.attempts) == (ReplayState.DONE, 2)
        assert not replays_wait(work.session, work.at)


def test_what_never_comes_to_its_end_is_given_up(installation: Installation, log_in: LogIn) -> None:
    draft_id = make_world()
    client = log_in(Role.MARKETER)
    page = ask(client, draft=draft_id)
    with unit_of_work() as work:
        work.session.execute(update(Replay).values(attempts=3))

    run_next(TOKYO)

    assert "The replay has failed" in client.get(page).text


def test_months_in_the_wrong_order_are_refused(installation: Installation, log_in: LogIn) -> None:
    draft_id = make_world()

    answer = log_in(Role.MARKETER).post(
        "/settings/replays", data={"draft": draft_id, "since": "2026-05-01", "until": "2026-04-01"}
    )

    assert answer.status_code == 422


def test_a_proposal_shows_its_effect_and_becomes_a_draft_at_one_press(
    installation: Installation, log_in: LogIn
) -> None:
    make_world()
    client = log_in(Role.MARKETER)
    page = ask(client, draft="proposals")
    run_next(TOKYO)
    text = client.get(page).text
    assert "Lower points: " in text
    assert "Rests on 6 of 7 answers" in text

    made = client.post(f"{page}/proposals/0/draft")

    assert made.status_code == 303
    with unit_of_work() as work:
        draft = work.session.scalars(select(ModelDraft).order_by(ModelDraft.created_at.desc()).limit(1)).one()
        assert draft.document != default_document()
        live = work.session.scalars(select(ScoreModel).where(ScoreModel.is_live)).one()
        assert live.document == default_document()


def test_sales_may_not_replay(installation: Installation, log_in: LogIn) -> None:
    assert log_in(Role.SALES).get("/settings/replays").status_code == 403
