"""Moving people in flight to the newest version of a sequence: who would land where, chosen and then done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.models import Sequence, SequenceVersion
from abm.reports.offers import read_subjects
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.i18n import several
from abm.web.labels import problem
from abm.web.sequence_words import step_title
from abm.words import Role
from campaigns.sequences import get_sequence
from campaigns.versions import Moving, move_people, preview_move

bp = Blueprint("sequence_moves", __name__, url_prefix="/sequences")

TARGET = "to."


@dataclass(frozen=True)
class Place:
    """So many people at a step of an older version, and the step they would go on with."""

    version: int
    key: str
    title: str
    people: int
    lands_on: str | None
    lands_title: str
    # Its key is gone from the newest version: somebody has to say where to go on, once for all older versions.
    is_gone: bool
    asks: bool


@dataclass(frozen=True)
class Landings:
    """Every place people stand at, the version they would go to, and its steps to choose from."""

    version: int
    people: int
    places: tuple[Place, ...]
    steps: tuple[tuple[str, str], ...]


@bp.get("/<name>/move")
@requires(Role.MARKETER)
def show(name: str) -> ResponseReturnValue:
    """Who would land where."""
    return _page(name, read_targets(request.args), "")


@bp.post("/<name>/move")
@requires(Role.MARKETER)
def move(name: str) -> ResponseReturnValue:
    """Move everybody who has a step to land on."""
    targets = read_targets(request.form)
    try:
        with work() as act:
            moved = move_people(act.session, name, targets, at=act.at, by=current_user().id)
    except (Invalid, Conflict) as error:
        return _page(name, targets, problem(error)), 422
    said = several(moved.people, "%(count)s person was moved.", "%(count)s people were moved.")
    flash(said, "success")
    return redirect(url_for("sequences.show", name=name), 303)


def read_targets(form: Mapping[str, str]) -> dict[str, str]:
    """For each step that is gone the one to go on with."""
    return {name.removeprefix(TARGET): key for name, key in form.items() if name.startswith(TARGET) and key}


def landings_of(session: Session, name: str, moving: Moving) -> Landings:
    """A plan to move people in words."""
    subjects = read_subjects(session)
    documents = _documents(session, name)
    titles = {
        (number, step["key"]): step_title(step, subjects)
        for number, document in documents.items()
        for step in document["steps"]
    }
    steps = tuple((step["key"], titles[moving.version, step["key"]]) for step in documents[moving.version]["steps"])
    keys = {key for key, _title in steps}
    first = {one.step: one.version for one in reversed(moving.landings)}
    places = tuple(
        Place(
            one.version,
            one.step,
            titles.get((one.version, one.step), one.step),
            one.people,
            one.lands_on,
            titles.get((moving.version, one.lands_on or ""), ""),
            one.step not in keys,
            first[one.step] == one.version,
        )
        for one in moving.landings
    )
    return Landings(moving.version, moving.people, places, steps)


def _page(name: str, targets: Mapping[str, str], error: str) -> str:
    with work() as act:
        sequence = get_sequence(act.session, name)
        try:
            moving = preview_move(act.session, name, targets)
        except Invalid as refused:
            moving, error = preview_move(act.session, name), problem(refused)
        landings = landings_of(act.session, name, moving)
    return render_template("sequences/move.html", sequence=sequence, landings=landings, targets=targets, error=error)


def _documents(session: Session, name: str) -> dict[int, dict[str, Any]]:
    mine = select(SequenceVersion).join(Sequence).where(Sequence.name == name)
    published = session.scalars(mine.where(SequenceVersion.published_at.is_not(None)))
    return {version.number: version.document for version in published}
