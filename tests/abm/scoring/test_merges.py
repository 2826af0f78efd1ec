"""Random histories: merged, lived on and undone is the same as never merged, for records and for scores."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.refolds import ask_refold
from abm.customers.timeline import Item, add_items
from abm.models import (
    Account,
    AccountDomain,
    AccountMerge,
    Contact,
    ContactScore,
    Department,
    Event,
    MqaChange,
    ScoreEntry,
    StageChange,
    Task,
    TimelineItem,
)
from abm.scoring.evaluate import evaluate_accounts, evaluate_due, lock_accounts
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import ensure_model
from abm.scoring.report import score_report
from abm.words import EventKind, ExcludedReason, ItemKind, MqaCause, Seniority, Stage, TaskKind, TaskState, Verdict
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_department, make_event, make_user

KINDS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.REPLY, EventKind.WEBINAR_ATTENDED, EventKind.OPEN)
DEPARTMENTS = ("購買部", "情報システム部", "工場")
STATES = (TaskState.NEW, TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.WORKING)


@dataclass
class World:
    """Two firms with people, the same in each world but for their ids."""

    session: Session
    name: str
    firms: list[Account] = field(default_factory=list)
    people: list[Contact] = field(default_factory=list)


def build(session: Session, name: str, chance: random.Random, owner: uuid.UUID) -> World:
    world = World(session, name)
    for number, typed in enumerate(("株式会社アクメ", "アクメ販売株式会社")):
        over = {"phone": "03-1111-1111"} if chance.random() < 0.5 else {}
        if chance.random() < 0.3:
            over["excluded_reason"] = ExcludedReason.COMPETITOR.value
        firm = make_account(session, typed, owner_id=owner if chance.random() < 0.5 else None, **over)
        world.firms.append(firm)
        for domain in chance.sample(("acme.example", "hanbai.example"), chance.randint(0, 2)):
            session.add(AccountDomain(account_id=firm.id, domain=domain))
        homes = [None, *(make_department(session, firm, one) for one in chance.sample(DEPARTMENTS, 2))]
        for place in range(3):
            home = chance.choice(homes)
            email = f"{name}-{number}-{place}@acme.example"
            title = {"seniority": chance.choice(list(Seniority)).value, "department_id": home.id if home else None}
            world.people.append(make_contact(session, firm, f"人 {number}{place}", email, **title))
        if chance.random() < 0.7:
            home = chance.choice(homes)
            open_task(world, firm, chance.choice(STATES), home.id if home else None)
    session.flush()
    return world


def open_task(world: World, firm: Account, state: TaskState, department_id: uuid.UUID | None) -> None:
    evidence = [{"cause": "entered", "of": firm.name}]
    values = {"kind": TaskKind.HAND_OFF, "state": state, "why": [], "created_at": NOON, "evidence": evidence}
    world.session.add(Task(account_id=firm.id, department_id=department_id, **values))


def live(world: World, chance: random.Random, at: datetime, acts: int) -> None:
    """A while of history; people act wherever their records are now."""
    for _ in range(acts):
        person = chance.choice(world.people)
        world.session.refresh(person)
        when = at + timedelta(minutes=chance.randint(0, 20_000))
        kind, verdict = chance.choice(KINDS), chance.choice((Verdict.PROVEN, Verdict.LIKELY, Verdict.UNKNOWN))
        match chance.choice(("event", "event", "event", "note", "title")):
            case "event":
                event = make_event(world.session, person, kind, when, verdict=verdict, minutes=chance.randint(5, 60))
                told(world, person, ItemKind.EVENT, when, {"event": kind.value}, event.id)
            case "note":
                told(world, person, ItemKind.NOTE, when, {}, None)
            case _:
                person.seniority = chance.choice(list(Seniority)).value
                ask_refold(world.session, [person.id])
    world.session.flush()
    settle(world, at + timedelta(days=15))


def told(
    world: World, person: Contact, kind: ItemKind, when: datetime, detail: dict[str, Any], about: uuid.UUID | None
) -> None:
    item = Item(kind, person.account_id, when, person.department_id, person.id, detail=detail, subject_id=about)
    add_items(world.session, [item])


def settle(world: World, at: datetime) -> None:
    """Fold and evaluate as the workers do."""
    while fold_next_batch(world.session, at, TOKYO):
        pass
    ids = [firm.id for firm in world.firms]
    lock_accounts(world.session, ids)
    evaluate_accounts(world.session, ids, at, ensure_model(world.session), TOKYO)
    world.session.expire_all()


def records(world: World) -> dict[str, Any]:
    """Everything of both firms in words that are the same in every world."""
    return {firm.name: _records(world.session, firm) for firm in world.firms}


def _records(session: Session, firm: Account) -> dict[str, Any]:
    def lines(*columns: Any, joined: Callable[[Any], Any] = lambda query: query) -> list[Any]:
        own = columns[0].class_.account_id == firm.id
        return sorted(str(tuple(row)) for row in session.execute(joined(select(*columns)).where(own)))

    def with_home(kind: Any) -> Callable[[Any], Any]:
        return lambda query: query.outerjoin(Department, Department.id == kind.department_id)

    def of_person(kind: Any) -> Callable[[Any], Any]:
        return lambda query: with_home(kind)(query).join(Contact, Contact.id == kind.contact_id)

    settled = TimelineItem.kind.in_((ItemKind.EVENT, ItemKind.NOTE))
    return {
        "fields": (firm.owner_id, firm.phone, firm.excluded_reason, firm.archived_at, firm.merged_into_id),
        "domains": lines(AccountDomain.domain),
        "departments": lines(Department.name),
        "people": lines(Contact.full_name, Department.name, joined=with_home(Contact)),
        "events": lines(Event.happened_at, Event.kind, Contact.full_name, Department.name, joined=of_person(Event)),
        "timeline": lines(
            TimelineItem.happened_at,
            TimelineItem.kind,
            Contact.full_name,
            Department.name,
            joined=lambda query: of_person(TimelineItem)(query).where(settled),
        ),
        "tasks": lines(Task.state, Task.evidence, Department.name, joined=with_home(Task)),
    }


def scores(world: World, at: datetime) -> dict[str, Any]:
    """What both firms and their people are worth."""
    found: dict[str, Any] = {}
    for firm in world.firms:
        report = score_report(world.session, firm.id, at=at)
        kept = select(ContactScore.points).where(ContactScore.account_id == firm.id)
        entries = select(ScoreEntry.entry).where(ScoreEntry.account_id == firm.id)
        found[firm.name] = {
            "shown": report["shown"],
            "vector": pytest.approx(report["vector"], abs=1e-9),
            "account": pytest.approx([firm.depth, firm.counted_depth, firm.breadth], abs=1e-9),
            "stage": firm.stage,
            "kept": pytest.approx(sorted(world.session.scalars(kept)), abs=1e-9),
            "entries": pytest.approx(sorted(world.session.scalars(entries)), abs=1e-12),
        }
    return found


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """The same without the tolerance, for the side that is measured."""
    return {firm: {name: getattr(v, "expected", v) for name, v in one.items()} for firm, one in found.items()}


def test_an_mqa_that_comes_back_asks_for_no_second_hand_off(session: Session) -> None:
    goes, stays = make_account(session), make_account(session, "アクメ販売株式会社")
    world = World(session, "hot", [goes, stays])
    for number in range(2):
        person = make_contact(session, goes, f"人 {number}", f"{number}@acme.example", seniority=Seniority.EXECUTIVE)
        make_event(session, person, EventKind.REPLY, NOON, verdict=Verdict.PROVEN)
    settle(world, NOON)

    made = merge_accounts(session, goes.id, stays.id, by=None, at=NOON)
    evaluate_due(session, NOON, ensure_model(session), TOKYO)
    settle(world, NOON)
    merged = (stays.is_mqa, stays.depth)
    undo_merge(session, made.id, by=None, at=NOON)
    session.flush()
    evaluate_due(session, NOON, ensure_model(session), TOKYO)
    settle(world, NOON)

    asked = select(MqaChange.cause).where(MqaChange.account_id == goes.id)
    moves = select(StageChange.new).where(StageChange.account_id == goes.id)
    assert merged == (True, goes.depth)
    assert (goes.is_mqa, stays.is_mqa, stays.depth) == (True, False, 0)
    assert list(session.scalars(asked)) == [MqaCause.ENTERED]
    assert list(session.scalars(moves)) == [Stage.MQA]


@pytest.mark.parametrize("seed", range(12))
def test_merged_lived_on_and_undone_is_the_same_as_never_merged(session: Session, seed: int) -> None:
    owner = make_user(session).id
    worlds = [build(session, name, random.Random(seed), owner) for name in ("merged", "apart")]
    spring = NOON + timedelta(days=150)
    made: AccountMerge | None = None
    for world in worlds:
        live(world, random.Random(seed + 1), NOON, 25)
        if world.name == "merged":
            made = merge_accounts(session, world.firms[1].id, world.firms[0].id, by=None, at=NOON + timedelta(days=16))
            session.expire_all()
        live(world, random.Random(seed + 2), NOON + timedelta(days=17), 25)
    assert made is not None
    together = [session.scalars(select(Contact).where(Contact.account_id == made.into_account_id)).all()]

    undo_merge(session, made.id, by=None, at=spring)
    session.expire_all()
    for world in worlds:
        settle(world, spring)

    assert len(together[0]) == 6
    assert records(worlds[0]) == records(worlds[1])
    assert plain(scores(worlds[0], spring)) == scores(worlds[1], spring)
