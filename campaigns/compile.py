"""Compiling a mail once, at publish: links rewritten, footer and honeypot in place, so that sending only fills in.

The source is cut at the places that change and put together again; everything else stays byte for byte what it was
(entities, conditional comments, VML, merge tags). Compiling the result again therefore changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape

from bs4 import BeautifulSoup

from abm.errors import Invalid
from abm.words import Language, LinkKind, MailKind, MailWarning
from campaigns.anchors import Anchor, find_anchors, find_body_end, find_body_start
from campaigns.blocks import MARK, ensure_sound, has_blocks
from campaigns.footer import html_footer, html_why, lacks_footer, read_shown, text_footer, text_why
from campaigns.inline import inline_css
from campaigns.markup import Lines, Passage, depth_of, read_markup, read_tags
from campaigns.mjml import dropped, strangers, to_html
from campaigns.placeholders import PLACEHOLDER, is_known, names_in, strangers_in

ASSET = "asset:"
# By its id or its exact title, also as an address would spell it (%E5%9C%A8...).
WEBINAR = "webinar:"
WEB = ("http://", "https://")
# Mail programs cut off what is longer; the picture and the footer would be lost.
TOO_BIG = 100_000
# Japanese goes on right behind an address without a space, so only ASCII belongs to it.
URL_IN_TEXT = re.compile(r"(?:https?://|(?<![A-Za-z0-9._-])(?:asset|webinar):)[!#-;=?-~]+")
# A title that was not spelled so does not tell where it ends.
TITLE_IN_TEXT = re.compile(r"(?<![A-Za-z0-9._-])webinar:[^\x00-\x7f]+")
TRAILING = ".,;:!?)]"
# An address that leads to us already, whether its base is filled in or not.
OURS = re.compile(r"(?:\{\{\s*base\s*\}\}|https?://[^\s{}]+)/[cdw]/\{\{\s*(?:link\.\d+|honeypot)\s*\}\}")

ROUTES = {LinkKind.URL: "c", LinkKind.FILE: "d", LinkKind.WEBINAR: "w"}
HONEYPOT = (
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">'
    '<a href="{{base}}/c/{{honeypot}}" tabindex="-1" rel="nofollow"></a></div>'
)
PIXEL = "{{pixel}}"

# What no mail needs: a body beyond it is somebody's mistake, or an attack on whoever reads it.
MOST_SIGNS = 1_000_000
MOST_LINKS = 500
DEEPEST = 500
UNSAFE = ("javascript:", "vbscript:", "data:")
PREHEADER = (
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px">{words}</div>'
)
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body><div style="max-width:640px;margin:0 auto;'
    "padding:16px;font-family:'Hiragino Sans','Yu Gothic',Meiryo,sans-serif;font-size:15px;line-height:1.8;"
    'color:#1f2937">\n{body}</div></body></html>\n'
)
# In a text that is compiled: our own addresses, and where the few of a recipient stand.
ADDRESS = re.compile(r"\{\{base\}\}/[cdw]/\{\{link\.\d+\}\}|\{\{\s*(?:stop_url|why_url)\s*\}\}")


@dataclass(frozen=True)
class MailSource:
    """A mail as written: the three texts of its folder; a page by itself has no subject."""

    subject: str | None
    html: str
    text: str = ""
    is_mjml: bool = False
    # What an inbox shows after the subject.
    preheader: str = ""

    @property
    def kind(self) -> MailKind:
        """How it is written; one without a page is plain text, and its page is made from that."""
        if self.is_mjml:
            return MailKind.MJML
        return MailKind.HTML if self.html.strip() or not self.text.strip() else MailKind.TEXT


@dataclass(frozen=True)
class CompiledLink:
    """One rewritten place; `n` is what its placeholder {{link.n}} carries."""

    n: int
    kind: LinkKind
    url: str
    place: str
    label: str


@dataclass(frozen=True)
class Warn:
    """Something the author should know; `line` is a line of the source, 0 when it is not about one.

    `about` is the very thing: a sign, a word, an address, a number.
    """

    code: MailWarning
    line: int
    message: str
    about: str = ""


@dataclass(frozen=True)
class Compiled:
    """A mail ready to be filled in."""

    subject: str
    html: str
    text: str
    links: tuple[CompiledLink, ...]
    left_alone: tuple[str, ...]
    placeholders: tuple[str, ...]
    warnings: tuple[Warn, ...]
    pixel: bool
    honeypot: bool
    bytes: int


@dataclass
class _Bench:
    """What is collected while a mail is worked on."""

    links: list[CompiledLink] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)

    def warn(self, code: MailWarning, line: int, message: str, about: str = "") -> None:
        self.warnings.append(Warn(code, line, message, about))

    def add(self, url: str, place: str, label: str) -> str:
        """The address that stands in the mail instead."""
        self.links.append(CompiledLink(len(self.links) + 1, _kind(url), url, place, label))
        return rewritten(self.links[-1])


def compile_mail(source: MailSource, language: Language) -> Compiled:
    """The mail with links rewritten, footer, honeypot and pixel in place; raises Invalid when it cannot be read."""
    _ensure_readable(source)
    bench = _Bench()
    is_text = source.kind == MailKind.TEXT
    html = "" if is_text else _rewrite_html(_to_html(source, bench), source, bench)
    text = _rewrite_text(source.text or _text_of(html, bench), bench)
    text = _finish_text(text, language, bench)
    html = _finish_html(_page_of(text) if is_text else html, language, bench)
    html = _with_preheader(html, source.preheader)
    if source.subject is not None and not source.subject.split():
        raise Invalid("subject.txt is empty: a mail needs a subject", field="subject.txt", code="missing")
    subject = " ".join((source.subject or "").split())
    _check(source, subject + html + text, len(html.encode()), bench)
    return Compiled(
        subject=subject,
        html=html,
        text=text,
        links=tuple(bench.links),
        left_alone=tuple(bench.left_alone),
        placeholders=tuple(names_in(subject + html + text)),
        warnings=tuple(bench.warnings),
        pixel=PIXEL in html,
        honeypot="{{honeypot}}" in html,
        bytes=len(html.encode()),
    )


def _ensure_readable(source: MailSource) -> None:
    """Raise Invalid for what is far too long or deep, and for blocks that cannot be read."""
    body = "body.mjml" if source.is_mjml else "body.html"
    for place, said in ((body, source.html), ("body.txt", source.text)):
        if len(said) > MOST_SIGNS:
            told = f"{place} has {len(said):,} signs; a mail has at most {MOST_SIGNS:,}"
            raise Invalid(told, field=place, code="mail_too_long")
        ensure_sound(said, place)
    for place, said in (("subject.txt", source.subject or ""), ("preheader", source.preheader)):
        if has_blocks(said):
            told = f"{place} cannot hold a block; write it so that everybody can read it"
            raise Invalid(told, field=place, code="block_in_subject")
    if depth_of(source.html) > DEEPEST:
        told = f"{body}: more than {DEEPEST} tags stand in each other; close them where they end"
        raise Invalid(told, field=body, code="mail_too_deep")


def rewritten(link: CompiledLink) -> str:
    """What stands in the mail where the link was."""
    return f"{{{{base}}}}/{ROUTES[link.kind]}/{{{{link.{link.n}}}}}"


def _kind(url: str) -> LinkKind:
    if url.startswith(WEBINAR):
        return LinkKind.WEBINAR
    return LinkKind.FILE if url.startswith(ASSET) else LinkKind.URL


def _to_html(source: MailSource, bench: _Bench) -> str:
    """The page with its styles in place; one that was compiled before has what it needs."""
    html = source.html
    if source.is_mjml:
        for line, name in strangers(source.html):
            told = f"<{name}> is no element of MJML: it and all that stands in it would be missing"
            bench.warn(MailWarning.UNKNOWN_ELEMENT, line, told, name)
        for line, words in dropped(source.html):
            told = f"“{words[:40]}” stands where MJML shows no words; put it into <mj-text>"
            bench.warn(MailWarning.TEXT_DROPPED, line, told, words[:40])
        html = to_html(source.html)
    _ensure_blocks_between_tags(html)
    return html if _has(html, "honeypot") else inline_css(html)


def _ensure_blocks_between_tags(html: str) -> None:
    """Raise Invalid for a block that begins or ends inside a tag, comment or style sheet: it would tear it apart."""
    if not has_blocks(html):
        return
    seen = [(part.start, part.end) for part in read_markup(html) if isinstance(part, Passage) and not part.within]
    for mark in MARK.finditer(html):
        if not any(start <= mark.start() and mark.end() <= end for start, end in seen):
            line = html.count("\n", 0, mark.start()) + 1
            told = f"body.html, line {line}: {mark.group()} stands inside a tag, comment or style sheet; put it outside"
            raise Invalid(told, field=f"body.html:{line}", code="block_in_tag")


def _rewrite_html(html: str, source: MailSource, bench: _Bench) -> str:
    anchors = [one for one in find_anchors(html) if not is_ours(unescape(one.value).strip())]
    if len(anchors) > MOST_LINKS:
        told = f"the mail has {len(anchors)} links; at most {MOST_LINKS} are followed"
        raise Invalid(told, field="body.html", code="too_many_links")
    parts, end = [], 0
    for anchor, line in zip(anchors, _lines_of(anchors, source), strict=True):
        url = unescape(anchor.value).strip()
        if not is_tracked(url):
            bench.left_alone.append(url)
            if _bare_scheme(url).startswith(UNSAFE):
                told = f"{url[:60]} would run a program; mail programs refuse such a link"
                bench.warn(MailWarning.UNSAFE_LINK, line, told, url[:60])
            continue
        if PLACEHOLDER.search(url):
            bench.left_alone.append(url)
            told = f"{url} holds a placeholder and is not tracked"
            bench.warn(MailWarning.LINK_WITH_PLACEHOLDER, line, told, url)
            continue
        parts += [html[end : anchor.start], _quoted(anchor, bench.add(url, f"html:{line}", anchor.label))]
        end = anchor.end
    return "".join([*parts, html[end:]])


def _lines_of(anchors: Sequence[Anchor], source: MailSource) -> list[int]:
    """On which line of what the author wrote each link stands; MJML is written anew, so its links are told by order."""
    if source.is_mjml:
        lines = Lines(source.html)
        written = [(one.value, lines.of(tag.start)) for tag in read_tags(source.html) if (one := tag.find("href"))]
        written = [(value, line) for value, line in written if not is_ours(unescape(value).strip())]
        if [value for value, _ in written] == [anchor.value for anchor in anchors]:
            return [line for _, line in written]
    return [anchor.line for anchor in anchors]


def _bare_scheme(url: str) -> str:
    # Browsers pass over control signs and spaces inside a scheme.
    return re.sub(r"[\x00-\x20]", "", url[:60]).lower()


def _quoted(anchor: Anchor, url: str) -> str:
    return url if anchor.is_quoted else f'"{url}"'


def is_tracked(url: str) -> bool:
    """Whether a link is rewritten: web addresses, our files and webinars; mailto:, tel:, # and the rest are not."""
    return url.lower().startswith(WEB) or url.startswith((ASSET, WEBINAR))


