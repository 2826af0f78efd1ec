"""The pages recipients see, compiled once; they need no script, no log-in and no database."""

from base64 import b64encode
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from abm.config import Settings
from abm.words import Language

_FOLDER = Path(__file__).parents[1] / "templates" / "pages" / "public"


class Page(StrEnum):
    """A page that is the same for everybody, by its template's name."""

    STOPPED = "stopped"
    RECEIVED = "received"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LATER = "later"
    SAVED = "saved"
    NOTED = "noted"
    UNSAVED = "unsaved"


class Filled(StrEnum):
    """A page that says something of its own to everybody."""

    STOP = "stop"
    WHY = "why"
    PREFERENCES = "preferences"
    FORM = "form"
    THANKS = "thanks"


class Pages:
    """Writes public pages in the token's language; most are the same for everybody."""

    def __init__(self, settings: Settings) -> None:
        style = (_FOLDER / "_style.css").read_text(encoding="utf-8").strip()
        environment = Environment(
            loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        environment.globals.update(
            style=style, sender=settings.sender_name, mail=settings.sender_mail, address=settings.sender_address
        )
        self.policy = _policy(style)
        self._templates = {page: environment.get_template(f"{page}.html") for page in Filled}
        self._html = {
            (page, language): environment.get_template(f"{page}.html").render(language=language.value).encode()
            for page in Page
            for language in Language
        }

    def html(self, page: Page, language: Language) -> bytes:
        """The page as bytes."""
        return self._html[page, language]

    def filled(self, page: Filled, language: Language, **values: object) -> bytes:
        """The page with what is only for this reader."""
        return self._templates[page].render(language=language.value, **values).encode()


def _policy(style: str) -> str:
    """Nothing may load or run but this one style; the form goes back to us only."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
