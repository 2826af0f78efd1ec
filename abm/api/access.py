"""Who may ask what: every route is marked with a scope or as open, and an unmarked one answers nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_limiter import Limiter

from abm.api_tokens import find_api_token
from abm.errors import AbmError
from abm.models import ApiToken
from abm.words import ApiScope
from abm.work import Work, unit_of_work

Route = TypeVar("Route", bound=Callable[..., Any])


class NoToken(AbmError):
    """The request carries no token, or one that is not good (any more)."""


class NotAllowed(AbmError):
    """The token is good, but not for this."""


def needs(scope: ApiScope) -> Callable[[Route], Route]:
    """Mark a route: only tokens with this scope get in."""

    def mark(route: Route) -> Route:
        route.needed_scope = scope  # type: ignore[attr-defined]
        return route

    return mark


def is_open(route: Route) -> Route:
    """Mark a route that answers without a token."""
    route.is_open = True  # type: ignore[attr-defined]
    return route


def guard_routes(app: Flask, brake: Limiter) -> None:
    """Ask before every request who it is, whether that is too often, and what for; what is not marked is closed."""
    app.before_request(_know_the_token)
    brake.init_app(app)
    app.before_request(_check_scope)


def current_token() -> ApiToken:
    """The token of this request; only in routes that need one."""
    token: ApiToken = g.token
    return token


def work() -> AbstractContextManager[Work]:
    """One business act of this request: `with work() as act:` commits on leaving."""
    return unit_of_work(current_app.extensions["abm.engine"])


def _know_the_token() -> None:
    route = _route()
    if route is None or hasattr(route, "is_open"):
        return
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    with work() as act:
        token = find_api_token(act.session, secret.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise NoToken("send Authorization: Bearer TOKEN; `abm token add` makes one")
        act.session.expunge(token)
    g.token = token


def _check_scope() -> None:
    scope = getattr(_route(), "needed_scope", None)
    if "token" in g and scope not in g.token.scopes:
        raise NotAllowed(f"this token may not do this; it needs the scope {scope}")


def _route() -> Callable[..., Any] | None:
    return current_app.view_functions.get(request.endpoint or "")
