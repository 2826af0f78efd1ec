"""How a route reaches the database: one unit of work on the application's engine."""

from contextlib import AbstractContextManager

from flask import Flask, current_app
from sqlalchemy import Engine

from abm.config import Settings
from abm.customers.erased import Digests
from abm.tokens import Signer, read_secrets
from abm.work import Work, unit_of_work


def bind(app: Flask, settings: Settings, engine: Engine) -> None:
    """Tell the application its settings and its engine."""
    app.extensions["abm.settings"] = settings
    app.extensions["abm.engine"] = engine
    app.extensions["abm.signer"] = Signer(read_secrets(settings))


def settings() -> Settings:
    """The installation's settings, inside a request."""
    found: Settings = current_app.extensions["abm.settings"]
    return found


def digests() -> Digests:
    """How this installation tells the addresses of erased people again."""
    return signer().digests


def signer() -> Signer:
    """What writes and reads the tokens of this installation's mails."""
    found: Signer = current_app.extensions["abm.signer"]
    return found


def work() -> AbstractContextManager[Work]:
    """One business act of this request: `with work() as act:` commits on leaving."""
    return unit_of_work(current_app.extensions["abm.engine"])
