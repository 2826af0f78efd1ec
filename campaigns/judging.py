"""Everything that keeps a sequence from being published, in one list: its form, its ways, its mails, its names."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from campaigns.document import validate_document
from campaigns.flaws import Flaw
from campaigns.mail_checks import check_mails
from campaigns.mails import compile_folder, compile_mails
from campaigns.name_checks import check_names


def judge(session: Session, document: Mapping[str, Any]) -> list[Flaw]:
    """Every flaw of a document in this installation; it compiles the mails, which takes a moment."""
    mails = check_mails(document, lambda name: compile_mails(session, name))
    return _each_once([*validate_document(document), *mails, *check_names(session, document)])


def judge_alone(document: Mapping[str, Any]) -> list[Flaw]:
    """The same without an installation: mails are those that ship, and names are not asked for."""
    return _each_once([*validate_document(document), *check_mails(document, compile_folder)])


def _each_once(flaws: Iterable[Flaw]) -> list[Flaw]:
    return list({(flaw.place, flaw.code): flaw for flaw in flaws}.values())
