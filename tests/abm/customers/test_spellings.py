"""Matching judged on spellings of well-known firms: `expected` is the account, null for another firm of a near name.

The first list spells firms in many ways; the second is of groups that share a domain, a name or a place: it looks for
what must never be merged. Names are of public companies; numbers and domains are invented.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abm.customers.domains import SharedDomains
from abm.importers.firms import match_known, read_firm, read_known

DATA = Path(__file__).parents[2] / "data"
RIGHT, FOUND, FOUND_OR_QUEUED = 0.995, 0.85, 0.97

Judged = list[tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module", params=["matching", "companies"])
def judged(request: pytest.FixtureRequest) -> Judged:
    """Every row with what matching says of it."""
    shared = SharedDomains()
    known = read_known((DATA / f"{request.param}-known.jsonl").read_bytes().splitlines(), shared, "known")
    lines = (DATA / f"{request.param}-rows.jsonl").read_bytes().splitlines()
    return [(json.loads(line), match_known(read_firm(line, shared), known)) for line in lines]


def test_automatic_matches_are_right(judged: Judged) -> None:
    automatic = [(row, answer) for row, answer in judged if answer["match"]]
    wrong = [row["company"] for row, answer in automatic if answer["match"] != row["expected"]]

    assert 1 - len(wrong) / len(automatic) >= RIGHT, wrong


def test_most_spellings_are_found(judged: Judged) -> None:
    missed = [row["company"] for row, answer in of_known_firms(judged) if not answer["match"]]

    assert 1 - len(missed) / len(list(of_known_firms(judged))) >= FOUND, missed


def test_nearly_all_spellings_are_found_or_queued(judged: Judged) -> None:
    missed = [
        row["company"]
        for row, answer in of_known_firms(judged)
        if row["expected"] not in [candidate["id"] for candidate in answer["candidates"]]
    ]

    assert 1 - len(missed) / len(list(of_known_firms(judged))) >= FOUND_OR_QUEUED, missed


def of_known_firms(judged: Judged) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    return ((row, answer) for row, answer in judged if row["expected"])
