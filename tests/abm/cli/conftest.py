"""Running a command in the test's own process, on the test's installation, as a script would see it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from abm.cli.root import run_command
from abm.work import Installation


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as one document."""
        return json.loads(self.out)


Command = Callable[..., Answer]


@pytest.fixture
def abm(installation: Installation, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: object) -> Answer:
        capsys.readouterr()
        try:
            code = run_command([str(word) for word in words], obj=installation)
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run
