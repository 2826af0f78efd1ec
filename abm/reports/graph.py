"""A sequence as a drawing: where each step stands and how the lines between them run."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.editing import ways_of

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
# Room on the right for each way back.
SIDE = 16
# By step: the name of each way, where it leads, and its place among the step's ways.
Ways = dict[str, list[tuple[str, str, int]]]


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
    """The way from one step to the next; `way` is its place in the step (if_yes …), nothing where there is only one."""

    step: str
    way: str
    path: str
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
    """The steps from top to bottom: each below all that lead to it, further ways of a step beside the first.

    What no step leads to yet stands below the rest; a way back runs along the right side.
    """
    steps = {step["key"]: step for step in document.get("steps") or ()}
    if not steps:
        return Drawing((), (), WIDTH, 0)
    start = document.get("start") or next(iter(steps))
    roots = list(dict.fromkeys([start if start in steps else next(iter(steps)), *steps]))
    onward, back = _split_ways(roots, steps)
    rows = _rows(roots, onward)
    lanes = _lanes(roots, onward)
    count = max(lanes.values()) + 1
    width = WIDTH if count == 1 else (WIDTH - GAP) // 2
    boxes = {key: _box(key, steps.get(key, {}), lanes[key], rows[key], width) for key in rows}
    sheet = count * (width + GAP) - GAP
    lines = [_line(boxes[key], boxes[target], way, number, boxes) for key, way, target, number in _ways(onward)]
    lines += [
        _line_back(boxes[key], boxes[target], way, sheet, n) for n, (key, way, target, _) in enumerate(_ways(back))
    ]
    height = max(rows.values()) * ROW_HEIGHT + BOX_HEIGHT
    margin = SIDE * (sum(map(len, back.values())) + 1) if any(back.values()) else 0
    return Drawing(tuple(boxes.values()), tuple(lines), sheet + margin, height)


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


def _split_ways(roots: Sequence[str], steps: Mapping[str, Mapping[str, Any]]) -> tuple[Ways, Ways]:
    """Every way on from a step, and apart from them the ways back to a step that led here."""
    onward: Ways = {key: [] for key in steps}
    back: Ways = {key: [] for key in steps}
    open_steps: set[str] = set()
    done: set[str] = set()

    def visit(key: str) -> None:
        open_steps.add(key)
        for number, way in enumerate(ways_of(steps[key])):
            target = way.target if way.target and way.target in steps else END
            is_back = target in open_steps
            (back if is_back else onward)[key].append((_name(steps[key], way.name), target, number))
            if target != END and not is_back and target not in done:
                visit(target)
        open_steps.discard(key)
        done.add(key)

    for root in roots:
        if root not in done:
            visit(root)
    return onward, back


def _name(step: Mapping[str, Any], way: str) -> str:
    return way if len(ways_of(step)) > 1 else ""


def _ways(ways: Ways) -> Iterator[tuple[str, str, str, int]]:
    for key, found in ways.items():
        for way, target, number in found:
            yield key, way, target, number


def _lanes(roots: Sequence[str], onward: Ways) -> dict[str, int]:
    lanes: dict[str, int] = {}
    for root in roots:
        waiting = [(root, 0)]
        while waiting:
            key, lane = waiting.pop()
            if key in lanes:
                continue
            lanes[key] = lane
            targets = [target for _, target, _ in onward.get(key, ()) if target not in lanes]
            # The first way stays below its step; each other one takes the next free lane.
            beside = max([*lanes.values(), *(lane for _, lane in waiting)])
            later = [(target, beside + number) for number, target in enumerate(targets[1:], 1)]
            waiting += [*reversed(later), *((target, lane) for target in targets[:1])]
    if END in lanes:
        lanes[END] = 0
    return lanes


def _rows(roots: Sequence[str], onward: Ways) -> dict[str, int]:
    """The longest way to each step; what no step leads to begins below all before it. Ways back are not among them."""
    rows: dict[str, int] = {}
    for root in roots:
        if root in rows:
            continue
        lower = {root: max(rows.values()) + 1 if rows else 0}
        for _round in onward:
            for key in list(lower):
                for _, target, _ in onward.get(key, ()):
                    if target not in rows:
                        lower[target] = max(lower.get(target, 0), lower[key] + 1)
        rows.update(lower)
    if END in rows:
        below = max((row for key, row in rows.items() if key != END), default=-1) + 1
        rows[END] = max(below, rows[END]) if rows[END] < below else rows[END]
    return rows


def _box(key: str, step: Mapping[str, Any], lane: int, row: int, width: int) -> Box:
    return Box(key, step, lane * (width + GAP), row * ROW_HEIGHT, width)


def _line(above: Box, below: Box, way: str, number: int, boxes: Mapping[str, Box]) -> Line:
    """Straight down, or around two corners between the rows; past other steps through the gap between the lanes."""
    # Each further way begins, and a merge from another lane ends, beside the middle: no two lines share a way.
    start = above.middle + min(number * above.width // 4, above.width // 2 - CORNER)
    end, top, bottom = below.middle, above.y + above.height, below.y
    if above.x == below.x:
        end = start
    elif not way:
        end += below.width // 4 if above.x > below.x else -below.width // 4
    turn = top + BRANCH_TURN if way else bottom - MERGE_TURN
    crossed = below.x if way else above.x
    if any(box.x == crossed and above.y < box.y < below.y for box in boxes.values()):
        gutter = crossed - GAP // 2
        points = [(start, top), (start, top + BRANCH_TURN), (gutter, top + BRANCH_TURN), (gutter, bottom - MERGE_TURN)]
        path = _bent([*points, (end, bottom - MERGE_TURN), (end, bottom)])
    else:
        path = _bent([(start, top), (start, turn), (end, turn), (end, bottom)])
    is_first = bool(way) and number == 0
    if number > 1 and above.x != below.x:
        # Beside its neighbour's beginning there is no room for a third word: it stands where the way ends.
        return Line(above.key, way, path, end + 8, bottom - 4)
    label_x = start - 8 if is_first else start + 8
    return Line(above.key, way, path, label_x, top + 19, "end" if is_first else "start")


def _line_back(below: Box, above: Box, way: str, sheet: int, number: int) -> Line:
    """Out to the right, up along the side, and in again."""
    x, y = sheet + SIDE * (number + 1), below.y + below.height // 2 + 6 * number
    into = above.y + above.height // 2 - 6 * number
    points = [(below.x + below.width, y), (x, y), (x, into), (above.x + above.width, into)]
    path = _bent(points)
    return Line(below.key, way, path, below.x + below.width + 4, y - 6)


def _bent(points: Sequence[tuple[int, int]]) -> str:
    """A line of straight parts, each along one axis, with round corners."""
    kept = [point for place, point in enumerate(points) if place == 0 or point != points[place - 1]]
    path = f"M{kept[0][0]} {kept[0][1]}"
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        into, out = _near(corner, before), _near(corner, after)
        path += f"L{into[0]} {into[1]}Q{corner[0]} {corner[1]} {out[0]} {out[1]}"
    return f"{path}L{kept[-1][0]} {kept[-1][1]}"


def _near(corner: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Where the curve of a corner begins on the way to the other point."""
    along = [max(-CORNER, min(CORNER, there - here)) for here, there in zip(corner, other, strict=True)]
    return corner[0] + along[0], corner[1] + along[1]
