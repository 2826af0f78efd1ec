"""The editor of a sequence: the canvas and what it saves, and the same as a list with a form per step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.reports.offers import Offers, read_offers, read_subjects
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import fragment
from abm.web.condition_words import builder_words
from abm.web.i18n import moment
from abm.web.labels import label, options, problem
from abm.web.sequence_answers import read_head, read_step
from abm.web.sequence_drawing import picture_of
from abm.web.sequence_editor import choices_of, editor_state, places_to_add
from abm.web.sequence_form import head_controls, step_controls
from abm.web.sequence_words import step_title
from abm.words import Role, SequenceSubject, StepKind
from campaigns.drafts import Draft, drop_draft, get_draft, last_change, save_draft
from campaigns.editing import add_step, connect, find_step, remove_step, replace_head, replace_step

bp = Blueprint("sequence_drafts", __name__, url_prefix="/sequences")

HEAD = "head"


@bp.get("/<name>/edit")
@requires(Role.MARKETER)
def edit(name: str) -> ResponseReturnValue:
    """The draft on a canvas; without scripts and on a phone as a drawing, and a list with a form per step."""
    with work() as act:
        draft, subjects = get_draft(act.session, name), read_subjects(act.session)
        state = editor_state(act.session, draft, subjects)
    return render_template(
        "sequences/edit.html",
        draft=draft,
        state=state,
        picture=picture_of(draft.document, subjects, {}),
        places=places_to_add(draft.document, subjects),
        kinds=options("StepKind"),
        words=_canvas_words(),
    )


@bp.get("/<name>/draft")
@requires(Role.MARKETER)
def show(name: str) -> ResponseReturnValue:
    """The draft as the canvas reads it."""
    with work() as act:
        state = editor_state(act.session, get_draft(act.session, name), read_subjects(act.session))
    return jsonify(state)


@bp.post("/<name>/draft")
@requires(Role.MARKETER)
def change(name: str) -> ResponseReturnValue:
    """One change made on the canvas, saved at once; answers the draft as it is then."""
    try:
        asked = request.get_json(silent=True)
    except RecursionError as error:
        raise Invalid("this is nested too deeply", field="document", code="unkept") from error
    if not isinstance(asked, Mapping):
        raise Invalid("send a JSON object with etag and act", field="act", code="missing")
    try:
        return jsonify(_change(name, asked))
    except Conflict as error:
        return _answer(name, error), 409
    except (Invalid, NotFound) as error:
        return jsonify(error=problem(error)), 422


@bp.post("/<name>/edit/steps")
@requires(Role.MARKETER)
def add(name: str) -> ResponseReturnValue:
    """Add a step on the way chosen, and open its form."""
    kind, place = request.form.get("kind", ""), request.form.get("after", "")
    asked = {"act": "add", "kind": kind, "after": place.split("|", 1) if place else None}
    return _kept(name, asked, request.form.get("etag", ""))


@bp.post("/<name>/edit/steps/<key>/remove")
@requires(Role.MARKETER)
def remove(name: str, key: str) -> ResponseReturnValue:
    """Take a step out; what led to it leads on."""
    return _kept(name, {"act": "remove", "step": key}, request.form.get("etag", ""))


@bp.post("/<name>/edit/drop")
@requires(Role.MARKETER)
def drop(name: str) -> ResponseReturnValue:
    """Throw the draft away."""
    with work() as act:
        stays = drop_draft(act.session, name, at=act.at, by=current_user().id)
    flash(_("The draft was thrown away."), "success")
    return redirect(url_for("sequences.show", name=name) if stays else url_for("sequences.index"), 303)


@bp.get("/<name>/edit/steps/<key>")
@requires(Role.MARKETER)
def step(name: str, key: str) -> ResponseReturnValue:
    """The form of one step; `head` is what the sequence says beside its steps."""
    with work() as act:
        desk = _desk(act.session, get_draft(act.session, name))
    return _form_page(desk, key)


@bp.post("/<name>/edit/steps/<key>")
@requires(Role.MARKETER)
def fill_in(name: str, key: str) -> ResponseReturnValue:
    """Save the form of one step; what is still missing is told and saved all the same."""
    if fragment() and "done" not in request.form:
        return _looked_at(name, key)
    with work() as act:
        desk = _desk(act.session, get_draft(act.session, name))
    document = _filled_in(desk.draft.document, key, desk.offers)
    try:
        with work() as act:
            etag = request.form.get("etag", "")
            saved = save_draft(act.session, name, document, etag=etag, at=act.at, by=current_user().id)
            desk = _desk(act.session, saved)
    except Conflict as error:
        if _wants_json():
            return _answer(name, error), 409
        return _form_page(_as_typed(desk, document), key, error=_told(name, error)), 422 if fragment() else 409
    except Invalid as error:
        if _wants_json():
            return jsonify(error=problem(error)), 422
        return _form_page(_as_typed(desk, document), key, error=problem(error)), 422
    if _wants_json():
        return jsonify({**desk.state, "form": _form(desk, key)})
    flash(_("Saved."), "success")
    if request.form.get("press"):
        return redirect(url_for("sequence_drafts.step", name=name, key=key), 303)
    there = url_for("sequence_drafts.edit", name=name)
    return ("", 204, {"HX-Redirect": there}) if fragment() else redirect(there, 303)


def _change(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    with work() as act:
        draft = get_draft(act.session, name)
        document, key = _changed(draft.document, asked)
        etag = str(asked.get("etag", ""))
        saved = save_draft(act.session, name, document, etag=etag, at=act.at, by=current_user().id)
        state = editor_state(act.session, saved, read_subjects(act.session))
    return {**state, "added": key}


def _changed(document: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The document after one change, and the key of a step that is new."""
    what, key = asked.get("act"), str(asked.get("step", ""))
    if what == "add":
        after = asked.get("after")
        place = (str(after[0]), str(after[1])) if isinstance(after, list) and len(after) == 2 else None
        return add_step(document, _kind(asked.get("kind")), place)
    if what == "connect":
        target = asked.get("target")
        return connect(document, key, str(asked.get("way", "")), str(target) if target else None), None
    if what == "remove":
        return remove_step(document, key), None
    if what == "begin":
        find_step(document, key)
        return replace_head(document, {"start": key}), None
    if what == "replace" and isinstance(asked.get("document"), Mapping):
        return asked["document"], None
    raise Invalid(f"there is no change called {what!r}", field="act", code="unknown")


