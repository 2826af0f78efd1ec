"""What is committed is ours, and no lock file ties us to an address."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, known_files

THIRD_PARTY = re.compile(
    r"(^|/)(node_modules|vendor|vendored|bower_components|dist)/|\.min\.(js|css)$|\.(woff2?|ttf|otf|eot|mo|whl|map)$"
)
LOCKS = ("requirements.lock", "abm/web/ui/package-lock.json")
# A source line longer than this was written by a bundler.
LONGEST_LINE = 1_000
SOURCES = {".js", ".css", ".ts", ".tsx"}


def test_nothing_of_others_is_committed() -> None:
    assert [name for name in known_files() if THIRD_PARTY.search(name)] == []


def test_no_front_end_source_looks_bundled() -> None:
    sources = [name for name in known_files() if Path(name).suffix in SOURCES]
    long = [name for name in sources if max(map(len, (ROOT / name).read_text("utf-8").splitlines())) > LONGEST_LINE]

    assert sources
    assert long == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_versions_and_hashes_but_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert "sha" in text


def test_every_package_is_locked_with_a_hash() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert packages
    assert [line.split()[0] for line in packages if "--hash=sha256:" not in line] == []


def test_the_top_level_holds_only_what_the_house_plan_names() -> None:
    top = {name.split("/")[0] for name in known_files()}

    assert top <= {
        "abm",
        "tracking",
        "campaigns",
        "templates",
        "tests",
        "pyproject.toml",
        "README.md",
        "Makefile",
        "requirements.lock",
        ".ci",
        ".gitignore",
    }
