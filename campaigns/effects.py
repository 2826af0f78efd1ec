"""Doing what steps bring about besides mail: rows alone, each once for an enrollment, a step and a visit of it."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.channels.steps import Saying, tell_channels, tell_users
from abm.guard.task_facts import Subject
from abm.handoff.steps import StepAsk, open_step_tasks
from abm.models import Contact
from abm.models import Sequence as SequenceRow
from abm.scoring.evaluate import lock_accounts
from abm.words import NotifyTo, TriggerKind
from campaigns.actions import Concerned, change_records, changes_accounts
from campaigns.moves import Effect, Standing
from campaigns.plans import Version
from campaigns.rerouted import Rerouted, leave_to_owners
from campaigns.starting import hold_sequences, start_people
from campaigns.steps import ActionStep, JumpStep, MailStep, NotifyStep, TaskStep, WebhookStep, by_step

Made = tuple[Standing, Effect]


@dataclass(frozen=True)
class Doing:
    """What effects need besides themselves."""

    session: Session
    versions: Mapping[uuid.UUID, Version]
    at: datetime
    zone: ZoneInfo
    # As whom we write.
    sender: str = ""


def lock_for_effects(session: Session, effects: Sequence[Made]) -> None:
    """Lock the sequences that are jumped to and the accounts whose records are changed: before enrollments, always."""
    hold_sequences(session, _targets(session, effects).values())
    changed = {
        standing.account_id
        for standing, effect in effects
        if isinstance(effect.step, ActionStep) and changes_accounts(effect.step)
    }
    if changed:
        lock_accounts(session, changed)


def write_effects(doing: Doing, effects: Sequence[Made]) -> None:
    """Do all of these, each kind in as few statements as it takes."""
    by_kind: defaultdict[type, list[Made]] = defaultdict(list)
    for made in effects:
        by_kind[type(made[1].step)].append(made)
    for kind, do in EFFECTS.items():
        if kind in by_kind:
            do(doing, by_kind[kind])


def _act(doing: Doing, effects: Sequence[Made]) -> None:
    acting = ((effect.step, standing) for standing, effect in effects if isinstance(effect.step, ActionStep))
    for step, standings in by_step(acting):
        accounts = {standing.account_id for standing in standings}
        people = {id for ids in _people(doing.session, standings).values() for id in ids}
        change_records(doing.session, step, Concerned(people, accounts, doing.at, doing.zone))


def _open_tasks(doing: Doing, effects: Sequence[Made]) -> None:
    asks = [_ask(standing, effect, doing.versions[standing.version_id]) for standing, effect in effects]
    open_step_tasks(doing.session, asks, doing.at, doing.zone)


def _ask(standing: Standing, effect: Effect, version: Version) -> StepAsk:
    step = effect.step
    assert isinstance(step, TaskStep)
    why: list[dict[str, Any]] = [{"code": "step", "title": dict(step.title)}]
    if step.body:
        why.append({"code": "step", "title": dict(step.body)})
    why.append({"code": "of_sequence", "title": dict(version.title)})
    subject = Subject(standing.account_id, standing.department_id, standing.contact_id)
    return StepAsk(standing.id, step.key, effect.occurrence, subject, why, step.business_hours, step.days)


def _leave_mails(doing: Doing, effects: Sequence[Made]) -> None:
    """A task for each mail that the guard leaves to the owner."""
    rerouted = [_rerouted(doing, standing, effect) for standing, effect in effects if effect.to]
    leave_to_owners(doing.session, rerouted, doing.sender, doing.at, doing.zone)


def _rerouted(doing: Doing, standing: Standing, effect: Effect) -> Rerouted:
    step, version = effect.step, doing.versions[standing.version_id]
    assert isinstance(step, MailStep)
    assert effect.to is not None
    return Rerouted(
        standing.id,
        step.key,
        effect.occurrence,
        standing.account_id,
        effect.to.contact_id,
        version.mail_for(step.mail, effect.to.language),
        dict(version.title),
        tuple(str(reason) for reason in effect.reasons),
    )


def _notify(doing: Doing, effects: Sequence[Made]) -> None:
    channels: list[tuple[str, Saying]] = []
    users: list[tuple[bool, Saying]] = []
    for standing, effect in effects:
        step = effect.step
        assert isinstance(step, NotifyStep)
        saying = _saying(doing, standing, effect, step.text)
        if step.to is NotifyTo.CHANNEL:
            channels.append((step.channel or "", saying))
        else:
            users.append((step.to is NotifyTo.MANAGERS, saying))
    tell_channels(doing.session, channels, doing.at)
    tell_users(doing.session, users, doing.at, doing.zone)


def _call_webhooks(doing: Doing, effects: Sequence[Made]) -> None:
    told = []
    for standing, effect in effects:
        assert isinstance(effect.step, WebhookStep)
        told.append((effect.step.channel, _saying(doing, standing, effect, {})))
    tell_channels(doing.session, told, doing.at)


def _saying(doing: Doing, standing: Standing, effect: Effect, text: Mapping[str, str]) -> Saying:
    version = doing.versions[standing.version_id]
    return Saying(
        standing.id,
        effect.step.key,
        effect.occurrence,
        version.sequence,
        version.title,
        Subject(standing.account_id, standing.department_id, standing.contact_id),
        text,
    )


def _jump(doing: Doing, effects: Sequence[Made]) -> None:
    """Take the people on where the step leads, on that sequence's own terms; one enrollment brings somebody once."""
    names: defaultdict[str, list[Standing]] = defaultdict(list)
    for standing, effect in effects:
        assert isinstance(effect.step, JumpStep)
        names[effect.step.sequence].append(standing)
    session = doing.session
    ids = _targets(session, effects)
    intakes = hold_sequences(session, ids.values())
    for name, standings in sorted(names.items()):
        # One that was ended meanwhile takes nobody on: whoever comes has left here all the same.
        if name in ids and (intake := intakes.get(ids[name])):
            people = _people(session, standings)
            brought = [(contact_id, standing.id) for standing in standings for contact_id in people[standing.id]]
            start_people(session, intake, brought, TriggerKind.HAND, doing.at)


def _targets(session: Session, effects: Sequence[Made]) -> dict[str, uuid.UUID]:
    """The sequences that these lead to, by name."""
    names = {effect.step.sequence for _, effect in effects if isinstance(effect.step, JumpStep)}
    if not names:
        return {}
    found = select(SequenceRow.name, SequenceRow.id).where(SequenceRow.name.in_(names))
    return {row.name: row.id for row in session.execute(found)}


def _people(session: Session, standings: Collection[Standing]) -> Mapping[uuid.UUID, Sequence[uuid.UUID]]:
    """By enrollment: its person, or everybody living at its account."""
    accounts = {one.account_id for one in standings if one.contact_id is None}
    living = select(Contact.account_id, Contact.id).where(
        Contact.account_id.in_(accounts), Contact.archived_at.is_(None)
    )
    members: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for account_id, contact_id in session.execute(living.order_by(Contact.id)) if accounts else ():
        members[account_id].append(contact_id)
    return {one.id: [one.contact_id] if one.contact_id else members[one.account_id] for one in standings}


# Records first: what is told and asked for may depend on them.
EFFECTS: Mapping[type, Callable[[Doing, Sequence[Made]], None]] = {
    ActionStep: _act,
    TaskStep: _open_tasks,
    MailStep: _leave_mails,
    NotifyStep: _notify,
    WebhookStep: _call_webhooks,
    JumpStep: _jump,
}
