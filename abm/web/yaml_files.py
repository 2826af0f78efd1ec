"""Documents in YAML on pages: given as a file or text, given back as a file, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from abm.scoring.document import MOST_KILOBYTES, write_yaml
from abm.scoring.faults import Fault
from abm.web.model_form import say_fault

YAML = "application/yaml"


def given_yaml() -> bytes | str | None:
    """The file or text that was sent; the file when there are both."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return upload.stream.read(MOST_KILOBYTES * 1024 + 1)
    return request.form.get("text") or None


def yaml_file(document: Mapping[str, Any], name: str) -> Response:
    """A document to download under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_yaml(document), mimetype=YAML, headers=headers)


def told_faults(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """What is wrong, each with its line and place, in the reader's language."""
    return [{"line": fault.line, "place": fault.place, "sentence": say_fault(fault)} for fault in faults]
