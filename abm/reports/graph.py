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
    x, y, to_x, to_y = above.middle, above.y + above.height, below.middle, below.y
    bend = to_y - ROW_HEIGHT + BOX_HEIGHT
    if x == to_x:
        path = f"M{x} {y}V{to_y}"
    elif answer:
        # A branch turns at once into the other lane, a merge only just above its step.
        path = f"M{x} {y}C{x} {y + 36} {to_x} {y + 6} {to_x} {y + 42}V{to_y}"
    else:
        path = f"M{x} {y}V{bend}C{x} {bend + 36} {to_x} {bend + 6} {to_x} {to_y}"
    label_x = x + 8 if x == to_x else (x + to_x) // 2
    return Line(path, answer, label_x, y + 20)
