"""Searching names as people type them: any width, either kana, without the meaning of % and _."""

import unicodedata
from typing import Any

import jaconv
from sqlalchemy import or_
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression


def contains(typed: str, *columns: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """One of the columns holds what was typed, in one of its spellings."""
    patterns = {_pattern(spelling) for spelling in _spellings(typed)}
    return or_(*(column.ilike(pattern, escape="\\") for column in columns for pattern in patterns))


def _spellings(typed: str) -> tuple[str, ...]:
    bare = typed.strip()
    folded = unicodedata.normalize("NFKC", bare)
    return (bare, folded, jaconv.hira2kata(folded))


def _pattern(spelling: str) -> str:
    # A name is kept with either kind of space between its parts, or none; what was typed may have another.
    bare = "%".join(spelling.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").split())
    return f"%{bare}%"
