"""FILE|NAME: a sequence's document from a file, from the library, or as it is stored in this installation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abm.cli.options import act
from abm.errors import NotFound, ServiceDown
from campaigns.library import read_document
from campaigns.newest import newest_version
from campaigns.sequences import find_sequence


def read_named(source: str) -> Mapping[str, Any]:
    """The document; of a stored sequence the draft, else the newest version."""
    try:
        return read_document(source)
    except NotFound:
        if (stored := _stored(source)) is None:
            raise
        return stored


def name_of(source: str) -> str:
    """The name of the sequence that is meant: as given, or as its file says."""
    return str(read_document(source)["name"]) if Path(source).is_file() else source


def _stored(name: str) -> Mapping[str, Any] | None:
    try:
        with act() as work:
            sequence = find_sequence(work.session, name)
            version = newest_version(work.session, sequence.id) if sequence else None
            return version.document if version else None
    except ServiceDown:
        # Without an installation there are files and the library.
        return None
