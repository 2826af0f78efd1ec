"""Fields that a merge fills on the record that stays, and the way back."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from abm.models import Account, Contact


def take_over(stays: Account | Contact, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set these fields; answers old and new of each."""
    changed = {name: {"old": _plain(getattr(stays, name)), "new": _plain(value)} for name, value in values.items()}
    for name, value in values.items():
        setattr(stays, name, value)
    return changed


def give_back(stays: Account | Contact, changed: Mapping[str, Any]) -> None:
    """Old values where the merge's own still stand; what somebody changed since stays."""
    for name, values in changed.items():
        if _plain(getattr(stays, name)) == values["new"]:
            setattr(stays, name, _typed(type(stays), name, values["old"]))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _typed(record: type[Account | Contact], name: str, value: Any) -> Any:
    kind = record.__table__.columns[name].type.python_type
    if value is None or not isinstance(value, str) or kind is str:
        return value
    return kind(value) if kind is uuid.UUID else kind.fromisoformat(value)
