"""Name matching: two accounts side by side and what a person decides about them; merges made and undone."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.merges import undo_merge
from abm.customers.pairs import merge_pair, part_pair, relate_pair, reopen_pair
from abm.errors import Invalid
from abm.models import Account
from abm.reports.matches import list_merges, list_questions
from abm.reports.same_people import list_person_merges
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import asked_id, asked_page, asked_word, read_id
from abm.web.labels import problem
from abm.words import PairState, Role
from abm.work import Work

bp = Blueprint("matches", __name__, url_prefix="/matches")

# What a reader can look at besides the merges: what waits, and what was called different.
SHOWN = (PairState.OPEN, PairState.DIFFERENT)


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """The pairs that wait for a decision, with the evidence side by side."""
    state = asked_word("state", PairState)
    with work() as act:
        found = list_questions(
            act.session, state if state in SHOWN else PairState.OPEN, asked_page(), act.at, asked_id("account")
        )
    return render_template("matches/index.html", found=found, state=state or PairState.OPEN)


@bp.post("/<uuid:pair_id>")
@requires(Role.MARKETER)
def decide(pair_id: uuid.UUID) -> ResponseReturnValue:
    """Merge, relate or part two accounts, as the pressed button says."""
    decision = asked_decision()
    main = read_id(request.form.get("main", ""))
    try:
        with work() as act:
            told = _decide(act, pair_id, decision, main)
    except Invalid as error:
        flash(problem(error), "danger")
        return redirect(url_for("matches.index"), 303)
    flash(told, "success")
    return redirect(url_for("matches.index", account=request.form.get("account") or None), 303)


@bp.post("/<uuid:pair_id>/reopen")
@requires(Role.MARKETER)
def reopen(pair_id: uuid.UUID) -> ResponseReturnValue:
    """Ask again about two that were called different."""
    with work() as act:
        reopen_pair(act.session, pair_id, by=current_user().id, at=act.at)
    return redirect(url_for("matches.index"), 303)


@bp.get("/merges")
@requires(Role.MARKETER)
def merges() -> ResponseReturnValue:
    """The merges made, each with the button that takes it back."""
    with work() as act:
        found = list_merges(act.session, asked_page())
        people = list_person_merges(act.session, 1)
    return render_template("matches/merges.html", found=found, people=people)


@bp.post("/merges/<uuid:merge_id>/undo")
@requires(Role.MARKETER)
def undo(merge_id: uuid.UUID) -> ResponseReturnValue:
    """Give both accounts back what was theirs."""
    with work() as act:
        merge = undo_merge(act.session, merge_id, by=current_user().id, at=act.at)
        name = act.session.get_one(Account, merge.account_id).name
    flash(_("The merge was undone: %(name)s is an account of its own again.", name=name), "success")
    return redirect(url_for("accounts.show", account_id=merge.account_id), 303)


def asked_decision() -> PairState:
    """The decision whose button was pressed."""
    text = request.form.get("decision", "")
    if text not in (PairState.MERGED, PairState.RELATED, PairState.DIFFERENT):
        abort(400)
    return PairState(text)


def _decide(act: Work, pair_id: uuid.UUID, decision: PairState, main: uuid.UUID | None) -> str:
    """Do it; answers what to tell the reader."""
    by = current_user().id
    if decision == PairState.MERGED:
        merge = merge_pair(act.session, pair_id, main, by=by, at=act.at)
        name = act.session.get_one(Account, merge.into_account_id).name
        return _("Merged into %(name)s. Under Merges it can be undone at any time.", name=name)
    if decision == PairState.RELATED:
        relate_pair(act.session, pair_id, main, by=by, at=act.at)
        return _("Noted as parent and subsidiary; both stay accounts of their own.")
    part_pair(act.session, pair_id, by=by, at=act.at)
    return _("Remembered: these two are not the same and are not proposed again.")
