"""Who may see what: every view is marked with a role or as public, and an unmarked one answers nobody."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from abm import users
from abm.models import User
from abm.web.acts import work
from abm.words import Role

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "abm_session"
# Strongest first: a role may do whatever the ones after it may.
RANKS = (Role.ADMIN, Role.MARKETER, Role.SALES, Role.VIEWER)
# Flask's own file route carries no mark of ours; it serves only what the front-end build made.
PUBLIC_ENDPOINTS = frozenset({"static"})


@dataclass(frozen=True)
class CurrentUser:
    """Who is logged in, as pages need it."""

    id: uuid.UUID
    name: str
    email: str
    role: Role
    language: str | None

    def may(self, role: Role | str) -> bool:
        """Whether this user's role includes the given one."""
        return RANKS.index(self.role) <= RANKS.index(Role(role))


def requires(role: Role) -> Callable[[View], View]:
    """Mark a view: only users with this role or a stronger one get in."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that answers without a log-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def current_user() -> CurrentUser:
    """Who is logged in; only in views that are not public."""
    user = find_current_user()
    assert user is not None, "a view without a log-in asked for the user"
    return user


def find_current_user() -> CurrentUser | None:
    """Who is logged in, if anybody is."""
    user: CurrentUser | None = g.get("user")
    return user


def is_guarded(app: Flask, endpoint: str) -> bool:
    """Whether a view says who may see it."""
    view = app.view_functions[endpoint]
    return endpoint in PUBLIC_ENDPOINTS or hasattr(view, "required_role") or hasattr(view, "is_public")


def guard_views(app: Flask) -> None:
    """Ask before every request; what is not marked is closed."""
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint in PUBLIC_ENDPOINTS:
        return None
    g.user = _user_of_cookie()
    if endpoint is None:
        return None  # nothing at this address; the page that says so keeps the user's navigation
    view = current_app.view_functions[endpoint]
    if hasattr(view, "is_public"):
        return None
    if g.user is None:
        abort(401)
    if not hasattr(view, "required_role") or not g.user.may(view.required_role):
        abort(403)
    return None


def _user_of_cookie() -> CurrentUser | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with work() as act:
        user = users.find_session_user(act.session, token)
        return as_current(user) if user else None


def as_current(user: User) -> CurrentUser:
    """The part of a user that pages need."""
    return CurrentUser(user.id, user.name, user.email, Role(user.role), user.language)
