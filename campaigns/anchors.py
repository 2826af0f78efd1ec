"""Finding the links of an HTML mail by their place in the source, so that nothing else of it is touched."""

from dataclasses import dataclass
from html import unescape

from campaigns.markup import Attribute, Lines, Passage, Tag, Unclosed, read_markup, read_tags

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


def find_anchors(html: str) -> list[Anchor]:
    """The links of a mail in the order of its source; what stands in comments is never looked into."""
    found: list[tuple[Tag, Attribute, list[str]]] = []
    words: list[str] | None = None
    for part in read_markup(html):
        if isinstance(part, Passage) and words is not None and not part.within:
            words.append(html[part.start : part.end])
        if isinstance(part, Tag) and part.name == "img" and words is not None and (alt := part.find("alt")):
            words.append(alt.value)
        if isinstance(part, Tag) and part.name in LINK_TAGS:
            words = None
            if not part.is_end and (href := part.find("href")):
                title = part.find("title")
                words = [title.value] if title else []
                found.append((part, href, words))
    lines = Lines(html)
    return [
        Anchor(href.start, href.end, href.value, lines.of(tag.start), href.is_quoted, _said(words))
        for tag, href, words in found
    ]


def find_body_end(html: str) -> int:
    """Where something can be added at the end of what is shown."""
    ends: list[int] = []
    for part in read_markup(html):
        if isinstance(part, Unclosed):
            return ends[-1] if ends else part.start
        if isinstance(part, Tag) and part.is_end and part.name == "body":
            ends.append(part.start)
    return ends[-1] if ends else len(html)


def find_body_start(html: str) -> int:
    """Where something can be added before all that is shown."""
    return next((tag.end for tag in read_tags(html) if not tag.is_end and tag.name == "body"), 0)


def _said(words: list[str]) -> str:
    return " ".join(unescape("".join(words)).split())