def is_ours(url: str) -> bool:
    """Whether a link leads to us already."""
    return OURS.fullmatch(url) is not None or names_in(url) in (["stop_url"], ["why_url"])


def _rewrite_text(text: str, bench: _Bench) -> str:
    known = {link.url: link for link in bench.links}
    text = text.replace("\r\n", "\n")
    # Where a title ends is known by the HTML only; the longest first, for one may begin another.
    titles = (url for url in known if url.startswith(WEBINAR) and not URL_IN_TEXT.fullmatch(url))
    for url in sorted(titles, key=len, reverse=True):
        text = text.replace(url, rewritten(known[url]))

    def replace(found: re.Match[str]) -> str:
        url = found.group().rstrip(TRAILING)
        rest = found.group()[len(url) :]
        if PLACEHOLDER.search(url) or "{{" in url:
            return found.group()
        if url in known:
            return rewritten(known[url]) + rest
        line = text.count("\n", 0, found.start()) + 1
        return bench.add(url, f"text:{line}", url) + rest

    text = URL_IN_TEXT.sub(replace, text)
    for found in TITLE_IN_TEXT.finditer(text):
        told = f"body.txt: {found.group()} stands in no link of the HTML; name the webinar by its id"
        bench.warn(MailWarning.WEBINAR_NOT_LINKED, 0, told, found.group())
    return text


