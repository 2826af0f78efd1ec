"""Every setting can be found in the README under the name it has in the environment."""

from dataclasses import fields

import pytest

from abm.config import PLAIN_NAMES, Settings
from tests.house.tree import ROOT


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert PLAIN_NAMES.get(name, f"ABM_{name.upper()}") in readme


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_says_what_it_is_for(field: object) -> None:
    assert getattr(field, "metadata", {}).get("help")
