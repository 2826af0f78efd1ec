"""One person's way through a sequence: every step, why it waits, and pause, resume, removal and move of this one."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.reports.offers import read_subjects
from abm.reports.trail import Trail, read_trail
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.labels import problem
from abm.web.sequence_drawing import picture_of
from abm.web.sequence_moves import landings_of, read_targets
from abm.web.sequence_words import step_title
from abm.web.waiting import why_waiting
from abm.words import Role
from campaigns.by_hand import remove_enrollment, try_again
from campaigns.pauses import pause_enrollment, resume_enrollment
from campaigns.versions import move_people, preview_move

bp = Blueprint("enrollments", __name__, url_prefix="/enrollments")


@bp.get("/<uuid:enrollment_id>")
@requires(Role.VIEWER)
def show(enrollment_id: uuid.UUID) -> ResponseReturnValue:
    """The whole way so far, and what it waits for."""
    with work() as act:
        trail, subjects, at = read_trail(act.session, enrollment_id), read_subjects(act.session), act.at
        landings = _landings(act.session, trail)
    return render_template(
        "enrollments/show.html",
        trail=trail,
        head=trail.head,
        why=why_waiting(trail, subjects, at),
        title=lambda step: step_title(step, subjects) if step.get("kind") else step["key"],
        landings=landings,
        titles=picture_of(trail.head.document, subjects, {}).titles,
    )


ACTS: Mapping[str, tuple[Callable[..., None], LazyString]] = {
    "pause": (pause_enrollment, _l("Paused. Nothing moves or leaves here until it is resumed.")),
    "resume": (resume_enrollment, _l("Resumed. It goes on from where it stood.")),
    "retry": (try_again, _l("Tried again within seconds.")),
    "remove": (remove_enrollment, _l("Taken out. What was planned does not leave any more.")),
}


@bp.post("/<uuid:enrollment_id>/<any(pause, resume, retry, remove):what>")
@requires(Role.MARKETER)
def change(enrollment_id: uuid.UUID, what: str) -> ResponseReturnValue:
    """Let this one stand still, go on, try again after it was set aside, or leave the sequence."""
    return _act(enrollment_id, *ACTS[what])


@bp.post("/<uuid:enrollment_id>/move")
@requires(Role.MARKETER)
def move(enrollment_id: uuid.UUID) -> ResponseReturnValue:
    """Let this one go on in the newest version."""

    def move_one(session: Session, enrollment_id: uuid.UUID, *, at: datetime, by: uuid.UUID | None) -> None:
        name, targets = read_trail(session, enrollment_id).head.sequence, read_targets(request.form)
        moved = move_people(session, name, targets, at=at, by=by, only=enrollment_id)
        if not moved.people:
            raise Conflict(_("Choose the step to go on with."))

    return _act(enrollment_id, move_one, _("Moved to the newest version."))


def _act(enrollment_id: uuid.UUID, do: Callable[..., None], said: str | LazyString) -> ResponseReturnValue:
    """One act on one enrollment; what it is refused for is told on its page."""
    try:
        with work() as act:
            do(act.session, enrollment_id, at=act.at, by=current_user().id)
    except (Conflict, Invalid) as error:
        flash(problem(error), "danger")
    else:
        flash(said, "success")
    return redirect(url_for("enrollments.show", enrollment_id=enrollment_id), 303)


def _landings(session: Session, trail: Trail) -> Any:
    """Where this one would land in the newest version; nothing when it is in it."""
    if not trail.is_running or trail.head.version == trail.newest:
        return None
    moving = preview_move(session, trail.head.sequence, only=trail.head.id)
    return landings_of(session, trail.head.sequence, moving)
