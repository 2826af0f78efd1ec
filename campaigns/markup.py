"""The tags of an HTML page by their place in its source, read as browsers do, in time that grows with its length only.

The parser of the standard library takes a minute over a hundred kilobytes of `<!--`; mails are written by strangers.
"""

# How a browser cuts a page into tags, comments and text: https://html.spec.whatwg.org/multipage/parsing.html

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

# What stands between these tags is text, whatever it looks like.
RAW_ELEMENTS = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
TAG = re.compile(r"</?([A-Za-z][^\s/>]*+)")
# A sign of its own before the = belongs to the name, as browsers have it.
ATTRIBUTE = re.compile(
    r"""[\s/]*+(?:(?P<end>>)|(?P<name>=?[^\s/>=]*+)(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'"""
    r"""|(?P<open>["'])|(?P<bare>[^\s>]*+)))?)"""
)
UNCLOSED = -1
COMMENT_END = re.compile(r"--!?>")


@dataclass(frozen=True)
class Attribute:
    """One attribute; `start` and `end` are where its value stands, without quotes."""

    name: str
    value: str
    start: int
    end: int
    is_quoted: bool


@dataclass(frozen=True)
class Tag:
    """A start tag or an end tag; `name_end` is where a first attribute may be put in."""

    name: str
    start: int
    name_end: int
    end: int
    is_end: bool
    attributes: tuple[Attribute, ...] = ()

    @property
    def attributes_end(self) -> int:
        """Where a last attribute may be put in."""
        last = self.attributes[-1] if self.attributes else None
        return last.end + last.is_quoted if last else self.name_end

    @property
    def is_closed(self) -> bool:
        """Whether nothing can stand inside this element."""
        return self.name in VOID_ELEMENTS

    def get(self, name: str) -> str | None:
        """What an attribute says, entities read; None where it is not there."""
        found = self.find(name)
        return None if found is None else unescape(found.value)

    def find(self, name: str) -> Attribute | None:
        """The attribute of this name; of two the first counts, as in a browser."""
        return next((one for one in self.attributes if one.name == name), None)


@dataclass(frozen=True)
class Unclosed:
    """Where something begins that never ends, a comment or a tag: a browser shows nothing from there on."""

    start: int


@dataclass(frozen=True)
class Passage:
    """Text between tags; raw text is a style sheet, a script or a title."""

    start: int
    end: int
    within: str = ""


def read_markup(html: str) -> Iterator[Tag | Passage | Unclosed]:
    """Tags and text in the order of the source; comments, conditional ones too, are passed over."""
    place, text_from = 0, 0
    while (place := html.find("<", place)) >= 0:
        end, tag = _read_at(html, place)
        if end is None:
            place += 1
            continue
        if place > text_from:
            yield Passage(text_from, place)
        if end == UNCLOSED:
            yield Unclosed(place)
            return
        if tag is not None:
            yield tag
        if tag is not None and not tag.is_end and tag.name in RAW_ELEMENTS:
            raw_end = _raw_end(html, tag.name, end)
            if raw_end == UNCLOSED:
                yield Unclosed(place)
                return
            yield Passage(end, raw_end, tag.name)
            end = raw_end
        place = text_from = end
    if len(html) > text_from:
        yield Passage(text_from, len(html))


def read_tags(html: str) -> Iterator[Tag]:
    """The tags alone."""
    return (one for one in read_markup(html) if isinstance(one, Tag))


def depth_of(html: str) -> int:
    """How deep tags stand in each other, at most: an end tag closes the nearest of its name."""
    open_now: dict[str, int] = {}
    deep = deepest = 0
    for tag in read_tags(html):
        if tag.is_closed or html[tag.end - 2 : tag.end] == "/>":
            continue
        if not tag.is_end:
            open_now[tag.name] = open_now.get(tag.name, 0) + 1
            deep += 1
        elif open_now.get(tag.name):
            open_now[tag.name] -= 1
            deep -= 1
        deepest = max(deepest, deep)
    return deepest


class Lines:
    """Which line a place of a text is on, the first being 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def of(self, place: int) -> int:
        """The line of this place."""
        return bisect_right(self._starts, place)


def _read_at(html: str, place: int) -> tuple[int | None, Tag | None]:
    """Where what begins with this < ends, and the tag if it is one; None when it is just a sign."""
    following = html[place + 1 : place + 2]
    if following == "!" or following == "?" or (following == "/" and not html[place + 2 : place + 3].isalpha()):
        return _comment_end(html, place), None
    found = TAG.match(html, place)
    return (None, None) if found is None else _read_tag(html, found)


def _comment_end(html: str, place: int) -> int:
    if html.startswith("<!--", place):
        for short in ("<!-->", "<!--->"):
            if html.startswith(short, place):
                return place + len(short)
        found = COMMENT_END.search(html, place + 4)
        return found.end() if found else UNCLOSED
    end = html.find(">", place)
    return end + 1 if end >= 0 else UNCLOSED


def _read_tag(html: str, found: re.Match[str]) -> tuple[int, Tag | None]:
    """The tag up to its >; what the page ends within is no tag, for a browser drops it too."""
    attributes: list[Attribute] = []
    place = found.end()
    while (part := ATTRIBUTE.match(html, place)) is not None and part["open"] is None:
        if part["end"] is not None:
            name, is_end = found[1].lower(), html.startswith("</", found.start())
            return part.end(), Tag(name, found.start(), found.end(), part.end(), is_end, tuple(attributes))
        if part.end() == place or (part.end() == len(html) and not part["name"]):
            break
        place = part.end()
        if part["name"]:
            attributes.append(_attribute(part))
    return UNCLOSED, None


def _attribute(part: re.Match[str]) -> Attribute:
    group = next((name for name in ("double", "single", "bare") if part[name] is not None), None)
    name = part["name"].lower()
    if group is None:
        return Attribute(name, "", part.end("name"), part.end("name"), is_quoted=False)
    return Attribute(name, part[group], part.start(group), part.end(group), is_quoted=group != "bare")


def _raw_end(html: str, name: str, place: int) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, place)
    return found.start() if found else UNCLOSED
