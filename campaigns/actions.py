"""Changing records because a step says so: fields, tags, topics, stages, owners and lists; a statement a step."""

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.errors import NotFound
from abm.models import Segment, User
from abm.words import ItemKind, NeedKind, SegmentKind, StageReason
from campaigns.steps import ActionStep

# Which records an act changes: those of accounts are locked before enrollments, as everywhere.
ON_ACCOUNTS = ("stage", "owner")
ACCOUNT = "account."
CUSTOM = "custom."

SET = """
    with changed as (
        update {table} set {column} = {value} where id = any(cast(:ids as uuid[])) and {held} is distinct from {wanted}
        returning id, {old} as before
    )
    insert into audit_entries (at, act, subject, subject_id, detail)
    select :at, '{subject}.changed', '{subject}', id, jsonb_build_object('changes', jsonb_build_object(
        cast(:field as text), jsonb_build_object('old', before, 'new', cast(:wanted as text)))) from changed
"""
ADD_TAG = text(
    "update contacts set tags = array_append(tags, cast(:tag as text))"
    " where id = any(cast(:people as uuid[])) and not cast(:tag as text) = any(tags)"
)
REMOVE_TAG = text(
    "update contacts set tags = array_remove(tags, cast(:tag as text)) where id = any(cast(:people as uuid[]))"
)
ADD_TOPIC = text(
    f"""
    insert into needs (account_id, department_id, contact_id, kind, topic, said, said_on)
    select c.account_id, c.department_id, c.id, '{NeedKind.INTEREST}', cast(:topic as text), cast(:topic as text),
        :today
    from contacts c
    where c.id = any(cast(:people as uuid[])) and not exists (
        select from needs n where n.contact_id = c.id and n.topic = cast(:topic as text) and n.archived_at is null)
    """  # noqa: S608 only our own words are put in
)
# Whatever the person says later counts instead.
MUTE_TOPIC = text(
    """
    insert into preferences (contact_id, muted_topics, said_at, hit_id)
    select id, array[cast(:topic as text)], :at, uuidv7() from contacts where id = any(cast(:people as uuid[]))
    on conflict (contact_id) do update set muted_topics = array_append(preferences.muted_topics, cast(:topic as text))
    where not cast(:topic as text) = any(preferences.muted_topics)
    """
)
# Until the scoring model's next look at the account finds another.
SET_STAGE = text(
    f"""
    with changed as (
        update accounts set stage = cast(:stage as text), stage_since = :at
        where id = any(cast(:accounts as uuid[])) and stage <> cast(:stage as text) returning id, old.stage as before
    )
    insert into stage_changes (account_id, old, new, at, reason)
    select id, before, cast(:stage as text), :at, '{StageReason.SEQUENCE_STEP}' from changed
    """  # noqa: S608 only our own words are put in
)
SET_OWNER = text(
    f"""
    with changed as (
        update accounts set owner_id = cast(:owner as uuid)
        where id = any(cast(:accounts as uuid[])) and owner_id is distinct from cast(:owner as uuid)
        returning id, old.owner_id as before
    ), noted as (
        insert into audit_entries (at, act, subject, subject_id, detail)
        select :at, 'account.changed', 'account', id, jsonb_build_object('changes', jsonb_build_object(
            'owner_id', jsonb_build_object('old', before, 'new', cast(:owner as uuid)))) from changed
    )
    insert into timeline_items (account_id, kind, happened_at, detail)
    select c.id, '{ItemKind.OWNER_CHANGED}', :at,
        jsonb_build_object('old', coalesce(u.name, ''), 'new', cast(:name as text))
    from changed c left join users u on u.id = c.before
    """  # noqa: S608 only our own words are put in
)
ADD_TO = text(
    "insert into segment_members (segment_id, contact_id) select :segment, id from contacts"
    " where id = any(cast(:people as uuid[])) and archived_at is null on conflict do nothing"
)
REMOVE_FROM = text(
    "delete from segment_members where segment_id = :segment and contact_id = any(cast(:people as uuid[]))"
)


