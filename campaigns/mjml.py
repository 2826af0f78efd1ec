"""MJML as HTML: what is wrong is told with its line, and a block may stand between sections and columns."""

import re
from collections.abc import Iterator

from mjml import mjml2html

from abm.errors import Invalid
from campaigns.blocks import MARK
from campaigns.markup import Lines, Passage, Tag, Unclosed, read_markup, read_tags

# Elements whose content is text or HTML of the author's own.
WITH_WORDS = frozenset(
    {
        "mj-accordion-text",
        "mj-accordion-title",
        "mj-button",
        "mj-navbar-link",
        "mj-preview",
        "mj-raw",
        "mj-social-element",
        "mj-style",
        "mj-table",
        "mj-text",
        "mj-title",
    }
)
KNOWN = WITH_WORDS | {
    "mjml",
    "mj-accordion",
    "mj-accordion-element",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-html-attribute",
    "mj-html-attributes",
    "mj-image",
    "mj-navbar",
    "mj-section",
    "mj-selector",
    "mj-social",
    "mj-spacer",
    "mj-wrapper",
}
POSITION = re.compile(r" at position (\d+):\d+")


def to_html(source: str) -> str:
    """The HTML of an MJML page; Invalid names the line that cannot be read."""
    _ensure_sound(source)
    try:
        return str(mjml2html(_with_raw_blocks(source)))
    except ValueError as error:
        told = POSITION.sub("", str(error))
        raise _refused(_line_of(source, str(error)), "mjml_unreadable", told) from error


def strangers(source: str) -> Iterator[tuple[int, str]]:
    """Elements of MJML's that it does not know, each with its line: all that stands in them would be missing."""
    lines = Lines(source)
    for tag in read_tags(source):
        if tag.name.startswith("mj") and tag.name not in KNOWN and not tag.is_end:
            yield lines.of(tag.start), tag.name


def dropped(source: str) -> Iterator[tuple[int, str]]:
    """Words that stand where MJML has no place for any, each with its line: they would be missing."""
    lines = Lines(source)
    for within, passage in _passages(source):
        words = MARK.sub("", source[passage.start : passage.end])
        if words.strip() and within not in WITH_WORDS:
            yield lines.of(passage.start + len(words) - len(words.lstrip())), " ".join(words.split())


def _ensure_sound(source: str) -> None:
    """Raise Invalid for an include, and for what is opened and never closed or the other way round."""
    lines = Lines(source)
    open_now: list[Tag] = []
    for part in read_markup(source):
        if isinstance(part, Unclosed):
            raise _refused(lines.of(part.start), "mjml_unclosed", "a tag or comment begins here and does not end")
        if not isinstance(part, Tag) or not part.name.startswith("mj"):
            continue
        if part.name == "mj-include":
            told = "<mj-include> is not read; put what it brings into the mail itself"
            raise _refused(lines.of(part.start), "mjml_include", told)
        if not part.is_end and source[part.end - 2 : part.end] != "/>":
            open_now.append(part)
        elif part.is_end and (not open_now or open_now.pop().name != part.name):
            told = f"</{part.name}> closes nothing that is open here"
            raise _refused(lines.of(part.start), "mjml_closes_nothing", told)
    if open_now:
        raise _refused(lines.of(open_now[-1].start), "mjml_unclosed", f"<{open_now[-1].name}> is not closed")


def _with_raw_blocks(source: str) -> str:
    """Marks of blocks between elements wrapped, for MJML keeps no bare words there."""
    parts, end = [], 0
    for within, passage in _passages(source):
        if within in WITH_WORDS or within in ("mjml", "mj-head", "mj-attributes", ""):
            continue
        words = source[passage.start : passage.end]
        wrapped = MARK.sub(lambda mark: f"<mj-raw>{mark.group()}</mj-raw>", words)
        parts += [source[end : passage.start], wrapped]
        end = passage.end
    return "".join([*parts, source[end:]])


def _passages(source: str) -> Iterator[tuple[str, Passage]]:
    """Text with the nearest of MJML's elements around it; everything in one with words counts as its own."""
    around: list[str] = []
    for part in read_markup(source):
        if isinstance(part, Passage):
            yield (around[-1] if around else ""), part
        elif isinstance(part, Tag) and part.name.startswith("mj"):
            if part.is_end:
                del around[-1:]
            elif source[part.end - 2 : part.end] != "/>":
                around.append(part.name)


def _line_of(source: str, told: str) -> int:
    """The line of the place that is told in bytes."""
    found = POSITION.search(told)
    return source.encode()[: int(found[1])].count(b"\n") + 1 if found else 1


def _refused(line: int, code: str, told: str) -> Invalid:
    return Invalid(f"body.mjml, line {line}: {told}", field=f"body.mjml:{line}", code=code)
