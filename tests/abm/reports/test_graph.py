"""The drawing of a sequence: every step once, each below what leads to it, and words that fit."""

from typing import Any

from abm.reports.graph import WIDTH, draw, in_lines

STRAIGHT = {
    "steps": [
        {"key": "one", "kind": "mail", "mail": "m", "next": "rest"},
        {"key": "rest", "kind": "wait", "lasts": {"days": 3}, "next": "two"},
        {"key": "two", "kind": "mail", "mail": "m"},
    ]
}
FORKED: dict[str, Any] = {
    "steps": [
        {"key": "ask", "kind": "branch", "if_yes": "short", "if_no": "long"},
        {"key": "short", "kind": "mail", "mail": "m", "next": "last"},
        {"key": "long", "kind": "mail", "mail": "m", "next": "longer"},
        {"key": "longer", "kind": "wait", "lasts": {"days": 1}, "next": "last"},
        {"key": "last", "kind": "exit"},
    ]
}


def places(document: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {box.key: (box.x, box.y) for box in draw(document).boxes}


def test_a_straight_sequence_fills_the_width_of_a_phone_and_ends() -> None:
    drawing = draw(STRAIGHT)

    assert [box.key for box in sorted(drawing.boxes, key=lambda box: box.y)] == ["one", "rest", "two", ""]
    assert {box.width for box in drawing.boxes} == {WIDTH}
    assert len(drawing.lines) == 3


def test_the_ways_of_a_branch_stand_beside_each_other() -> None:
    at = places(FORKED)

    assert at["short"][1] == at["long"][1] > at["ask"][1]
    assert at["short"][0] != at["long"][0]
    assert sorted(line.way for line in draw(FORKED).lines) == ["", "", "", "if_no", "if_yes"]


def test_the_words_of_a_branch_lie_beside_their_own_line() -> None:
    drawing = draw(FORKED)
    ask = next(box for box in drawing.boxes if box.key == "ask")
    yes, no = (next(line for line in drawing.lines if line.way == way) for way in ("if_yes", "if_no"))

    assert (yes.anchor, no.anchor) == ("end", "start")
    assert yes.label_x < ask.middle < no.label_x
    assert yes.path.startswith(f"M{ask.middle} ")
    assert not no.path.startswith(f"M{ask.middle} ")


def test_no_two_lines_end_in_the_same_place() -> None:
    ends = [line.path.rsplit("M", 1)[1] for line in draw(FORKED).lines]

    assert len(set(ends)) == len(ends)


def test_a_step_stands_below_the_longest_way_to_it() -> None:
    at = places(FORKED)

    assert at["last"][1] > at["longer"][1] > at["long"][1]


def test_no_two_steps_share_a_place() -> None:
    assert len(set(places(FORKED).values())) == len(places(FORKED))


def test_a_sequence_without_steps_is_an_empty_sheet() -> None:
    assert draw({}).boxes == ()


def test_words_break_where_the_box_ends() -> None:
    assert in_lines("ホワイトペーパー", 12) == ["ホワイトペー", "パー"]
    assert in_lines("Reading cost variances", 12) == ["Reading cost", "variances"]


def test_what_does_not_fit_is_cut_visibly() -> None:
    assert in_lines("あいうえおかきくけこ", 6)[-1] == "えお…"


def test_a_way_back_runs_beside_the_steps_and_ends_the_drawing() -> None:
    again = {**STRAIGHT, "steps": [*STRAIGHT["steps"][:2], {"key": "two", "kind": "mail", "mail": "m", "next": "one"}]}
    drawing = draw(again)

    assert [box.key for box in sorted(drawing.boxes, key=lambda box: box.y)] == ["one", "rest", "two"]
    assert len(drawing.lines) == 3
    assert drawing.width > max(box.x + box.width for box in drawing.boxes)


def test_what_no_step_leads_to_yet_stands_below_the_rest() -> None:
    loose = {"steps": [*STRAIGHT["steps"], {"key": "loose", "kind": "mail"}]}

    at = places(loose)

    assert at["loose"][1] > at["two"][1]
    assert len(set(at.values())) == len(at) == 5


def test_the_words_of_three_ways_stand_beside_one_another() -> None:
    ways = [{"key": key, "percent": 1, "next": f"to_{key}"} for key in "abc"]
    steps = [{"key": f"to_{key}", "kind": "exit"} for key in "abc"]
    drawing = draw({"steps": [{"key": "lot", "kind": "split", "ways": ways}, *steps]})

    first, second, third = (line for line in drawing.lines if line.step == "lot")
    # "B 100%" in the drawing's letters.
    longest = 45
    assert first.label_x < second.label_x < third.label_x - longest
    assert third.label_y < next(box.y for box in drawing.boxes if box.key == "to_c")
