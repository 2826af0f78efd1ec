"""Files put in place at once."""

from pathlib import Path

import pytest

from abm.whole import write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "links" / "links.jsonl", b"old")
    write_whole(tmp_path / "links" / "links.jsonl", b"new")

    assert [(path.name, path.read_bytes()) for path in (tmp_path / "links").iterdir()] == [("links.jsonl", b"new")]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()

    with pytest.raises(OSError, match="taken"):
        write_whole(taken, b"new")

    assert list(tmp_path.iterdir()) == [taken]
