"""Handing a rep's accounts over: whose, to whom, what that moves, and the brief for the successor."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.handoff.hand_over import HandedOver, hand_over
from abm.reports.hand_overs import ACCOUNTS_SHOWN, get_hand_over, owned_by, past_hand_overs, write_briefs
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import read_id
from abm.web.forms import refused
from abm.words import Role

bp = Blueprint("hand_overs", __name__, url_prefix="/hand-overs")

# In a row: as everywhere else, or not at all.
KEEP = "keep"


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """Choose whose accounts, and look at what would move."""
    return _page({})


@bp.post("")
@requires(Role.MARKETER)
def give() -> ResponseReturnValue:
    """Hand over; what each row says goes before what was said for all."""
    form = request.form
    from_id, to_id = read_id(form.get("from", "")), read_id(form.get("to", ""))
    problems = {} if from_id else {"from": "unknown"}
    done: list[HandedOver] = []

    def save() -> None:
        with work() as act:
            assert from_id is not None
            successors = {}
            for row in owned_by(act.session, from_id):
                said = form.get(f"to-{row.account_id}", "")
                successor = None if said == KEEP else read_id(said) or to_id
                if successor:
                    successors[row.account_id] = successor
            done.append(hand_over(act.session, from_id, successors, by=current_user().id, at=act.at))

    errors, status = refused(problems, save)
    if errors:
        return _page(errors), status
    moved = sum(done[0].counts.values())
    flash(_("Handed over: %(count)s records. The brief for the successor is below.", count=moved), "success")
    return redirect(url_for("hand_overs.brief", entry_id=done[0].id), 303)


@bp.get("/<uuid:entry_id>/brief")
@requires(Role.VIEWER)
def brief(entry_id: uuid.UUID) -> ResponseReturnValue:
    """What the successor has to know, account by account; to be printed."""
    with work() as act:
        past = get_hand_over(act.session, entry_id)
        briefs = write_briefs(act.session, past.accounts)
    return render_template("hand_overs/brief.html", past=past, briefs=briefs, now=act.at)


def _page(errors: dict[str, str]) -> str:
    from_id = read_id(request.values.get("from", ""))
    with work() as act:
        owned = owned_by(act.session, from_id) if from_id else []
        people = owners(act.session, [from_id])
        past = past_hand_overs(act.session)
    known = {"owned": owned, "shown": owned[:ACCOUNTS_SHOWN], "people": people, "past": past}
    return render_template("hand_overs/index.html", from_id=str(from_id or ""), errors=errors, **known)
