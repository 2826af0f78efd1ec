"""The manager's view of tasks: load, acceptance, reasons, what lies too long, and giving a task to somebody else."""

import uuid

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.customers.company_calendar import read_calendar
from abm.errors import Conflict, Invalid
from abm.handoff.reassign import reassign
from abm.models import Task
from abm.reports.task_overview import LOOKED_BACK, manages, read_overview, team_of
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_id
from abm.web.labels import problem
from abm.words import Role

bp = Blueprint("task_overview", __name__, url_prefix="/tasks")

# Where one came from, and goes back to.
OVERVIEW = "overview"


@bp.get("/overview")
@requires(Role.SALES)
def index() -> ResponseReturnValue:
    """Everybody's for marketers and administrators, one's own team for whoever manages one."""
    with work() as act:
        team = _team(act.session)
        found = read_overview(act.session, act.at, settings().zone, team=team)
        people = owners(act.session)
        g.task_calendar = read_calendar(act.session, settings().zone)
    known = {"people": people, "now": act.at, "days": LOOKED_BACK.days, "is_team": team is not None}
    return render_template("tasks/overview.html", found=found, **known)


@bp.post("/<uuid:task_id>/owner")
@requires(Role.SALES)
def give(task_id: uuid.UUID) -> ResponseReturnValue:
    """Give a task to somebody else, from its page or from the overview."""
    to = read_id(request.form.get("to", ""))
    try:
        with work() as act:
            if not may_give(act.session, task_id):
                abort(403)
            if to is None:
                raise Invalid("choose a user who can answer tasks", "to", "unknown_owner")
            reassign(act.session, task_id, to, by=current_user().id, at=act.at, zone=settings().zone)
        flash(_("The task has a new owner."), "success")
    except Invalid as error:
        flash(problem(error), "warning")
    except Conflict:
        flash(_("Somebody was faster: the task is over, or with this owner already."), "warning")
    if request.form.get("back") == OVERVIEW:
        return redirect(url_for("task_overview.index"), 303)
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def may_give(session: Session, task_id: uuid.UUID) -> bool:
    """Marketers and administrators may, and whoever manages its owner; of a task without an owner any manager."""
    me = current_user()
    if me.may(Role.MARKETER):
        return True
    task = session.get(Task, task_id)
    return task is not None and manages(session, me.id) and task.owner_id in (None, *team_of(session, me.id))


def _team(session: Session) -> list[uuid.UUID] | None:
    me = current_user()
    if me.may(Role.MARKETER):
        return None
    if not manages(session, me.id):
        abort(403)
    return team_of(session, me.id)