def _text_of(html: str, bench: _Bench) -> str:
    bench.warn(MailWarning.TEXT_MISSING, 0, "body.txt is missing; the plain text was taken from the HTML")
    soup = BeautifulSoup(html, "lxml")
    for hidden in soup(["style", "script", "title", "head"]):
        hidden.decompose()
    for anchor in soup("a"):
        if _has(str(anchor.get("href", "")), "honeypot"):
            anchor.decompose()
            continue
        anchor.append(f" {anchor.get('href', '')}")
    lines = (line.strip() for line in soup.get_text("\n").replace(PIXEL, "").splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _page_of(text: str) -> str:
    """A page that says what a compiled plain text says, so that both lead to the same places."""
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        parts += [escape(text[end : found.start()]), f'<a href="{found.group()}">{found.group()}</a>']
        end = found.end()
    return PAGE.format(body="".join([*parts, escape(text[end:])]).replace("\n", "<br>\n"))


def _with_preheader(html: str, preheader: str) -> str:
    """The words an inbox shows after the subject, before everything else of the page."""
    if not preheader.strip():
        return html
    start = find_body_start(html)
    return html[:start] + PREHEADER.format(words=escape(" ".join(preheader.split()))) + html[start:]


def _finish_html(html: str, language: Language, bench: _Bench) -> str:
    """Footer, why link, honeypot and pixel, each only where missing, before the end of the body."""
    shown = read_shown(html)
    # What was compiled before had its footer then; the sender may have been filled in since, the stop link cannot be.
    was_compiled = _has(html, "honeypot") and "stop_url" in shown.fields
    added = ""
    lacks = not was_compiled and not shown.has_footer
    if lacks:
        told = "the mail had no complete legal footer (sender, address, stop link)"
        bench.warn(MailWarning.FOOTER_ADDED, 0, told, "html")
        added += html_footer(language)
    elif not _has(html, "why_url"):
        added += html_why(language)
    if not _has(html, "honeypot"):
        added += HONEYPOT
    if not _has(html, "pixel"):
        added += PIXEL
    return _with_added(html, added, must_be_seen=lacks)


def _with_added(html: str, added: str, *, must_be_seen: bool) -> str:
    """The page with this at its end; a footer that would be hidden there goes to its beginning."""
    for place in (find_body_end(html), find_body_start(html)):
        made = html[:place] + added + html[place:]
        if not must_be_seen or read_shown(made).has_footer:
            return made
    told = "body.html: the page hides everything in it, so the legal footer too; show the body"
    raise Invalid(told, field="body.html", code="hidden_footer")


def _finish_text(text: str, language: Language, bench: _Bench) -> str:
    text = text.rstrip("\n") + "\n"
    if lacks_footer(text):
        told = "the plain text had no complete legal footer (sender, address, stop link)"
        bench.warn(MailWarning.FOOTER_ADDED, 0, told, "text")
        return text + text_footer(language)
    return text if _has(text, "why_url") else text + text_why(language)


def _has(text: str, name: str) -> bool:
    return name in names_in(text)


def _check(source: MailSource, said: str, size: int, bench: _Bench) -> None:
    body = source.text if source.kind == MailKind.TEXT else source.html
    for name in names_in(said):
        if not is_known(name):
            told = f"{{{{{name}}}}} is not known and will be left empty"
            bench.warn(MailWarning.UNKNOWN_PLACEHOLDER, _line_of(body, name), told, name)
    for typed in strangers_in(MARK.sub("", said)):
        told = f"{{{{{typed}}}}} is no placeholder and stays"
        bench.warn(MailWarning.UNKNOWN_PLACEHOLDER, _line_of(body, typed), told, typed)
    if size > TOO_BIG:
        told = f"the HTML has {size:,} bytes; mail programs cut off after {TOO_BIG:,}"
        bench.warn(MailWarning.TOO_BIG, 0, told, f"{size:,}")


def _line_of(html: str, name: str) -> int:
    """The line of the source on which a placeholder stands; 0 when it is not in the HTML."""
    found = re.search(r"\{\{\s*" + re.escape(name) + r"\s*(?:\|[^{}]*)?\}\}", html)
    return html.count("\n", 0, found.start()) + 1 if found else 0


def outline(compiled: Compiled) -> Mapping[str, object]:
    """The mail as stored with a published version: what sending needs, nothing else."""
    return {"subject": compiled.subject, "html": compiled.html, "text": compiled.text}
