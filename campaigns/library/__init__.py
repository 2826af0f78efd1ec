"""Ready-made sequences with their files, in every language."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from abm.errors import Invalid, NotFound

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


def read_document(source: str | Path) -> Mapping[str, Any]:
    """A sequence document by its library name or from a YAML file; Invalid names the line that cannot be read."""
    file = FOLDER / f"{source}.yaml" if str(source) in library_names() else Path(source)
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_Plain)
    except (FileNotFoundError, IsADirectoryError) as error:
        known = ", ".join(library_names())
        raise NotFound(f"no sequence {source}: neither a file nor in the library ({known})") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}", field=str(source), code="unreadable") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise Invalid(f"{file}: {line}{getattr(error, 'problem', error)}", field=str(source), code="yaml") from error
    if not isinstance(document, Mapping):
        raise Invalid(f"{file} holds no sequence: a mapping with name, title and steps", field=str(source))
    return document


def read_asset(filename: str) -> bytes:
    """The bytes of a file that comes with the library."""
    file = ASSETS / filename
    if file.parent != ASSETS or not file.is_file():
        raise Invalid(f"there is no file {filename} in campaigns/library/assets", field="assets", code="missing")
    return file.read_bytes()
