"""Finding the links of an HTML mail by their place in the source, so that nothing else of it is touched."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
LINK_TAGS = ("a", "area")


@dataclass(frozen=True)
class Anchor:
    """The value of one href: where it starts and ends in the source, and the words it stands on."""

    start: int
    end: int
    value: str
    line: int
    is_quoted: bool
    label: str


class _Finder(HTMLParser):
    """Notes every link tag; comments, conditional ones too, are never looked into."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, int, str, int, bool]] = []
        self.labels: list[str] = []
        self.body_ends: list[int] = []
        self._open: int | None = None
        # Where each line starts, for the parser tells lines and columns only.
        self._starts = [0, *(match.end() for match in re.finditer("\n", source))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in LINK_TAGS:
            return
        match = HREF.search(self.get_starttag_text() or "")
        if not match:
            return
        group = next(n for n in (1, 2, 3) if match.group(n) is not None)
        line, _ = self.getpos()
        start = self._place() + match.start(group)
        self.found.append((start, start + len(match.group(group)), match.group(group), line, group != 3))
        self.labels.append(dict(attrs).get("title") or "")
        self._open = len(self.labels) - 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open = None

    def handle_endtag(self, tag: str) -> None:
        if tag in LINK_TAGS:
            self._open = None
        if tag == "body":
            self.body_ends.append(self._place())

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.labels[self._open] += data

    def _place(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column


def find_anchors(html: str) -> list[Anchor]:
    """The links of a mail in the order of its source."""
    finder = _look_through(html)
    return [Anchor(*found, " ".join(label.split())) for found, label in zip(finder.found, finder.labels, strict=True)]


def find_body_end(html: str) -> int:
    """Where something can be added at the end of what is shown."""
    ends = _look_through(html).body_ends
    return ends[-1] if ends else len(html)


def _look_through(html: str) -> _Finder:
    finder = _Finder(html)
    finder.feed(html)
    finder.close()
    return finder
