"""Replays of the scoring model: ask for one over chosen months, watch it, and read what it came to."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.clock import day_end, day_start, local_day
from abm.errors import Invalid
from abm.handoff.proposing import draft_proposal
from abm.handoff.replaying import ask_for_proposals, ask_for_replay, get_replay
from abm.models import Replay
from abm.reports.replays import list_replays
from abm.scoring.difference import MONTHS, Span, span_of
from abm.scoring.draft import get_draft, list_drafts
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import fragment, read_day, read_id
from abm.web.charts import Chart, short_day
from abm.web.i18n import day, moment
from abm.web.labels import label, problem
from abm.words import ProposalKind, ReplayKind, ReplayState, Role
from abm.work import Work

bp = Blueprint("replays", __name__, url_prefix="/settings/replays")

PROPOSALS = "proposals"
# What enum the subject of a proposal is a word of; an industry is said as it was typed.
SUBJECTS: Mapping[str, str] = {ProposalKind.LOWER_POINTS: "EventKind", ProposalKind.RAISE_THRESHOLD: "Tier"}
# The lists of the comparison, in the order of the page.
LISTS = ("gained", "lost", "earlier", "later")


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """The form for a replay, and those asked for before."""
    return _index_page({}, {})


@bp.post("")
@requires(Role.MARKETER)
def ask() -> ResponseReturnValue:
    """Have a worker replay a draft, or look for proposals, over the months chosen."""
    form = request.form
    try:
        with work() as act:
            replay_id = _ask(act, form).id
    except Invalid as error:
        return _index_page(form, {error.field: problem(error)}), 422
    return redirect(url_for("replays.show", replay_id=replay_id), 303)


@bp.get("/<uuid:replay_id>")
@requires(Role.MARKETER)
def show(replay_id: uuid.UUID) -> ResponseReturnValue:
    """How far a replay is; once it is done, what it came to."""
    with work() as act:
        replay = get_replay(act.session, replay_id)
        draft = next((one for one in list_drafts(act.session) if one.id == replay.draft_id), None)
    result: Mapping[str, Any] = replay.result or {}
    template = "replays/_replay.html" if fragment() else "replays/show.html"
    return render_template(
        template,
        replay=replay,
        result=result,
        lists=LISTS,
        last_day=replay.until - timedelta(microseconds=1),
        chart=_weeks_chart(result["weeks"]) if result.get("weeks") else None,
        moment_of=lambda text: moment(datetime.fromisoformat(text)),
        day_of=lambda text: day(date.fromisoformat(text)),
        subject_of=subject_of,
        draft=draft,
        is_as_replayed=draft is not None and draft.document == replay.document,
        is_waiting=replay.state == ReplayState.WAITING,
        is_about_proposals=replay.kind == ReplayKind.PROPOSALS,
        printed=request.args.get("print") == "1",
    )


@bp.post("/<uuid:replay_id>/proposals/<int:number>/draft")
@requires(Role.MARKETER)
def make_draft(replay_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """Make a draft of a proposed change; what counts stays as it is."""
    with work() as act:
        replay = get_replay(act.session, replay_id)
        note = _note_of(replay, number)
        draft = draft_proposal(act, replay, number, by=current_user().id, note=note)
    flash(_("The draft is kept. Nothing counts by it until it is published."), "success")
    return redirect(url_for("models.edit", draft_id=draft.id), 303)


def _ask(act: Work, form: Mapping[str, str]) -> Replay:
    by, span = current_user().id, _span(act, form)
    chosen = form.get("draft", "")
    if chosen == PROPOSALS:
        return ask_for_proposals(act.session, span, act.at, by=by)
    draft_id = read_id(chosen)
    if draft_id is None:
        raise Invalid("choose what is to be replayed", "draft", "draft_missing")
    draft = get_draft(act.session, draft_id)
    return ask_for_replay(act.session, draft.document, span, act.at, draft_id=draft.id, by=by)


def _span(act: Work, form: Mapping[str, str]) -> Span:
    zone = settings().zone
    since, until = read_day(form.get("since", "")), read_day(form.get("until", ""))
    return span_of(
        day_start(since, zone) if since else None,
        day_end(until, zone) if until else None,
        act.at,
    )


def _index_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with work() as act:
        drafts = list_drafts(act.session)
        past = list_replays(act.session)
        today = local_day(act.at, settings().zone)
    choices: list[tuple[object, object]] = [(draft.id, draft.note or _("Draft without a note")) for draft in drafts]
    choices.append((PROPOSALS, _("No draft: look for proposals in the answers of sales")))
    days = {"since": (today - MONTHS).isoformat(), "until": today.isoformat()}
    chosen = values.get("draft") or request.args.get("draft", "")
    return render_template(
        "replays/index.html",
        choices=choices,
        chosen=chosen,
        past=past,
        values={**days, **values},
        errors=errors,
    )


def _weeks_chart(weeks: Sequence[Mapping[str, Any]]) -> Chart:
    """Tasks a week by both models, as lines."""
    begins = [date.fromisoformat(week["week"]) for week in weeks]
    names = (("draft", _("Draft")), ("live", _("Live model")))
    return {
        "kind": "lines",
        "unit": _("Tasks"),
        "x": [short_day(begin) for begin in begins],
        "titles": [_("Week of %(day)s", day=day(begin)) for begin in begins],
        "series": [
            {"name": name, "values": [week[key] for week in weeks], "dashed": key == "live"} for key, name in names
        ],
    }


def _note_of(replay: Replay, number: int) -> str:
    proposals = (replay.result or {}).get("proposals", [])
    if number >= len(proposals):
        return ""
    one = proposals[number]
    return f"{label(one['kind'], 'ProposalKind')}: {subject_of(one)}"


def subject_of(proposal: Mapping[str, Any]) -> str:
    """What a proposed change is about, in the reader's words."""
    kind = SUBJECTS.get(proposal["kind"])
    return label(proposal["subject"], kind) if kind else str(proposal["subject"])
