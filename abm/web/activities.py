"""Work with a customer: logging it in one line, what comes next, and notices about colleagues."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import Away, away_on
from abm.customers.hearing import people_of_account
from abm.customers.named import find_person
from abm.customers.next_actions import Promise, close_next_action, set_next_action
from abm.customers.notices import put_away
from abm.customers.rights import may_edit_people
from abm.errors import NotFound
from abm.handoff.activities import LOGGED, Activity, Colleague, Logged, colleagues_on, log_activity
from abm.models import Account, Contact, Department
from abm.reports.working import (
    ActionRow,
    NoticeRow,
    actions_of_account,
    actions_of_contact,
    due_actions,
    list_actions,
    list_unplanned,
    notices_of,
    owner_loads,
    owners,
)
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_id, asked_page, read_day, read_id, read_local_moment
from abm.web.forms import refused, why_not
from abm.web.sentences import comma
from abm.words import ActionOutcome, ItemKind, Role

bp = Blueprint("activities", __name__)


@bp.get("/accounts/<uuid:account_id>/activities")
@requires(Role.SALES)
def ask(account_id: uuid.UUID) -> ResponseReturnValue:
    """The form on a page of its own."""
    return _page(account_id, request.args, {})


@bp.post("/accounts/<uuid:account_id>/activities")
@requires(Role.SALES)
def log(account_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was done; whoever else works on the account is named and told."""
    form = request.form
    moment = form.get("happened_at", "").strip()
    problems = {} if form.get("kind") in set(LOGGED) else {"kind": "activity_missing"}
    if moment and read_local_moment(moment) is None:
        problems["happened_at"] = "unknown"
    if form.get("minutes", "").strip() and _read_minutes(form) is None:
        problems["minutes"] = "minutes_out_of_range"
    logged: list[Logged] = []

    def save() -> None:
        with work() as act:
            activity = _activity(act.session, account_id, form, read_local_moment(moment) or act.at)
            logged.append(log_activity(act.session, activity, by=current_user().id, at=act.at, zone=settings().zone))

    errors, status = refused(problems, save)
    if errors:
        return _page(account_id, form, errors), status
    _say_what_followed(logged[0])
    # What was heard waits there to be confirmed.
    place = "#heard" if logged[0].heard else ""
    if contact_id := read_id(form.get("back", "")):
        return redirect(url_for("contacts.show", contact_id=contact_id) + place, 303)
    return redirect(url_for("accounts.show", account_id=account_id) + place, 303)


@bp.post("/accounts/<uuid:account_id>/next-action")
@requires(Role.SALES)
def plan(account_id: uuid.UUID) -> ResponseReturnValue:
    """What comes next with the account, or with one of its people."""
    form = request.form
    said, problems = read_plan(form)

    def save() -> None:
        with work() as act:
            contact_id = read_id(form.get("contact_id", ""))
            promise = Promise(account_id, **said, contact_id=contact_id)
            set_next_action(act.session, promise, by=current_user().id, at=act.at)

    errors, status = refused(problems, save)
    if errors:
        return _page(account_id, form, errors), status
    flash(_("The next action was saved."), "success")
    if contact_id := read_id(form.get("back", "")):
        return redirect(url_for("contacts.show", contact_id=contact_id), 303)
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def read_plan(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """When, by whom and what, as the form of a next action says it; and what is wrong with it, by field."""
    due_on, owner_id = read_day(form.get("due_on", "")), read_id(form.get("owner_id", ""))
    problems = {} if due_on else {"due_on": "required"}
    if owner_id is None:
        problems["owner_id"] = "unknown"
    return {"due_on": due_on, "owner_id": owner_id, "what": form.get("what", "").strip()[:500]}, problems


@bp.get("/next-actions")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Overdue, planned, and accounts without any plan: mine, one colleague's or everybody's."""
    me = current_user()
    mine = request.args.get("mine", "1" if me.role == Role.SALES and "owner" not in request.args else "") == "1"
    owner_id = me.id if mine else asked_id("owner")
    with work() as act:
        today = local_day(act.at, settings().zone)
        actions = list_actions(act.session, owner_id=owner_id)
        unplanned = list_unplanned(act.session, owner_id=owner_id, page=asked_page())
        away = away_on(act.session, today)
        loads = [] if owner_id else owner_loads(act.session, today)
        whose = dict(owners(act.session, [owner_id])).get(str(owner_id), "")
    late = [action for action in actions if action.due_on < today]
    planned = [action for action in actions if action.due_on >= today]
    known = {"late": late, "planned": planned, "unplanned": unplanned, "mine": mine, "loads": loads, "whose": whose}
    known |= {"away": away}
    return render_template("next_actions/index.html", today=today, **known)


@bp.post("/next-actions/<uuid:action_id>/close")
@requires(Role.SALES)
def close(action_id: uuid.UUID) -> ResponseReturnValue:
    """Done or dropped."""
    outcome = ActionOutcome.DONE if request.form.get("outcome") == ActionOutcome.DONE else ActionOutcome.DROPPED
    account: list[uuid.UUID] = []

    def save() -> None:
        with work() as act:
            closed = close_next_action(act.session, action_id, outcome, by=current_user().id, at=act.at)
            account.append(closed.account_id)

    if problem := why_not(save):
        flash(problem, "warning")
        return redirect(url_for("activities.index"), 303)
    flash(_("The next action is closed. What comes next?"), "success")
    return redirect(url_for("accounts.show", account_id=account[0]), 303)


@bp.post("/notices/<uuid:notice_id>/put-away")
@requires(Role.VIEWER)
def put_notice_away(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Show this notice no longer."""
    with work() as act:
        put_away(act.session, notice_id, by=current_user().id, at=act.at)
    return redirect(url_for("home.index"), 303)


@dataclass(frozen=True)
class Working:
    """What the parts of a page about work need: who else works here, what is planned, and what may be done."""

    account_id: uuid.UUID
    contact_id: uuid.UUID | None
    colleagues: Sequence[Colleague]
    actions: Sequence[ActionRow]
    owners: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]
    may_edit_people: bool
    # Who of us is away today.
    away: Mapping[uuid.UUID, Away]
    today: date
    values: Mapping[str, Any]
    errors: Mapping[str, str]

    @property
    def kinds(self) -> list[str]:
        """What can be logged."""
        return [kind.value for kind in LOGGED]

    @property
    def with_whom(self) -> list[tuple[str, str]]:
        """People and departments as one choice."""
        people = [(f"c:{key}", name) for key, name in self.people]
        return people + [(f"d:{key}", name) for key, name in self.departments]


