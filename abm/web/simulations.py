"""Simulations of a sequence: asked for over chosen days, watched, and read: who, what, when, and why not."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import day_end, day_start, local_day
from abm.errors import Invalid
from abm.models import Simulation
from abm.reports.simulations import list_simulations
from abm.segments.segments import list_segments
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_page, asked_word, fragment, read_day, read_id
from abm.web.downloads import csv_answer
from abm.web.i18n import moment
from abm.web.labels import label, problem
from abm.web.sentences import titled
from abm.words import GuardReason, LeaveReason, Role, SendReason, SimulatedOutcome, SimulationState
from abm.work import Work
from campaigns.newest import newest_document
from campaigns.simulations import ask_for_simulation, get_simulation, name_rows

bp = Blueprint("simulations", __name__, url_prefix="/sequences/<name>/simulations")

MONTHS = timedelta(days=90)
# Further away nothing is recorded, and calendars end.
FARTHEST = timedelta(days=30 * 366)
PAGE = 100
# Who gains or loses a mail is looked at closely, but not by the thousand.
SHOWN = 100
LISTS = ("gained", "lost", "moved")
# What is counted on top of the page, in this order.
FIGURES = (
    ("enrolled", SimulatedOutcome.ENROLLED),
    ("sent", SimulatedOutcome.SENT),
    ("held", SimulatedOutcome.HELD),
    ("skipped", SimulatedOutcome.SKIPPED),
    ("swapped", SimulatedOutcome.SWAPPED),
    ("rerouted", SimulatedOutcome.REROUTED),
    ("tasks", SimulatedOutcome.TASK),
    ("exited", SimulatedOutcome.EXITED),
    ("completed", SimulatedOutcome.COMPLETED),
)
# A reason is a word of one of these; none of them says two things by one word.
REASONS = (GuardReason, LeaveReason, SendReason)


@bp.get("")
@requires(Role.MARKETER)
def index(name: str) -> ResponseReturnValue:
    """The form for a simulation, and those asked for before."""
    return _index_page(name, {}, {})


@bp.post("")
@requires(Role.MARKETER)
def ask(name: str) -> ResponseReturnValue:
    """Have a worker run the sequence over the days chosen."""
    form = request.form
    try:
        with work() as act:
            simulation_id = _ask(act, name, form).id
    except Invalid as error:
        return _index_page(name, form, {error.field: problem(error)}), 422
    return redirect(url_for("simulations.show", name=name, simulation_id=simulation_id), 303)


@bp.get("/<uuid:simulation_id>")
@requires(Role.MARKETER)
def show(name: str, simulation_id: uuid.UUID) -> ResponseReturnValue:
    """How far a simulation is; once it is done, what it came to."""
    with work() as act:
        simulation = get_simulation(act.session, name, simulation_id)
        outcome, page = asked_word("outcome", SimulatedOutcome), asked_page()
        result: Mapping[str, Any] = simulation.result or {}
        rows = [row for row in result.get("rows", ()) if outcome is None or row["outcome"] == outcome]
        shown = name_rows(act.session, rows[(page - 1) * PAGE : page * PAGE])
        differs = _differences(act.session, result)
    return render_template(
        "simulations/_simulation.html" if fragment() else "simulations/show.html",
        simulation=simulation,
        title=titled(simulation.document.get("title"), name),
        result=result,
        figures=FIGURES,
        lists=LISTS,
        differs=differs,
        outcome=outcome,
        outcomes=[("", _("Everything")), *((one.value, label(one, "SimulatedOutcome")) for _name, one in FIGURES)],
        rows=shown,
        count=len(rows),
        page=page,
        size=PAGE,
        last_day=simulation.until - timedelta(microseconds=1),
        is_waiting=simulation.state == SimulationState.WAITING,
        done=_share(simulation),
        moment_of=_moment_of,
        reason_of=reason_of,
        step_of=_step_titles(simulation),
    )


@bp.get("/<uuid:simulation_id>/rows.csv")
@requires(Role.MARKETER)
def as_csv(name: str, simulation_id: uuid.UUID) -> ResponseReturnValue:
    """Every row of a simulation as a file."""
    with work() as act:
        simulation = get_simulation(act.session, name, simulation_id)
        rows = name_rows(act.session, (simulation.result or {}).get("rows", ()))
    heads = (_("When"), _("Company"), _("Contact"), _("Step"), _("Outcome"), _("Reason"), _("Until"))
    lines = _lines(simulation, rows)
    return csv_answer(_("Simulation %(name)s", name=titled(simulation.document.get("title"), name)), heads, lines)


def _differences(session: Session, result: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Who gains or loses a mail, as far as they are shown."""
    found = result.get("difference", {})
    return {name: name_rows(session, found[name]["rows"][:SHOWN]) for name in LISTS if name in found}


def _lines(simulation: Simulation, rows: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[str]]:
    steps = _step_titles(simulation)
    for row in rows:
        outcome = label(row["outcome"], "SimulatedOutcome")
        who = row["account_name"] or "", row["contact_name"] or ""
        step, reason = steps.get(row["step"], row["step"]), reason_of(row["reason"])
        yield (_moment_of(row["at"]), *who, step, outcome, reason, _moment_of(row["until"]))


def _ask(act: Work, name: str, form: Mapping[str, str]) -> Simulation:
    zone = settings().zone
    since, until = (read_day(form.get(field, "")) for field in ("since", "until"))
    today = local_day(act.at, zone)
    if since is None or until is None or max(abs(since - today), abs(until - today)) > FARTHEST:
        raise Invalid("give both days, of the last thirty years", "from", "days_missing")
    return ask_for_simulation(
        act.session,
        name,
        day_start(since, zone),
        day_end(until, zone),
        act.at,
        segment_id=read_id(form.get("segment", "")),
        by=current_user().id,
    )


def _index_page(name: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with work() as act:
        document = newest_document(act.session, name)
        segments = list_segments(act.session)
        past = list_simulations(act.session, name)
        today = local_day(act.at, settings().zone)
    days = {"since": (today - MONTHS).isoformat(), "until": today.isoformat()}
    return render_template(
        "simulations/index.html",
        name=name,
        title=titled(document.get("title"), name),
        segments=[("", _("Everybody")), *((segment.id, segment.name) for segment in segments)],
        past=past,
        values={**days, **values},
        errors=errors,
    )


def _share(simulation: Simulation) -> float:
    """How far it has come, from 0 to 1."""
    if simulation.reached_at is None:
        return 0.0
    return (simulation.reached_at - simulation.since) / (simulation.until - simulation.since)


def _moment_of(text: str | None) -> str:
    return moment(datetime.fromisoformat(text)) if text else ""


def reason_of(word: str | None) -> str:
    """A reason in the reader's words, whichever list it is from."""
    kind = next((kind for kind in REASONS if word in set(kind)), None)
    return label(word, kind.__name__) if kind else word or ""


def _step_titles(simulation: Simulation) -> dict[str, str]:
    """How the steps are called, by key."""
    documents = (simulation.live_document or {}, simulation.document)
    steps = (step for document in documents for step in document.get("steps", ()))
    return {step["key"]: titled(step.get("title")) or label(step["kind"], "StepKind") for step in steps}
