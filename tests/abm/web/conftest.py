"""Fixtures for pages: the application on the test database, and browsers logged in as somebody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from abm import users
from abm.config import Settings
from abm.models import User
from abm.web.access import COOKIE
from abm.web.acts import bind
from abm.web.app import create_app
from abm.web.security import limiter
from abm.words import Role
from abm.work import Installation, unit_of_work

PASSWORD = "correct horse battery"

KEPT_PASSWORD = PasswordHasher().hash(PASSWORD)

LogIn = Callable[..., FlaskClient]
APPS: dict[Settings, Flask] = {}


@pytest.fixture
def app(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The pages, with forms that need no token; a test about tokens switches them on again."""
    app = app_of(installation)
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=True, PROPAGATE_EXCEPTIONS=True)
    # Every test comes from one address: the brake is on only where it is the subject.
    monkeypatch.setattr(limiter, "enabled", False)
    return app


def app_of(installation: Installation) -> Flask:
    """The pages of this installation: routes and templates are compiled once for all that differ by their folder."""
    settings = replace(installation.settings, state_dir=Path())
    if settings not in APPS:
        APPS[settings] = create_app(installation.settings, installation.engine)
    bind(APPS[settings], installation.settings, installation.engine)
    return APPS[settings]


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
    user = users.add_user(session, mail_of(role), role, at, name=name)
    # Made once: to make it is meant to take long, and hundreds of tests log somebody in.
    user.password_hash = KEPT_PASSWORD
    return user


def mail_of(role: Role) -> str:
    """The address under which add_user makes this role's user."""
    return f"{role}@sender.example"


def browser(app: Flask, language: str) -> FlaskClient:
    """A browser that prefers this language."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    return client