def _kind(given: Any) -> StepKind:
    if given not in set(StepKind):
        raise Invalid(f"kind is one of {', '.join(StepKind)}", field="kind", code="unknown")
    return StepKind(given)


def _kept(name: str, asked: Mapping[str, Any], etag: str) -> ResponseReturnValue:
    """The change of a form without scripts."""
    try:
        state = _change(name, {**asked, "etag": etag})
    except Conflict as error:
        flash(_told(name, error), "danger")
        return redirect(url_for("sequence_drafts.edit", name=name), 303)
    if state["added"]:
        return redirect(url_for("sequence_drafts.step", name=name, key=state["added"]), 303)
    return redirect(url_for("sequence_drafts.edit", name=name), 303)


def _filled_in(document: Mapping[str, Any], key: str, offers: Offers) -> dict[str, Any]:
    conditions, customs = offers.segments.conditions, offers.customs
    if key == HEAD:
        return replace_head(document, read_head(request.form, document, conditions, customs))
    return replace_step(document, read_step(request.form, find_step(document, key), conditions, customs))


@dataclass(frozen=True)
class Desk:
    """A draft with what its forms offer, and what is wrong with it."""

    draft: Draft
    offers: Offers
    state: Mapping[str, Any]


def _desk(session: Session, draft: Draft) -> Desk:
    offers = read_offers(session)
    return Desk(draft, offers, editor_state(session, draft, offers.subjects))


def _looked_at(name: str, key: str) -> str:
    """The form after what was typed and pressed in it; nothing is saved before its last button."""
    with work() as act:
        draft = get_draft(act.session, name)
        offers = read_offers(act.session)
        document = _filled_in(draft.document, key, offers)
        typed = replace(draft, document=document, etag=request.form.get("etag", ""))
        return _form(Desk(typed, offers, editor_state(act.session, typed, offers.subjects)), key)


