"""The drawing of a sequence for pages: its boxes and lines with their words and counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from abm.reports.graph import Box, Drawing, draw, in_lines
from abm.reports.sequences import StepCount
from abm.web.i18n import number
from abm.web.sequence_words import Subjects, step_title, ways_in_words
from abm.words import StepKind

# Signs of normal width that fit into a box of the drawing, by its width.
COLUMNS_PER_UNIT = 1 / 7.2
# Where people stand for longer than a moment.
RESTS = (StepKind.WAIT, StepKind.BRANCH)


@dataclass(frozen=True)
class StepBox:
    """One step as the drawing and the table name it."""

    place: Box
    kind: str
    title: str
    lines: list[str]
    full: str
    counts: str
    count: StepCount

    @property
    def key(self) -> str:
        """Which step; empty for the end."""
        return self.place.key


@dataclass(frozen=True)
class Picture:
    """What the template draws; `words` are those of ways, by step and place in it."""

    drawing: Drawing
    boxes: tuple[StepBox, ...]
    words: Mapping[tuple[str, str], str]

    @property
    def titles(self) -> Mapping[str, str]:
        """Titles by key."""
        return {box.key: box.title for box in self.boxes}


def picture_of(document: Mapping[str, Any], subjects: Subjects, counts: Mapping[str, StepCount]) -> Picture:
    """A document drawn, with what is counted at its steps."""
    drawing = draw(document)
    words = {
        (box.key, way.name): way.word for box in drawing.boxes if box.key for way in ways_in_words(box.step) if way.word
    }
    return Picture(drawing, tuple(_boxes(drawing, subjects, counts)), words)


def _boxes(drawing: Drawing, subjects: Subjects, counts: Mapping[str, StepCount]) -> Iterator[StepBox]:
    for box in drawing.boxes:
        count = counts.get(box.key, StepCount()) if box.key else StepCount()
        title = step_title(box.step, subjects)
        counted = _counted(box, count) if counts else ""
        columns = int((box.width - 24) * COLUMNS_PER_UNIT)
        full = f"{title} – {counted}" if counted else title
        yield StepBox(box, str(box.step.get("kind", "end")), title, in_lines(title, columns), full, counted, count)


def _counted(box: Box, count: StepCount) -> str:
    kind = box.step.get("kind")
    if kind == StepKind.MAIL:
        return _("Sent %(sent)s · withheld %(withheld)s", sent=number(count.sent), withheld=number(count.withheld))
    return _("Here now %(count)s", count=number(count.waiting)) if kind in RESTS or count.waiting else ""
