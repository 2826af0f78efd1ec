"""Segments: the list, the builder with its live count, one segment with its people and why somebody is in or out."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.conditions.language import Condition, Moment, leaves
from abm.customers.find import find_contact
from abm.errors import Invalid, NotFound
from abm.models import Segment
from abm.reports.segments import PEOPLE_SHOWN, list_rows, list_usual_values, preview
from abm.segments.compile import members
from abm.segments.customs import custom_rules, read_asked
from abm.segments.segments import (
    People,
    count_people,
    delete_segment,
    explain,
    get_segment_by_id,
    people_of,
    save_segment,
)
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_id, fragment
from abm.web.builder import Draft, draft_of, read_draft
from abm.web.condition_words import GROUP_TITLES, builder_words, tell_found, tell_leaf
from abm.web.labels import problem
from abm.words import GroupKind, Role, SegmentKind

bp = Blueprint("segments", __name__, url_prefix="/segments")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Every segment with how many are in it now."""
    with work() as act:
        rows = list_rows(act.session, Moment(act.at, settings().zone))
    return render_template("segments/index.html", rows=rows)


@bp.route("/build", methods=["GET", "POST"])
@requires(Role.MARKETER)
def build() -> ResponseReturnValue:
    """The builder, as it was sent or as a stored segment says; every change is counted, nothing is stored."""
    with work() as act:
        stored = get_segment_by_id(act.session, key) if (key := asked_id("from")) else None
        if stored:
            draft = draft_of(stored.condition, custom_rules(act.session), stored.name)
        else:
            draft = read_draft(request.form, custom_rules(act.session))
        if draft is None:
            flash(_("This segment is nested deeper than the builder goes; change it as a document."), "warning")
            return redirect(url_for("segments.show", segment_id=key), 303)
        return _builder(act.session, draft, Moment(act.at, settings().zone))


@bp.post("")
@requires(Role.MARKETER)
def save() -> ResponseReturnValue:
    """Keep what stands in the builder under its name."""
    with work() as act:
        draft = read_draft(request.form, custom_rules(act.session))
        moment = Moment(act.at, settings().zone)
        condition = draft.read()
        if condition is None or not draft.is_complete:
            return _builder(act.session, draft, moment, _("Complete or remove the lines that are marked.")), 422
        kind = SegmentKind.STATIC if request.form.get("kind") == SegmentKind.STATIC else SegmentKind.DYNAMIC
        try:
            kept = save_segment(act.session, draft.name, condition, moment, kind=kind, by=current_user().id)
        except Invalid as error:
            return _builder(act.session, draft, moment, problem(error)), 422
    flash(_("Saved."), "success")
    there = url_for("segments.show", segment_id=kept.id)
    # A script would put the page it is sent to into the builder's place.
    return ("", 204, {"HX-Redirect": there}) if fragment() else redirect(there, 303)


@bp.get("/<uuid:segment_id>")
@requires(Role.VIEWER)
def show(segment_id: uuid.UUID) -> ResponseReturnValue:
    """One segment: what it asks, who is in it, and why a person is or is not."""
    with work() as act:
        moment = Moment(act.at, settings().zone)
        segment = get_segment_by_id(act.session, segment_id)
        why = _why(act.session, segment, moment)
        shown = _people(act.session, people_of(act.session, segment, moment), moment)
        condition = read_asked(act.session, segment.condition)
    template = "segments/_why.html" if fragment() == "why" else "segments/show.html"
    values = {"segment": segment, "condition": condition, "asked": request.args.get("contact", ""), **why, **shown}
    return render_template(template, told=_told(condition), **values)


@bp.post("/<uuid:segment_id>/delete")
@requires(Role.MARKETER)
def delete(segment_id: uuid.UUID) -> ResponseReturnValue:
    """Forget a segment."""
    with work() as act:
        delete_segment(act.session, get_segment_by_id(act.session, segment_id), act.at, current_user().id)
    flash(_("Deleted. Whoever a sequence took on stays in it."), "success")
    return redirect(url_for("segments.index"), 303)


def _builder(session: Session, draft: Draft, moment: Moment, error: str = "") -> str:
    condition = draft.read()
    shown = _people(session, members(condition, moment), moment) if condition else {"count": None, "people": []}
    template = "segments/_builder.html" if fragment() == "builder" else "segments/build.html"
    words, usual = builder_words(custom_rules(session)), list_usual_values(session)
    return render_template(template, draft=draft, error=error, words=words, usual=usual, **shown)


def _people(session: Session, people: People, moment: Moment) -> dict[str, Any]:
    return {"count": count_people(session, people, moment.at), "people": preview(session, people, PEOPLE_SHOWN)}


def _why(session: Session, segment: Segment, moment: Moment) -> dict[str, Any]:
    asked = request.args.get("contact", "")
    if not asked.strip():
        return {"person": None, "answer": None, "findings": []}
    try:
        person = find_contact(session, asked)
    except NotFound:
        return {"person": None, "answer": None, "findings": []}
    answer = explain(session, segment, person.id, moment)
    findings = [
        (one.holds, tell_leaf(one.leaf), tell_found(one), ".not[" in f".{one.place}") for one in answer.findings
    ]
    return {"person": person, "answer": answer, "findings": findings}


def _told(condition: Condition) -> list[tuple[str, str]]:
    """Every line of a condition with the groups it stands in."""
    return [(_groups(place), tell_leaf(leaf)) for place, leaf in leaves(condition)]


def _groups(place: str) -> str:
    words = [part.split("[")[0] for part in place.split(".")]
    return " › ".join(str(GROUP_TITLES[GroupKind(word)]) for word in words if word)
