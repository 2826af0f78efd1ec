"""Fixtures for pages: the application on the test database, and browsers logged in as somebody."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from abm import users
from abm.models import User
from abm.web.access import COOKIE
from abm.web.app import create_app
from abm.web.security import limiter
from abm.words import Role
from abm.work import Installation, unit_of_work

PASSWORD = "correct horse battery"

LogIn = Callable[..., FlaskClient]


@pytest.fixture
def app(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The pages, with forms that need no token; a test about tokens switches them on again."""
    app = create_app(installation.settings, installation.engine)
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=True)
    # Every test comes from one address: the brake is on only where it is the subject.
    monkeypatch.setattr(limiter, "enabled", False)
    return app


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser without a log-in that reads English."""
    return browser(app, "en")


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Makes a user with a role and answers a browser that is logged in as that user."""

    def logged_in(role: Role = Role.ADMIN, *, language: str = "en", name: str = "") -> FlaskClient:
        with unit_of_work() as work:
            user = users.find_user(work.session, mail_of(role)) or add_user(work.session, work.at, role, name)
            token = users.open_session(work.session, user)
        client = browser(app, language)
        client.set_cookie(COOKIE, token)
        return client

    return logged_in


def add_user(session: Session, at: datetime, role: Role, name: str = "") -> User:
    """A user of this role who could log in with PASSWORD."""
    return users.add_user(session, mail_of(role), role, at, name=name, password=PASSWORD)


def mail_of(role: Role) -> str:
    """The address under which add_user makes this role's user."""
    return f"{role}@sender.example"


def browser(app: Flask, language: str) -> FlaskClient:
    """A browser that prefers this language."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    return client