@dataclass(frozen=True)
class Concerned:
    """Whose records a step changes, when, and where days are counted."""

    people: Collection[uuid.UUID]
    accounts: Collection[uuid.UUID]
    at: datetime
    zone: ZoneInfo

    @property
    def values(self) -> Mapping[str, Any]:
        """What the statements are filled with."""
        return {"people": list(self.people), "accounts": list(self.accounts), "at": self.at}


def changes_accounts(step: ActionStep) -> bool:
    """Whether it changes records of companies."""
    return step.act in ON_ACCOUNTS or (step.act == "set" and any(name.startswith(ACCOUNT) for name in step.value))


def change_records(session: Session, step: ActionStep, concerned: Concerned) -> None:
    """Do what an action step says to all of these at once."""
    ACTS[step.act](session, step.value, concerned)


def frozen_list(session: Session, name: str) -> uuid.UUID:
    """The list of this name; only one whose people stay as they were put in can be changed by a step."""
    wanted = select(Segment.id).where(Segment.name == name, Segment.kind == SegmentKind.STATIC)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(f"there is no list {name!r}; a step adds to and removes from static segments")
    return found


def _run(session: Session, statement: Any, concerned: Concerned, **more: Any) -> None:
    values = {**concerned.values, **more}
    session.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement.text})


def _set(session: Session, fields: Mapping[str, Any], concerned: Concerned) -> None:
    for name, wanted in fields.items():
        subject, _, column = name.partition(".")
        ids = concerned.accounts if name.startswith(ACCOUNT) else concerned.people
        values = {"ids": list(ids), "at": concerned.at, "field": column, "wanted": str(wanted)}
        if column.startswith(CUSTOM):
            code = column.removeprefix(CUSTOM)
            values |= {"code": code, "json": json.dumps(wanted)}
        session.execute(text(_setting(f"{subject}s", subject, column)), values)


def _setting(table: str, subject: str, column: str) -> str:
    """The statement that fills in one field; the names come from the grammar, values and codes as parameters."""
    if not column.startswith(CUSTOM):
        wanted = "cast(:wanted as text)"
        return SET.format(
            table=table, subject=subject, column=column, value=wanted, held=column, wanted=wanted, old=f"old.{column}"
        )
    value = "jsonb_set(custom, array[cast(:code as text)], cast(:json as jsonb))"
    held = "custom -> cast(:code as text)"
    return SET.format(
        table=table,
        subject=subject,
        column="custom",
        value=value,
        held=held,
        wanted="cast(:json as jsonb)",
        old=f"old.{held}",
    )


def _tag(session: Session, tag: str, concerned: Concerned) -> None:
    _run(session, ADD_TAG, concerned, tag=tag)


def _untag(session: Session, tag: str, concerned: Concerned) -> None:
    _run(session, REMOVE_TAG, concerned, tag=tag)


def _topic(session: Session, told: Mapping[str, str], concerned: Concerned) -> None:
    if told.get("add"):
        _run(session, ADD_TOPIC, concerned, topic=told["add"], today=local_day(concerned.at, concerned.zone))
    else:
        _run(session, MUTE_TOPIC, concerned, topic=told["mute"])


def _stage(session: Session, stage: str, concerned: Concerned) -> None:
    _run(session, SET_STAGE, concerned, stage=stage)


def _owner(session: Session, email: str, concerned: Concerned) -> None:
    user = session.execute(select(User.id, User.name).where(User.email == email, User.disabled_at.is_(None))).first()
    if user is None:
        raise NotFound("the user whom a step makes the owner does not exist or cannot log in")
    _run(session, SET_OWNER, concerned, owner=user.id, name=user.name)


def _add_to(session: Session, name: str, concerned: Concerned) -> None:
    _run(session, ADD_TO, concerned, segment=frozen_list(session, name))


def _remove_from(session: Session, name: str, concerned: Concerned) -> None:
    _run(session, REMOVE_FROM, concerned, segment=frozen_list(session, name))


ACTS: Mapping[str, Callable[[Session, Any, Concerned], None]] = {
    "set": _set,
    "add_tag": _tag,
    "remove_tag": _untag,
    "topic": _topic,
    "stage": _stage,
    "owner": _owner,
    "add_to": _add_to,
    "remove_from": _remove_from,
}
