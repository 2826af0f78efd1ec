"""Settings: who may log in and what they may do, and one's own password."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm import users
from abm.errors import Invalid
from abm.web.access import COOKIE, current_user, requires
from abm.web.acts import settings, work
from abm.web.labels import problem
from abm.web.security import limiter
from abm.words import Role

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Users for administrators; everybody sees themselves."""
    return _page({}, "", "")


@bp.post("/password")
@requires(Role.VIEWER)
@limiter.limit("10 per 5 minutes", deduct_when=lambda answer: answer.status_code != 303)
def change_password() -> ResponseReturnValue:
    """One's own new password; other log-ins of this user end."""
    form = request.form
    try:
        with work() as act:
            if form.get("password", "") != form.get("repeated", ""):
                raise Invalid("the two passwords are not the same", field="repeated", code="password_differs")
            keep = request.cookies.get(COOKIE, "")
            old, new = form.get("old", ""), form.get("password", "")
            users.change_password(act.session, current_user().id, old, new, act.at, keep=keep)
    except Invalid as error:
        return _page({}, error.field, problem(error)), 422
    flash(_("Password changed."), "success")
    return redirect(url_for("settings.index"), 303)


@bp.post("/task-mails")
@requires(Role.SALES)
def set_task_mails() -> ResponseReturnValue:
    """Whether mails tell of one's own tasks."""
    wanted = request.form.get("wanted") == "1"
    with work() as act:
        users.set_task_mails(act.session, users.get_user(act.session, current_user().id), act.at, wanted=wanted)
    flash(
        _("Mails tell you of your tasks.") if wanted else _("No more mails about tasks: look at the board."), "success"
    )
    return redirect(url_for("settings.index"), 303)


@bp.post("/users")
@requires(Role.ADMIN)
def add_user() -> ResponseReturnValue:
    """Add a user and show the link with which that person sets a password, once."""
    form = request.form
    try:
        with work() as act:
            me = users.get_user(act.session, current_user().id)
            role = _role(form.get("role", ""))
            user = users.add_user(act.session, form.get("email", ""), role, act.at, name=form.get("name", ""), by=me)
            token = users.make_setup_link(act.session, user)
    except Invalid as error:
        return _page(form, error.field, problem(error)), 422
    return _link_page(user.name, token)


@bp.post("/users/<uuid:user_id>/link")
@requires(Role.ADMIN)
def make_link(user_id: uuid.UUID) -> ResponseReturnValue:
    """A new one-time link for somebody who lost password or link."""
    with work() as act:
        user = users.get_user(act.session, user_id)
        token = users.make_setup_link(act.session, user)
        users.note_change(act.session, act.at, users.get_user(act.session, current_user().id), "user.link_made", user)
    return _link_page(user.name, token)


@bp.post("/users/<uuid:user_id>/role")
@requires(Role.ADMIN)
def set_role(user_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a user may do."""
    with work() as act:
        user = users.get_user(act.session, user_id)
        me = users.get_user(act.session, current_user().id)
        users.set_role(act.session, user, _role(request.form.get("role", "")), act.at, by=me)
    flash(_("Role of %(name)s changed.", name=user.name), "success")
    return redirect(url_for("settings.index"), 303)


@bp.post("/users/<uuid:user_id>/disable")
@requires(Role.ADMIN)
def disable_user(user_id: uuid.UUID) -> ResponseReturnValue:
    """Take the log-in away."""
    with work() as act:
        user = users.get_user(act.session, user_id)
        users.disable_user(act.session, user, act.at, by=users.get_user(act.session, current_user().id))
    flash(_("%(name)s can no longer log in.", name=user.name), "success")
    return redirect(url_for("settings.index"), 303)


@bp.post("/users/<uuid:user_id>/enable")
@requires(Role.ADMIN)
def enable_user(user_id: uuid.UUID) -> ResponseReturnValue:
    """Give the log-in back."""
    with work() as act:
        user = users.get_user(act.session, user_id)
        users.enable_user(act.session, user, act.at, by=users.get_user(act.session, current_user().id))
    flash(_("%(name)s can log in again.", name=user.name), "success")
    return redirect(url_for("settings.index"), 303)


def _page(form: dict[str, str], field: str, error: str) -> str:
    with work() as act:
        everybody = users.list_users(act.session) if current_user().may(Role.ADMIN) else []
        mails_tasks = users.get_user(act.session, current_user().id).mails_tasks
    errors = {field: error} if error else {}
    known = {"users": everybody, "roles": list(Role), "mails_tasks": mails_tasks}
    return render_template("settings/index.html", values=form, errors=errors, **known)


def _link_page(name: str, token: str) -> str:
    # Shown, never redirected to: the secret stands in no address bar and in no log of ours.
    link = settings().public_url + url_for("auth.set_up", token=token)
    return render_template("settings/link.html", name=name, link=link, days=users.LINK_LENGTH.days)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid("choose a role", field="role", code="role_missing")
    return Role(text)
