"""Documents that are kept in versions, as commands show them, and what is wrong with one."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from abm.cli.options import wants_json
from abm.cli.show import show
from abm.models import GuardPolicy, ScoreModel
from abm.scoring.document import write_yaml
from abm.scoring.faults import Fault


def show_document(version: ScoreModel | GuardPolicy, document: Mapping[str, Any]) -> None:
    """The document of a version, to be changed and given back."""
    if wants_json():
        show({"version": version.version, "is_live": version.is_live, "document": document})
    else:
        click.echo(write_yaml(document), nl=False)


def faults_told(faults: Iterable[Fault]) -> dict[str, Any]:
    """Whether a document is sound, and every fault with its line, its place and the remedy."""
    told = [
        {"line": fault.line, "place": fault.place, "code": fault.code.value, "message": fault.message}
        for fault in faults
    ]
    return {"valid": not told, "faults": told}
