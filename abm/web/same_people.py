"""Name matching of people: two records of an account side by side, and what somebody decides about them."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.same_people import ask_about_people_again, merge_same_person, part_people
from abm.errors import Invalid
from abm.reports.same_people import list_people_questions
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import asked_page, asked_word, read_id
from abm.web.labels import problem
from abm.web.matches import SHOWN, asked_decision
from abm.words import PairState, Role

bp = Blueprint("same_people", __name__, url_prefix="/matches/people")


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """The pairs of people that wait for a decision."""
    asked = asked_word("state", PairState)
    state = asked if asked in SHOWN else PairState.OPEN
    with work() as act:
        found = list_people_questions(act.session, state, asked_page(), act.at)
    return render_template("matches/people.html", found=found, state=state)


@bp.post("/<uuid:pair_id>")
@requires(Role.MARKETER)
def decide(pair_id: uuid.UUID) -> ResponseReturnValue:
    """Merge or part two records, as the pressed button says."""
    decision, main, by = asked_decision(), read_id(request.form.get("main", "")), current_user().id
    try:
        with work() as act:
            if decision == PairState.MERGED:
                merge_same_person(act.session, pair_id, main, by=by, at=act.at)
                told = _("The two records are one now. Under Merges this can be undone at any time.")
            else:
                part_people(act.session, pair_id, by=by, at=act.at)
                told = _("Remembered: these are two people and are not proposed again.")
    except Invalid as error:
        flash(problem(error), "danger")
    else:
        flash(told, "success")
    return redirect(url_for("same_people.index"), 303)


@bp.post("/<uuid:pair_id>/reopen")
@requires(Role.MARKETER)
def reopen(pair_id: uuid.UUID) -> ResponseReturnValue:
    """Ask again about two that were called two people."""
    with work() as act:
        ask_about_people_again(act.session, pair_id, by=current_user().id, at=act.at)
    return redirect(url_for("same_people.index"), 303)
