"""A sequence as a drawing: where each step stands and how the lines between them run."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A phone shows 340 units without scrolling: one lane fills them, two lanes share them.
WIDTH = 340
GAP = 12
BOX_HEIGHT = 76
ROW_HEIGHT = 118
END = ""
# How far below its branch a line turns aside, and how far above its step it turns back; the gap has 42 units.
BRANCH_TURN = 25
MERGE_TURN = 25
CORNER = 8


@dataclass(frozen=True)
class Box:
    """One step; x and y are its upper left corner."""

    key: str
    step: Mapping[str, Any]
    x: int
    y: int
    width: int
    height: int = BOX_HEIGHT

    @property
    def middle(self) -> int:
        """Where lines begin and end."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Line:
    """The way from one step to the next; `answer` is yes or no behind a branch."""

    path: str
    answer: str
    label_x: int
    label_y: int
    # Which end of the label stands at its place: the words lie beside their line, never on it.
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """Boxes and lines on a sheet; the box with an empty key is the end."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def draw(document: Mapping[str, Any]) -> Drawing:
    """The steps from top to bottom: each below all that lead to it, the second way of a branch beside the first."""
    steps = {step["key"]: step for step in document.get("steps", [])}
    if not steps:
        return Drawing((), (), WIDTH, 0)
    start = document.get("start") or next(iter(steps))
    lanes = _lanes(start, steps)
    rows = _rows(start, steps)
    count = max(lanes.values()) + 1
    width = WIDTH if count == 1 else (WIDTH - GAP) // 2
    boxes = {key: _box(key, steps.get(key, {}), lanes[key], rows[key], width) for key in rows}
    lines = tuple(_lines(steps, boxes))
    sheet = count * (width + GAP) - GAP
    height = max(rows.values()) * ROW_HEIGHT + BOX_HEIGHT
    return Drawing(tuple(boxes.values()), lines, sheet, height)


def in_lines(text: str, columns: int, lines: int = 2) -> list[str]:
    """The text in so many lines of so many columns; what does not fit is cut off with a sign that says so."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines:
        taken = _fitting(rest, columns)
        found.append(rest[:taken].strip())
        rest = rest[taken:].strip()
    if rest:
        found[-1] = found[-1][: _fitting(found[-1], columns - 2)] + "…"
    return found


def _fitting(text: str, columns: int) -> int:
    """How many signs fit; signs of full width take two columns, and a line ends between words where it can."""
    used = 0
    for place, sign in enumerate(text):
        used += 2 if unicodedata.east_asian_width(sign) in "FWA" else 1
        if used > columns:
            space = text.rfind(" ", 0, place + 1)
            return space if space > place // 2 else place
    return len(text)


def ways(step: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a step leads: (answer or nothing, key of the next step or the end)."""
    if step.get("kind") == "exit":
        return []
    if step.get("kind") == "branch":
        return [("yes", step.get("if_yes") or END), ("no", step.get("if_no") or END)]
    return [("", step.get("next") or END)]


def _lanes(start: str, steps: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    lanes: dict[str, int] = {}
    waiting = [(start, 0)]
    while waiting:
        key, lane = waiting.pop()
        if key in lanes:
            continue
        lanes[key] = lane
        targets = [target for _, target in ways(steps.get(key, {})) if target not in lanes]
        # The first way stays below its branch; each other one takes the next free lane.
        beside = max([*lanes.values(), *(lane for _, lane in waiting)])
        later = [(target, beside + number) for number, target in enumerate(targets[1:], 1)]
        waiting += [*reversed(later), *((target, lane) for target in targets[:1])]
    lanes[END] = 0
    return lanes


def _rows(start: str, steps: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The longest way to each step; as many rounds as steps are enough, because published sequences have no loops."""
    rows = {start: 0}
    for _round in steps:
        for key in list(rows):
            for _, target in ways(steps.get(key, {})):
                rows[target] = max(rows.get(target, 0), rows[key] + 1)
    if END in rows:
        rows[END] = max(rows.values()) + (0 if rows[END] == max(rows.values()) else 1)
    return rows


def _box(key: str, step: Mapping[str, Any], lane: int, row: int, width: int) -> Box:
    return Box(key, step, lane * (width + GAP), row * ROW_HEIGHT, width)


def _lines(steps: Mapping[str, Mapping[str, Any]], boxes: Mapping[str, Box]) -> Iterator[Line]:
    for key, box in boxes.items():
        for answer, target in ways(steps.get(key, {})) if key else ():
            yield _line(box, boxes[target], answer)


def _line(above: Box, below: Box, answer: str) -> Line:
    """Straight down, or around two corners in the gap between the rows: there no box is crossed."""
    # A branch's second way begins, and a merge from another lane ends, beside the middle: no two lines share a way.
    start = above.middle + (above.width // 4 if answer == "no" else 0)
    end, top, bottom = below.middle, above.y + above.height, below.y
    if above.x == below.x:
        end = start
    elif not answer:
        end += below.width // 4 if above.x > below.x else -below.width // 4
    turn = top + BRANCH_TURN if answer else bottom - MERGE_TURN
    path = f"M{start} {top}V{bottom}" if start == end else _around(start, top, end, bottom, turn)
    is_first = answer == "yes"
    return Line(path, answer, start - 8 if is_first else start + 8, top + 19, "end" if is_first else "start")


def _around(start: int, top: int, end: int, bottom: int, turn: int) -> str:
    corner = CORNER if end > start else -CORNER
    first = f"M{start} {top}V{turn - CORNER}Q{start} {turn} {start + corner} {turn}"
    return f"{first}H{end - corner}Q{end} {turn} {end} {turn + CORNER}V{bottom}"
