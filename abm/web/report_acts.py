"""What a form under a list asks to be done with the chosen rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from abm.conditions.language import Moment
from abm.errors import Conflict, Invalid
from abm.handoff.chosen import (
    Actor,
    Chosen,
    choose_mine,
    confirm_records,
    give_owner,
    keep_notes,
    make_tasks,
    plan_actions,
    put_into_list,
)
from abm.handoff.coverage import ask_wherever_missing
from abm.web.access import current_user
from abm.web.asked import read_day, read_id
from abm.web.forms import sentence
from abm.web.labels import problem
from abm.web.report_pages.kinds import Report
from abm.web.tables import read_key
from abm.words import ChosenAct


@dataclass(frozen=True)
class Done:
    """What came of it: for how many rows, how many were not the user's to act on, and what is wrong by field."""

    count: int = 0
    left_out: int = 0
    sentence: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """The form, read."""

    what: str
    due_on: date | None
    owner_id: UUID | None
    list_name: str
    title: Mapping[str, str]


def act_on_rows(
    session: Session, report: Report, form: "MultiDict[str, str]", moment: Moment, title: Mapping[str, str]
) -> Done:
    """Do what the pressed button says with the rows that were chosen and are the user's."""
    act = form.get("act", "")
    if act not in set(ChosenAct):
        return Done(problems={"": _("Choose what to do.")})
    me = current_user()
    actor = Actor(me.id, me.role, moment.at, moment.zone)
    asked = _Asked(
        form.get("what", ""),
        read_day(form.get("due_on", "")),
        read_id(form.get("owner_id", "")),
        form.get("list_name", ""),
        title,
    )
    try:
        chosen = _chosen(form)
        if not chosen:
            return Done(problems={"rows": _("Choose at least one row.")})
        mine = choose_mine(session, chosen, actor)
        if not mine:
            return Done(problems={"rows": _("Others look after these companies; ask them, or a marketer.")})
        count, told = ACTS[ChosenAct(act)](session, mine, asked, actor)
    except Invalid as error:
        return Done(problems={error.field: sentence(error.field, error.code, problem(error))})
    except Conflict as error:
        return Done(problems={"": sentence("", error.code, problem(error))})
    return Done(count, len(set(chosen)) - len(mine), told)


def _chosen(form: "MultiDict[str, str]") -> list[Chosen]:
    keys = form.getlist("shown" if form.get("all") == "1" else "rows")
    found = []
    for key in keys:
        account_id, contact_id, deal_id = read_key(key)
        if account_id is not None:
            found.append(Chosen(account_id, contact_id, deal_id))
    return found


def _task(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    count = make_tasks(
        session, rows, asked.what, actor, owner_id=asked.owner_id, due_on=asked.due_on, title=asked.title
    )
    return count, _("Tasks made: %(count)s", count=count)


def _next_action(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    count = plan_actions(session, rows, asked.what, asked.due_on, actor, asked.owner_id)
    return count, _("Next actions set: %(count)s", count=count)


def _note(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    count = keep_notes(session, rows, asked.what, actor)
    return count, _("Notes kept: %(count)s", count=count)


def _segment(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    segment, count = put_into_list(session, rows, asked.list_name, actor)
    return count, _("People added to %(name)s: %(count)s", name=segment.name, count=count)


def _owner(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    count = give_owner(session, rows, asked.owner_id, actor)
    return count, _("Companies given to the owner: %(count)s", count=count)


def _confirm(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    count = confirm_records(session, rows, actor)
    return count, _("Records confirmed: %(count)s", count=count)


def _coverage(session: Session, rows: list[Chosen], asked: _Asked, actor: Actor) -> tuple[int, str]:
    accounts = list(dict.fromkeys(one.account_id for one in rows))
    count = ask_wherever_missing(session, accounts, by=actor.by, at=actor.at, zone=actor.zone)
    return count, _("Owners asked to find missing people: %(count)s", count=count)


Act = Callable[[Session, list[Chosen], _Asked, Actor], tuple[int, str]]
ACTS: dict[ChosenAct, Act] = {
    ChosenAct.TASK: _task,
    ChosenAct.NEXT_ACTION: _next_action,
    ChosenAct.NOTE: _note,
    ChosenAct.SEGMENT: _segment,
    ChosenAct.OWNER: _owner,
    ChosenAct.CONFIRM: _confirm,
    ChosenAct.COVERAGE: _coverage,
}
