"""`abm bench`: what is named is measured once, and what cannot be measured is said."""

import pytest

from abm.cli.bench import choose
from abm.errors import NotFound
from tests.abm.cli.conftest import Command
from tests.bench import Figure, MissingTool, line_of, load_benchmarks, require


def clicks() -> None:
    """A benchmark of two figures."""


def rows() -> None:
    """Another one."""


BENCHMARKS = {"tracking.click": clicks, "tracking.open": clicks, "import.rows": rows}


def test_a_prefix_means_all_of_its_figures_and_each_function_runs_once() -> None:
    assert choose(BENCHMARKS, ["tracking"]) == {clicks: ["tracking.click", "tracking.open"]}


def test_nothing_named_means_everything() -> None:
    assert list(choose(BENCHMARKS, [])) == [clicks, rows]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"import\.rows"):
        choose(BENCHMARKS, ["import.row"])


def test_every_benchmark_of_the_checkout_is_found(abm: Command) -> None:
    answer = abm("bench", "--list")

    assert set(answer.out.split()) == set(load_benchmarks())
    assert "import.rows" in answer.out


def test_a_figure_is_compared_with_its_reference() -> None:
    line = line_of(Figure("import.rows", 50.0, "rows/s", "higher", "clean_copy", 100.0, 1000, 20.0))

    assert (line["ratio"], line["limited_by"]) == (0.5, None)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(MissingTool, match="no-such-load-maker"):
        require("sh", "no-such-load-maker")
