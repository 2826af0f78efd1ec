"""Compiling a mail once, at publish: links rewritten, footer and honeypot in place, so that sending only fills in.

The source is cut at the places that change and put together again; everything else stays byte for byte what it was
(entities, conditional comments, VML, merge tags). Compiling the result again therefore changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape

import css_inline
from bs4 import BeautifulSoup
from mjml import mjml2html

from abm.errors import Invalid
from abm.words import Language, LinkKind
from campaigns.anchors import Anchor, find_anchors, find_body_end
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
# What only Outlook reads or skips; a browser's parser would write it differently.
CONDITIONAL = re.compile(
    r"<!--\[if\b[^\]]*\]>(?!\s*<!--).*?<!\[endif\]-->"
    r"|<!(?:--)?\s*(?:<!)?\[(?:if\b[^\]]*|endif)\](?:--)?>(?:\s*<!--+>)?",
    re.DOTALL | re.IGNORECASE,
)
KEPT = re.compile(r"<!--kept:(\d+)-->")
# An address that leads to us already, whether its base is filled in or not.
OURS = re.compile(r"(?:\{\{\s*base\s*\}\}|https?://[^\s{}]+)/[cdw]/\{\{\s*(?:link\.\d+|honeypot)\s*\}\}")

ROUTES = {LinkKind.URL: "c", LinkKind.FILE: "d", LinkKind.WEBINAR: "w"}
HONEYPOT = (
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">'
    '<a href="{{base}}/c/{{honeypot}}" tabindex="-1" rel="nofollow"></a></div>'
)
PIXEL = "{{pixel}}"

FOOTER = {
    Language.JAPANESE: (
        "{{sender.name}}",
        "{{sender.address}}",
        "このメールの配信停止はこちら",
        "このメールをお送りしている理由",
    ),
    Language.ENGLISH: ("{{sender.name}}", "{{sender.address}}", "Stop these mails", "Why you receive this mail"),
}


@dataclass(frozen=True)
class MailSource:
    """A mail as written: the three texts of its folder; a page by itself has no subject."""

    subject: str | None
    html: str
    text: str = ""
    is_mjml: bool = False


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
    """Something the author should know; `line` is a line of the HTML source, 0 when it is not about one."""

    code: str
    line: int
    message: str


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

    def warn(self, code: str, line: int, message: str) -> None:
        self.warnings.append(Warn(code, line, message))

    def add(self, url: str, place: str, label: str) -> str:
        """The address that stands in the mail instead."""
        self.links.append(CompiledLink(len(self.links) + 1, _kind(url), url, place, label))
        return rewritten(self.links[-1])


def compile_mail(source: MailSource, language: Language) -> Compiled:
    """The mail with links rewritten, footer, honeypot and pixel in place; raises Invalid when it cannot be read."""
    bench = _Bench()
    html = _rewrite_html(_to_html(source), bench)
    text = _rewrite_text(source.text or _text_of(html, bench), bench)
    html = _finish_html(html, language, bench)
    text = _finish_text(text, language, bench)
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


def rewritten(link: CompiledLink) -> str:
    """What stands in the mail where the link was."""
    return f"{{{{base}}}}/{ROUTES[link.kind]}/{{{{link.{link.n}}}}}"


def _kind(url: str) -> LinkKind:
    if url.startswith(WEBINAR):
        return LinkKind.WEBINAR
    return LinkKind.FILE if url.startswith(ASSET) else LinkKind.URL


def _to_html(source: MailSource) -> str:
    if source.is_mjml:
        try:
            return str(mjml2html(source.html))
        except ValueError as error:
            raise Invalid(f"body.mjml cannot be read: {error}", field="body.mjml", code="mjml") from error
    return _inline_css(source.html)


def _inline_css(html: str) -> str:
    """Styles that mail programs would drop, moved to the elements; a mail without them is not touched at all.

    One that was compiled before has what it needs: doing it again would only write it differently.
    """
    if _has(html, "honeypot"):
        return html
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.IGNORECASE | re.DOTALL)
    if not any(re.sub(r"@[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", style).strip() for style in styles):
        return html
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"<!--kept:{len(kept) - 1}-->"

    inlined = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(
        CONDITIONAL.sub(keep, html)
    )
    return KEPT.sub(lambda found: kept[int(found.group(1))], inlined)


def _rewrite_html(html: str, bench: _Bench) -> str:
    parts, end = [], 0
    for anchor in find_anchors(html):
        url = unescape(anchor.value).strip()
        if is_ours(url):
            continue
        if not is_tracked(url):
            bench.left_alone.append(url)
            continue
        if PLACEHOLDER.search(url):
            bench.left_alone.append(url)
            bench.warn("link_with_placeholder", anchor.line, f"{url} holds a placeholder and is not tracked")
            continue
        parts += [html[end : anchor.start], _quoted(anchor, bench.add(url, f"html:{anchor.line}", anchor.label))]
        end = anchor.end
    return "".join([*parts, html[end:]])


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
        bench.warn("webinar_not_linked", 0, told)
    return text


def _text_of(html: str, bench: _Bench) -> str:
    bench.warn("text_missing", 0, "body.txt is missing; the plain text was taken from the HTML")
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


def _finish_html(html: str, language: Language, bench: _Bench) -> str:
    """Footer, why link, honeypot and pixel, each only where missing, before the end of the body."""
    added = ""
    # What was compiled before had its footer then; the sender may have been filled in since, the stop link cannot be.
    was_compiled = _has(html, "honeypot") and _has(html, "stop_url")
    if not was_compiled and _lacks_footer(html):
        bench.warn("footer_added", 0, "the mail had no complete legal footer (sender, address, stop link)")
        added += html_footer(language)
    elif not _has(html, "why_url"):
        added += _why_line(language)
    if not _has(html, "honeypot"):
        added += HONEYPOT
    if not _has(html, "pixel"):
        added += PIXEL
    end = find_body_end(html)
    return html[:end] + added + html[end:]


def html_footer(language: Language) -> str:
    """The legal footer: who sends, from where, how to stop, and why this came."""
    name, address, stop, why = FOOTER[language]
    return (
        '<div style="padding:24px;text-align:center;font-family:sans-serif;font-size:12px;line-height:1.6;'
        f'color:#6b7280">{name}<br>{address}<br>'
        f'<a href="{{{{stop_url}}}}" style="color:#6b7280">{escape(stop)}</a> &#183; '
        f'<a href="{{{{why_url}}}}" style="color:#6b7280">{escape(why)}</a></div>'
    )


def _why_line(language: Language) -> str:
    return (
        '<div style="padding:0 24px 24px;text-align:center;font-family:sans-serif;font-size:12px">'
        f'<a href="{{{{why_url}}}}" style="color:#6b7280">{escape(FOOTER[language][3])}</a></div>'
    )


def _finish_text(text: str, language: Language, bench: _Bench) -> str:
    name, address, stop, why = FOOTER[language]
    text = text.rstrip("\n") + "\n"
    if _lacks_footer(text):
        bench.warn("footer_added", 0, "the plain text had no complete legal footer (sender, address, stop link)")
        return f"{text}\n--\n{name}\n{address}\n{stop}: {{{{stop_url}}}}\n{why}: {{{{why_url}}}}\n"
    return text if _has(text, "why_url") else f"{text}{why}: {{{{why_url}}}}\n"


def _lacks_footer(text: str) -> bool:
    return not all(_has(text, name) for name in ("sender.name", "sender.address", "stop_url"))


def _has(text: str, name: str) -> bool:
    return name in names_in(text)


def _check(source: MailSource, said: str, size: int, bench: _Bench) -> None:
    for name in names_in(said):
        if not is_known(name):
            line = _line_of(source.html, name)
            bench.warn("unknown_placeholder", line, f"{{{{{name}}}}} is not known and will be left empty")
    for typed in strangers_in(said):
        bench.warn("unknown_placeholder", _line_of(source.html, typed), f"{{{{{typed}}}}} is no placeholder and stays")
    if size > TOO_BIG:
        bench.warn("too_big", 0, f"the HTML has {size:,} bytes; mail programs cut off after {TOO_BIG:,}")


def _line_of(html: str, name: str) -> int:
    """The line of the source on which a placeholder stands; 0 when it is not in the HTML."""
    found = re.search(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", html)
    return html.count("\n", 0, found.start()) + 1 if found else 0


def outline(compiled: Compiled) -> Mapping[str, object]:
    """The mail as stored with a published version: what sending needs, nothing else."""
    return {"subject": compiled.subject, "html": compiled.html, "text": compiled.text}
