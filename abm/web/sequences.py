"""Sequences: the list, one as a drawing with live counts, publishing to the people of an import, pause and resume."""

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Contact, Segment
from abm.reports.audience import count_audience, people_of_import
from abm.reports.enrolled import list_enrolled
from abm.reports.imports import import_choices
from abm.reports.sequence_health import list_health
from abm.reports.sequences import PEOPLE_SHOWN, read_sequence
from abm.segments.segments import list_segments, people_of
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_page, asked_word, fragment, read_id
from abm.web.i18n import number
from abm.web.labels import problem
from abm.web.sentences import titled
from abm.web.sequence_drawing import picture_of
from abm.web.sequence_words import say_flaws, triggers_in_words
from abm.words import Attention, EnrollmentState, Role, SequenceState
from campaigns.judging import judge
from campaigns.library import library_names, read_document
from campaigns.newest import newest_document
from campaigns.sequences import (
    apply_sequence,
    end_sequence,
    find_sequence,
    pause_sequence,
    publish_sequence,
    resume_sequence,
)

bp = Blueprint("sequences", __name__, url_prefix="/sequences")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """What runs here, and what the library offers."""
    with work() as act:
        rows = list_health(act.session, act.at)
    known = {one.row.name for one in rows}
    library = [read_document(name) for name in library_names() if name not in known]
    return render_template("sequences/index.html", rows=rows, library=library, attention=_attention)


@bp.get("/<name>")
@requires(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """One sequence: its steps, who is where, what was withheld and why."""
    with work() as act:
        view = read_sequence(act.session, name)
    picture = picture_of(view.document, view.subjects, view.steps)
    template = "sequences/_live.html" if fragment() else "sequences/show.html"
    return render_template(template, view=view, picture=picture, people_shown=PEOPLE_SHOWN)


@bp.get("/<name>/counts")
@requires(Role.VIEWER)
def counts(name: str) -> ResponseReturnValue:
    """What the canvas shows at each step while a sequence runs."""
    with work() as act:
        view = read_sequence(act.session, name)
    return jsonify({key: asdict(count) for key, count in view.steps.items()})


@bp.get("/<name>/people")
@requires(Role.VIEWER)
def people(name: str) -> ResponseReturnValue:
    """Everybody who is or was in it."""
    text, state = request.args.get("q", "").strip(), asked_word("state", EnrollmentState)
    with work() as act:
        view = read_sequence(act.session, name)
        found = list_enrolled(act.session, name, state=state, text=text, page=asked_page())
    return render_template(
        "sequences/people.html",
        name=name,
        title=titled(view.row.title, name),
        people=found,
        text=text,
        state=state,
        titles=picture_of(view.document, view.subjects, {}).titles,
    )


@bp.post("/<name>/end")
@requires(Role.MARKETER)
def end(name: str) -> ResponseReturnValue:
    """Take nobody on any more, and let everybody out."""
    with work() as act:
        end_sequence(act.session, name, act.at, current_user().id)
    flash(_("Ended. Nobody is in it any more."), "success")
    return redirect(url_for("sequences.show", name=name), 303)


@bp.get("/<name>/publish")
@requires(Role.MARKETER)
def choose(name: str) -> ResponseReturnValue:
    """Whose people to take on, counted before anything is sent."""
    return _choose_page(name, read_id(request.args.get("import", "")), read_id(request.args.get("segment", "")), "")


@bp.post("/<name>/publish")
@requires(Role.MARKETER)
def publish(name: str) -> ResponseReturnValue:
    """Take the people of one import or segment on."""
    import_id, segment_id = read_id(request.form.get("import", "")), read_id(request.form.get("segment", ""))
    try:
        with work() as act:
            _ensure_applied(act.session, name, act.at)
            me = current_user().id
            zone = settings().zone
            publish_sequence(
                act.session,
                name,
                at=act.at,
                by=me,
                import_id=import_id,
                segment_id=segment_id,
                zone=zone,
                nobody_yet="nobody" in request.form,
            )
    except (Invalid, Conflict) as error:
        return _choose_page(name, import_id, segment_id, problem(error)), 422
    is_quiet = import_id is None and segment_id is None
    flash(_("Published.") if is_quiet else _("Published. The first mails leave within seconds."), "success")
    return redirect(url_for("sequences.show", name=name), 303)


@bp.post("/<name>/pause")
@requires(Role.MARKETER)
def pause(name: str) -> ResponseReturnValue:
    """Let nobody move and no planned mail leave."""
    with work() as act:
        pause_sequence(act.session, name, act.at, current_user().id)
    flash(_("Paused. Nobody moves and no mail leaves until you resume."), "success")
    return redirect(url_for("sequences.show", name=name), 303)


@bp.post("/<name>/resume")
@requires(Role.MARKETER)
def resume(name: str) -> ResponseReturnValue:
    """Let everybody go on from where they stood."""
    with work() as act:
        resume_sequence(act.session, name, act.at, current_user().id)
    flash(_("Resumed. Everybody goes on from where they stood."), "success")
    return redirect(url_for("sequences.show", name=name), 303)


def _choose_page(name: str, import_id: uuid.UUID | None, segment_id: uuid.UUID | None, error: str) -> str:
    with work() as act:
        choices = import_choices(act.session)
        chosen = next((one for one in choices if one.id == import_id), None)
        segments = list_segments(act.session)
        segment = next((one for one in segments if one.id == segment_id), None) if chosen is None else None
        moment = Moment(act.at, settings().zone)
        people = _people(act.session, chosen.id if chosen else None, segment, moment)
        kept = find_sequence(act.session, name)
        document = newest_document(act.session, name)
        flaws = judge(act.session, document)
        preview = None
        if people is not None and not flaws:
            preview = count_audience(act.session, name, people, act.at, settings().zone)
    title = kept.title if kept else dict(document["title"])
    template = "sequences/_choose.html" if fragment() else "sequences/choose.html"
    return render_template(
        template,
        name=name,
        title=title,
        paused=kept is not None and kept.state == SequenceState.PAUSED,
        choices=choices,
        chosen=chosen,
        segments=segments,
        segment=segment,
        preview=preview,
        error=error,
        flaws=list(say_flaws(flaws)),
        triggers=triggers_in_words(document),
        is_kept=kept is not None,
    )


def _people(
    session: Session, import_id: uuid.UUID | None, segment: Segment | None, moment: Moment
) -> Select[Any] | None:
    if import_id is not None:
        return people_of_import(import_id)
    return people_of(session, segment, moment).with_only_columns(Contact.id) if segment is not None else None


def _ensure_applied(session: Session, name: str, at: datetime) -> None:
    # A sequence that somebody has changed since keeps its own document.
    if find_sequence(session, name) is None:
        apply_sequence(session, _of_library(name), at)


def _of_library(name: str) -> str:
    # Never a path of the reader's choosing.
    if name not in library_names():
        raise NotFound("no such sequence")
    return name


def _attention(what: Attention, count: int) -> str:
    """What needs a look, in words."""
    return {
        Attention.PARKED: _("%(count)s set aside after failing", count=number(count)),
        Attention.LATE: _("%(count)s due and not moving", count=number(count)),
        Attention.FAILED: _("%(count)s mails failed", count=number(count)),
        Attention.UNKNOWN: _("%(count)s mails of unknown fate", count=number(count)),
        Attention.BOUNCES: _("%(count)s bounces: check the addresses", count=number(count)),
        Attention.PAUSED: _("Paused: nobody moves"),
        Attention.DRAFT: _("A changed draft is not published yet"),
    }[what]
