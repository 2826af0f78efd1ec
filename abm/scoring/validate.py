"""Checking a model before it can count: every fault of its document, and what it makes of the golden accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from abm.scoring.document import Text, read_yaml
from abm.scoring.faults import Fault, Reading, refuse
from abm.scoring.golden import GoldenResult, check_goldens, read_goldens, run_goldens
from abm.scoring.model import Model, check_model
from abm.scoring.reach import check_reach


@dataclass(frozen=True)
class Checked:
    """A document with everything wrong with it; without faults, its model and what that makes of golden accounts."""

    document: Any
    model: Model | None
    faults: Sequence[Fault]
    goldens: Sequence[GoldenResult] = ()

    @property
    def failed(self) -> list[GoldenResult]:
        """The golden accounts that come out otherwise than expected."""
        return [result for result in self.goldens if not result.passes]

    def sound(self) -> Model:
        """The model; Invalid names the first fault when there is one."""
        if self.model is None:
            raise refuse(self.faults)
        return self.model


def check_document(document: Any) -> Checked:
    """Everything there is to say about a document before it is published."""
    model, faults = check_model(document)
    reading = Reading()
    goldens = read_goldens(reading, document.get("golden")) if isinstance(document, dict) else []
    faults = [*faults, *reading.faults, *(check_reach(model) if model else [])]
    if model is None or faults:
        return Checked(document, None, faults)
    return Checked(document, model, [], run_goldens(goldens, model))


def check_yaml(given: bytes | str) -> Checked:
    """The same for a file, with the line of every fault."""
    text = read_yaml(given)
    if text.document is None:
        return Checked(None, None, text.faults)
    checked = check_document(text.document)
    return _with_lines(checked, text)


def check_golden_file(name: str, given: bytes) -> Text:
    """Golden accounts in a file of their own, a list or under `golden`; what is wrong names the file and the line."""
    text = read_yaml(given)
    listed = text.document["golden"] if isinstance(text.document, dict) and "golden" in text.document else text.document
    faults = [*text.faults, *(check_goldens(listed) if text.document is not None else [])]
    return replace(
        text, document=listed, faults=[replace(one, place=f"{name}: {one.place}") for one in text.locate(faults)]
    )


def add_goldens(checked: Checked, files: Sequence[Text]) -> Checked:
    """A sound model with the accounts of these files as its own; of two with the same name the later one stays."""
    if faults := [fault for file in files for fault in file.faults]:
        return replace(checked, model=None, faults=[*checked.faults, *faults], goldens=())
    if checked.model is None or not files:
        return checked
    own = [*(checked.document.get("golden") or []), *(one for file in files for one in file.document)]
    named = {one["name"]: one for one in own}
    return check_document({**checked.document, "golden": list(named.values())})


def _with_lines(checked: Checked, text: Text) -> Checked:
    faults = text.locate([*text.faults, *checked.faults])
    return checked if not faults else replace(checked, model=None, faults=faults, goldens=())