def _form(desk: Desk, key: str, template: str = "sequences/_step.html", error: str = "") -> str:
    draft, subjects = desk.draft, desk.offers.subjects
    choices = choices_of(draft.document, desk.offers)
    step = {} if key == HEAD else find_step(draft.document, key)
    mine = [flaw for flaw in desk.state["flaws"] if (flaw["step"] or HEAD) == key]
    return render_template(
        template,
        draft=draft,
        key=key,
        kind=step.get("kind", ""),
        previews=[(step["mail"], language) for name, language in sorted(subjects) if name == step.get("mail")],
        title=_("Triggers, goals and rules") if key == HEAD else step_title(step, subjects),
        controls=head_controls(draft.document, choices)
        if key == HEAD
        else step_controls(step, choices, _subject(draft)),
        flaws=mine,
        at={flaw["field"]: flaw["text"] for flaw in mine},
        details={flaw["field"]: flaw["detail"] for flaw in mine},
        words=builder_words(desk.offers.customs),
        usual=desk.offers.names,
        error=error,
    )


def _subject(draft: Draft) -> SequenceSubject:
    given = draft.document.get("subject")
    return SequenceSubject(given) if given in set(SequenceSubject) else SequenceSubject.CONTACT


def _form_page(desk: Desk, key: str, *, error: str = "") -> str:
    # The canvas asks for the form alone too, and names no place for it.
    is_part = "HX-Request" in request.headers
    return _form(desk, key, "sequences/_step.html" if is_part else "sequences/step.html", error)


def _as_typed(desk: Desk, document: Mapping[str, Any]) -> Desk:
    """The newest draft's etag under what was typed: saved again, it is meant."""
    return replace(desk, draft=replace(desk.draft, document=document))


def _answer(name: str, error: Conflict) -> Response:
    with work() as act:
        theirs = editor_state(act.session, get_draft(act.session, name), read_subjects(act.session))
    return jsonify(error=_told(name, error), code=error.code, theirs=theirs)


def _told(name: str, error: Conflict) -> str:
    if error.code != "changed_meanwhile":
        return problem(error)
    with work() as act:
        last = last_change(act.session, get_draft(act.session, name).sequence.id)
    if last is None:
        return _("Somebody else changed this draft meanwhile.")
    who = last.by or _("Somebody")
    return _("%(who)s changed this draft at %(time)s.", who=who, time=moment(last.at))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _canvas_words() -> dict[str, Any]:
    """What the canvas says by itself."""
    return {
        "kinds": [[str(kind), label(kind, "StepKind")] for kind in StepKind],
        "palette": _("Steps to add"),
        "hint": _("Press a step to add it after the one that is chosen, or drag it onto the canvas."),
        "end": _("End"),
        "start": _("First step"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "remove": _("Remove step"),
        "begin": _("Begin here"),
        "insert": _("Add a step here"),
        "head": _("Triggers, goals and rules"),
        "saved": _("Saved"),
        "saving": _("Saving…"),
        "unsaved": _("Not saved: no answer from the server."),
        "retry": _("Try again"),
        "theirs": _("Show what is there now"),
        "mine": _("Keep mine instead"),
        "sound": _("Nothing is wrong"),
        "flaws": _("To be mended"),
        "here": _("Here now %(count)s", count="{count}"),
        "sent": _("Sent %(count)s", count="{count}"),
        "withheld": _("Withheld %(count)s", count="{count}"),
        "empty": _("Press a step on the left to begin."),
        "keys": _("Arrows go from step to step, Del removes, Ctrl+Z takes back."),
        "canvas": _("Steps of %(title)s", title="{title}"),
        "panel": _("What is chosen"),
        "tools": _("Tools"),
        "aria": {
            "node.a11yDescription.default": _("Enter chooses the step."),
            "node.a11yDescription.keyboardDisabled": _("Enter chooses the step."),
            "edge.a11yDescription.default": _("A way from one step to the next."),
            "controls.ariaLabel": _("View"),
            "controls.zoomIn.ariaLabel": _("Larger"),
            "controls.zoomOut.ariaLabel": _("Smaller"),
            "controls.fitView.ariaLabel": _("Whole sequence"),
            "handle.ariaLabel": _("Point to connect"),
        },
    }