def working_here(
    session: Session,
    account_id: uuid.UUID,
    at: datetime,
    *,
    contact_id: uuid.UUID | None = None,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Working:
    """What an account's page, or with a contact that person's page, shows about work."""
    me = current_user()
    people = select(Contact.id, Contact.full_name).where(
        Contact.account_id == account_id, Contact.archived_at.is_(None)
    )
    departments = select(Department.id, Department.name).where(
        Department.account_id == account_id, Department.archived_at.is_(None)
    )
    return Working(
        account_id,
        contact_id,
        colleagues_on(session, account_id, but=me.id, at=at),
        actions_of_contact(session, contact_id) if contact_id else actions_of_account(session, account_id),
        owners(session),
        [(str(key), name) for key, name in session.execute(people.order_by(Contact.full_name, Contact.id))],
        [(str(key), name) for key, name in session.execute(departments.order_by(Department.name))],
        may_edit_people(session, account_id, by=me.id, role=me.role),
        away_on(session, local_day(at, settings().zone)),
        local_day(at, settings().zone),
        values or {},
        errors or {},
    )


@dataclass(frozen=True)
class Mine:
    """What a rep keeps in view on Home."""

    notices: Sequence[NoticeRow]
    due: Sequence[ActionRow]
    today: date


def mine_now(session: Session, at: datetime) -> Mine:
    """The notices and due next actions of the user of this request."""
    me, today = current_user(), local_day(at, settings().zone)
    return Mine(notices_of(session, me.id), due_actions(session, me.id, today), today)


def _activity(session: Session, account_id: uuid.UUID, form: Mapping[str, str], happened_at: datetime) -> Activity:
    sort, _colon, key = form.get("with", "").partition(":")
    what = form.get("what", "").replace("\x00", "").strip()[:2000]
    if sort == "auto":
        sort, key = "c", find_person(what, people_of_account(session, account_id)) or ""
    return Activity(
        ItemKind(form["kind"]),
        account_id,
        happened_at,
        what,
        contact_id=read_id(key) if sort == "c" else None,
        department_id=read_id(key) if sort == "d" else None,
        minutes=_read_minutes(form) if form["kind"] == ItemKind.MEETING else None,
    )


def _read_minutes(form: Mapping[str, str]) -> int | None:
    text = form.get("minutes", "").strip()
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _say_what_followed(logged: Logged) -> None:
    flash(_("Logged."), "success")
    if logged.heard:
        flash(_("%(count)s suggestions were read from the words; look and confirm.", count=logged.heard), "success")
    if logged.started:
        flash(_("The accepted hand-off is now being worked on."), "success")
    if logged.colleagues:
        names = comma().join(colleague.name for colleague in logged.colleagues)
        flash(_("Others work on this account too: %(names)s. Please talk to each other.", names=names), "warning")


def _page(account_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        account = act.session.get(Account, account_id)
        if account is None or account.archived_at is not None:
            raise NotFound("no such account")
        person = read_id(values.get("back", ""))
        working = working_here(act.session, account_id, act.at, contact_id=person, values=values, errors=errors)
    return render_template("accounts/activity.html", account=account, working=working)
