"""Checking a model before it counts: every fault with its line, hostile files, and what nothing can reach."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.scoring.document import read_yaml, write_yaml
from abm.scoring.live import default_document
from abm.scoring.model import in_order
from abm.scoring.validate import Checked, check_document, check_yaml

TEXT = write_yaml(default_document())


def faults_of(checked: Checked) -> list[tuple[int | None, str, str]]:
    return [(fault.line, fault.place, fault.code.value) for fault in checked.faults]


def line_of(words: str) -> int:
    return TEXT[: TEXT.index(words)].count("\n") + 1


def test_the_default_model_has_no_fault_and_its_golden_accounts_come_out() -> None:
    checked = check_yaml(TEXT)

    assert checked.faults == []
    assert [result.golden.name for result in checked.failed] == []
    assert len(checked.goldens) >= 9


def test_yaml_read_again_is_equal() -> None:
    assert read_yaml(TEXT).document == default_document()
    assert read_yaml(write_yaml(in_order(default_document()))).document == default_document()


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_any_document_survives_yaml(document: Any) -> None:
    assert read_yaml(write_yaml({"golden": document})).document == {"golden": document}


def test_every_fault_is_told_with_its_line() -> None:
    wrong = TEXT.replace("cap: 5", "cap: -5", 1).replace("base: 1\n", "base: 1000000000\n", 1)
    wrong = wrong.replace("    half_life_days: 7\n", "    half_life_days: 0\n", 1) + "colour: red\n"

    assert faults_of(check_yaml(wrong)) == [
        (1, "cap", "too_small"),
        (line_of("half_life_days: 7"), "kinds.open.half_life_days", "too_small"),
        (line_of("base: 1\n"), "kinds.click.base", "too_big"),
        (TEXT.count("\n") + 1, "colour", "unknown"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", (1, "model", "empty")),
        (b"\xff\xfe\x00", (1, "model", "not_text")),
        (b"- cap\n", (1, "", "no_table")),
        (b"cap: 1\nkinds: [", (3, "model", "not_yaml")),
        (b"a: &a [x, x]\nb: &b [*a, *a]\n", (1, "model", "reference")),
        (b"cap: !!python/object/apply:os.system [ls]\n", (1, "model", "reference")),
        (b"[" * 100, (1, "model", "too_deep")),
        (b"- 1\n" * 30_000, (19_999, "model", "too_deep")),
        (b"#" * 300_000, (None, "model", "too_large")),
    ],
)
def test_a_hostile_file_is_refused(text: bytes, fault: tuple[int | None, str, str]) -> None:
    assert faults_of(check_yaml(text))[0] == fault


def test_a_key_given_twice_is_a_fault_where_it_stands_again() -> None:
    assert faults_of(check_yaml(TEXT + "cap: 7\n")) == [(TEXT.count("\n") + 1, "cap", "twice")]


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e9", "9" * 5000, "2026-01-01", "~"])
def test_what_is_no_sound_number_is_refused(number: str) -> None:
    checked = check_yaml(TEXT.replace("cap: 5", f"cap: {number}", 1))

    assert [place for _, place, _ in faults_of(checked)] == ["cap"]


def test_tiers_may_be_written_without_quotes() -> None:
    assert check_yaml(TEXT.replace("'1:1'", "1:1").replace("'1:many'", "1:many")).faults == []


def changed(section: str, name: str, value: Any) -> dict[str, Any]:
    document = default_document()
    document[section][name] = value
    return document


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (changed("mqa", "thresholds", {"1:1": 20, "1:few": 30, "1:many": 90_000}), "mqa.thresholds.1:many"),
        (changed("mqa", "person_points", 5_000), "mqa.person_points"),
        (changed("mqa", "people", 11), "mqa.people"),
        (changed("mqa", "most_of_others", 0.0001), "mqa.thresholds.1:1"),
        (changed("verdicts", "proven", 0), "mqa.thresholds.1:1"),
    ],
)
def test_a_threshold_that_nothing_reaches_is_refused(document: dict[str, Any], place: str) -> None:
    faults = check_document(document).faults

    assert (faults[0].place, faults[0].code) == (place, "out_of_reach")


@pytest.mark.parametrize(
    "when",
    [
        "always",
        {"any": ["has_contact", {"not": ["has_contact"]}]},
    ],
)
def test_a_stage_above_which_everybody_is_taken_is_never_reached(when: Any) -> None:
    document = default_document()
    document["stages"][-1]["when"] = when

    faults = check_document(document).faults

    assert {fault.code.value for fault in faults} == {"unreachable"}
    assert len(faults) == len(document["stages"]) - 1


def test_a_stage_that_contradicts_itself_is_never_reached() -> None:
    document = default_document()
    document["stages"][2]["when"] = {"all": [{"human_event_within_days": 30}, {"silent_for_days": 60}]}

    assert [fault.place for fault in check_document(document).faults] == ["stages[2].when"]
