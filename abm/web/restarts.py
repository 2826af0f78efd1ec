"""What a long silence has left overdue: shown to everybody, decided by an administrator."""

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.errors import Invalid
from abm.models import Restart
from abm.web.access import current_user, find_current_user, requires
from abm.web.acts import work
from abm.words import RestartAnswer, Role
from campaigns.restarts import answer_restart, open_restart

bp = Blueprint("restarts", __name__, url_prefix="/overdue")

MEANINGS = {
    RestartAnswer.SPREAD: _l("In the order it was due, evenly over the next 24 hours."),
    RestartAnswer.SEND: _l("Each goes out as soon as the contact guard and the limits allow it."),
    RestartAnswer.SKIP: _l("Its mails are skipped as too late and everybody goes on from there."),
}


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """What is held back, and the ways to let it go."""
    with work() as act:
        restart = open_restart(act.session)
    return render_template("restarts/index.html", restart=restart, meanings=MEANINGS)


@bp.post("")
@requires(Role.ADMIN)
def answer() -> ResponseReturnValue:
    """Let it go in the way that was chosen."""
    chosen = request.form.get("answer", "")
    if chosen not in tuple(RestartAnswer):
        raise Invalid("choose what becomes of what is held back", "answer", "required")
    with work() as act:
        answer_restart(act.session, RestartAnswer(chosen), at=act.at, by=current_user().id)
    flash(_("What was held back goes on."), "success")
    return redirect(url_for("restarts.index"), 303)


def show_restarts(app: Flask) -> None:
    """Let every page say that something is held back."""
    app.jinja_env.globals.update(held_back=held_back)


def held_back() -> Restart | None:
    """The question that waits for an administrator, for whoever is logged in; asked once a page."""
    if find_current_user() is None:
        return None
    if "held_back" not in g:
        with work() as act:
            g.held_back = open_restart(act.session)
    found: Restart | None = g.held_back
    return found
