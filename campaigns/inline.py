"""Styles that mail programs would drop, moved to the elements they are for; the rest of the page stays as it was."""

import re
from html import escape

import css_inline

from abm.errors import Invalid
from campaigns.markup import Passage, Tag, read_markup, read_tags

NUMBER = "data-abm-n"
# Nobody sees these, so no style is theirs.
UNSEEN = frozenset({"html", "head", "meta", "title", "style", "link", "script", "base", "noscript"})
AT_RULE = re.compile(r"@[^{};@]*+(?:;|\{(?:[^{}]|\{[^{}]*+\})*+\})")
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
EVERYWHERE = ("", "all", "screen")


def inline_css(html: str) -> str:
    """The page with its style sheets' rules at the elements; the sheets stay, for what only they can say."""
    sheets, limited = _sheets(html)
    if not any(AT_RULE.sub("", COMMENT.sub("", sheet)).strip() for sheet in sheets):
        return html
    tags = [tag for tag in read_tags(html) if not tag.is_end and tag.name not in UNSEEN]
    styles = _styles(_numbered(html, tags, limited))
    parts, end = [], 0
    for number, tag in enumerate(tags):
        style = styles.get(number)
        if style is None or style == tag.get("style") or "{{" in (tag.get("style") or ""):
            continue
        old = tag.find("style")
        start, stop = (old.start, old.end) if old else (tag.attributes_end, tag.attributes_end)
        said = escape(style) if old and old.is_quoted else f'"{escape(style)}"'
        parts += [html[end:start], said if old else f" style={said}"]
        end = stop
    return "".join([*parts, html[end:]])


def _sheets(html: str) -> tuple[list[str], list[Passage]]:
    """The style sheets that hold everywhere, and the places of the others: for print, for narrow screens."""
    sheets: list[str] = []
    limited: list[Passage] = []
    media = ""
    for part in read_markup(html):
        if isinstance(part, Tag) and part.name == "style":
            media = (part.get("media") or "").strip().lower()
        if isinstance(part, Passage) and part.within == "style":
            if media in EVERYWHERE:
                sheets.append(html[part.start : part.end])
            else:
                limited.append(part)
    return sheets, limited


def _numbered(html: str, tags: list[Tag], limited: list[Passage]) -> str:
    """A copy whose elements can be told apart again, without what holds for some screens only."""
    places = [(tag.name_end, tag.name_end, f' {NUMBER}="{number}"') for number, tag in enumerate(tags)]
    places += [(sheet.start, sheet.end, "") for sheet in limited]
    parts, end = [], 0
    for start, stop, said in sorted(places):
        parts += [html[end:start], said]
        end = stop
    return "".join([*parts, html[end:]])


def _styles(html: str) -> dict[int, str]:
    """The style of each numbered element once the sheets are applied."""
    try:
        inlined = css_inline.CSSInliner(load_remote_stylesheets=False).inline(html)
    except css_inline.InlineError as error:
        raise Invalid(f"the styles cannot be read: {error}", field="body.html", code="css") from error
    found: dict[int, str] = {}
    for tag in read_tags(inlined):
        number, style = tag.get(NUMBER), tag.get("style")
        # An element that closes late may come out twice; the first is the one that was written.
        if number is not None and number.isdigit() and style is not None:
            found.setdefault(int(number), style)
    return found
