"""Ready-made sequences with their files, in every language."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from abm.errors import Invalid, NotFound
from abm.scoring.document import Text, read_yaml
from abm.words import FaultCode

FOLDER = Path(__file__).parent
ASSETS = FOLDER / "assets"


class _Plain(yaml.SafeLoader):
    """Reads what JSON could hold: `on` is a word, 17:00 and 2027-03-01 are texts, only true and false are flags."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("bool", "timestamp", "int")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), list("tf"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))


def library_names() -> list[str]:
    """The ready-made sequences."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def read_text(given: bytes | str) -> Text:
    """What a text in YAML says as sequences mean it; nothing in it is expanded."""
    return read_yaml(given, _Plain)


def read_document(source: str | Path) -> Mapping[str, Any]:
    """A sequence document by its library name or from a YAML file; Invalid names the line that cannot be read."""
    file = FOLDER / f"{source}.yaml" if str(source) in library_names() else Path(source)
    try:
        text = read_text(file.read_bytes())
    except (FileNotFoundError, IsADirectoryError) as error:
        known = ", ".join(library_names())
        raise NotFound(f"no sequence {source}: neither a file nor in the library ({known})") from error
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error}", field=str(source), code="unreadable") from error
    for fault in text.faults:
        if fault.code != FaultCode.EMPTY:
            line = f"line {fault.line}: " if fault.line else ""
            raise Invalid(f"{file}: {line}{fault.told_of('the sequence')}", field=str(source), code="yaml")
    if not isinstance(text.document, Mapping):
        raise Invalid(f"{file} holds no sequence: a mapping with name, title and steps", field=str(source))
    return text.document


def read_asset(filename: str) -> bytes:
    """The bytes of a file that comes with the library."""
    file = ASSETS / filename
    if file.parent != ASSETS or not file.is_file():
        raise Invalid(f"there is no file {filename} in campaigns/library/assets", field="assets", code="missing")
    return file.read_bytes()
