"""What whoever writes a mail should see before it is published: pure looks at its source, each with its line."""

from collections.abc import Iterator
from html import unescape
from unicodedata import east_asian_width

from abm.words import Language, MailKind, MailWarning
from campaigns.blocks import MARK
from campaigns.compile import Compiled, MailSource, Warn
from campaigns.markup import Lines, Passage, Tag, Unclosed, read_markup
from campaigns.placeholders import PLACEHOLDER
from campaigns.spam_words import find_spam

# Inboxes cut subjects: about so many half-width columns are seen on a wide screen.
SUBJECT_COLUMNS = 70
# What a merge field fills in, on average.
FIELD_COLUMNS = 10
MOST_OF_A_KIND = 10
FEW_WORDS = 40
UNSEEN = frozenset({"script", "style", "title"})
# Mail programs take these out, some throw the whole mail away.
NOT_SHOWN = frozenset({"script", "iframe", "object", "embed", "form", "input", "video", "audio", "base", "frame"})
PICTURES = ("img", "mj-image", "mj-carousel-image")
# Signs that look alike and are in CP932, for those most often typed instead.
INSTEAD = {
    "〜": "～",
    "−": "－",
    "–": "－",
    "—": "―",
    "‖": "∥",
    "¢": "￠",
    "£": "￡",
    "¬": "￢",
    "•": "・",
    "©": "(C)",
    "®": "(R)",
    "™": "(TM)",
    "\u00a0": " ",
}
# Between words, not of them: a page may hold it as an entity anywhere.
PASSED_OVER = frozenset("\u00a0\u200b\u200c\u200d\ufeff\u00ad")


def check_mail(source: MailSource, compiled: Compiled, language: Language) -> list[Warn]:
    """Everything to be looked at again, what compiling told first."""
    looks = (
        _look_at_subject(source),
        _look_at_markup(source),
        _look_at_links(source, compiled),
        _look_at_words(source, language),
    )
    return [*compiled.warnings, *(warning for look in looks for warning in look)]


def _look_at_subject(source: MailSource) -> Iterator[Warn]:
    columns = _columns(source.subject or "")
    if columns > SUBJECT_COLUMNS:
        told = f"the subject is {columns} columns wide; inboxes cut it after about {SUBJECT_COLUMNS}"
        yield Warn(MailWarning.SUBJECT_LONG, 0, told, str(columns))
    if source.preheader.strip() and source.is_mjml and "<mj-preview" in source.html:
        told = "both the preheader and <mj-preview> are filled in; empty one of them"
        yield Warn(MailWarning.PREHEADER_TWICE, 0, told)


def _columns(text: str) -> int:
    return sum(
        FIELD_COLUMNS if index % 2 else sum(2 if east_asian_width(sign) in "FWA" else 1 for sign in part)
        for index, part in enumerate(PLACEHOLDER.split(text))
    )


def _look_at_markup(source: MailSource) -> Iterator[Warn]:
    if source.kind == MailKind.TEXT:
        return
    lines, pictures = Lines(source.html), 0
    for part in read_markup(source.html):
        line = lines.of(part.start)
        if isinstance(part, Unclosed):
            told = "a tag, comment or style sheet begins here and never ends; nothing after it is shown"
            yield Warn(MailWarning.NOT_CLOSED, line, told)
        elif isinstance(part, Tag) and not part.is_end:
            pictures += part.name in PICTURES
            yield from _look_at_tag(part, line)
    if pictures and len(_bare_words(source)) < FEW_WORDS:
        told = "the mail is all pictures; many readers see none of them, and filters distrust it"
        yield Warn(MailWarning.FEW_WORDS, 0, told)


def _look_at_tag(tag: Tag, line: int) -> Iterator[Warn]:
    if tag.name in NOT_SHOWN:
        told = f"<{tag.name}> is taken out by mail programs; take it out or write it otherwise"
        yield Warn(MailWarning.NOT_SHOWN_BY_MAIL_PROGRAMS, line, told, f"<{tag.name}>")
    if tag.name not in PICTURES:
        return
    src = (tag.get("src") or "").strip()
    if tag.find("alt") is None:
        told = f'the picture {src[:60]} has no words for those who do not see it; write alt="…"'
        yield Warn(MailWarning.NO_ALT, line, told, src[:60])
    if src and not src.lower().startswith(("https://", "cid:")) and not PLACEHOLDER.search(src):
        told = f"the picture {src[:60]} is not at an https:// address; many mail programs do not load it"
        yield Warn(MailWarning.PICTURE_NOT_SAFE, line, told, src[:60])


def _look_at_links(source: MailSource, compiled: Compiled) -> Iterator[Warn]:
    for link in compiled.links:
        part, _, line = link.place.partition(":")
        if part == "html" and not link.label:
            told = f"the link to {link.url[:60]} stands on no words; write some into it, or alt into its picture"
            yield Warn(MailWarning.LINK_WITHOUT_WORDS, int(line), told, link.url[:60])


def _look_at_words(source: MailSource, language: Language) -> Iterator[Warn]:
    told: set[tuple[MailWarning, str]] = set()
    for line, words in _written(source):
        found = [*_spam(line, words, language), *(_signs(line, words) if language == Language.JAPANESE else ())]
        for warning in found:
            key = (warning.code, warning.about.casefold())
            if key not in told and sum(code == warning.code for code, _ in told) < MOST_OF_A_KIND:
                told.add(key)
                yield warning


def _spam(line: int, words: str, language: Language) -> Iterator[Warn]:
    for place, word in find_spam(words, language):
        told = f"“{word}” is what advertising of the worse sort says; filters and readers may take the mail for such"
        yield Warn(MailWarning.SPAM_WORD, line + words.count("\n", 0, place) if line else 0, told, word)


def _signs(line: int, words: str) -> Iterator[Warn]:
    """Signs that older Japanese mail programs show as a box or a question mark."""
    for sign in dict.fromkeys(words):
        if sign.isascii() or sign in PASSED_OVER or _is_in_cp932(sign):
            continue
        remedy = f"write {INSTEAD[sign]} instead" if sign in INSTEAD else "write it in other words"
        told = f"“{sign}” (U+{ord(sign):04X}) is not in CP932 and may be shown as a box; {remedy}"
        about = f"{sign} → {INSTEAD[sign]}" if sign in INSTEAD else sign
        yield Warn(MailWarning.NOT_IN_CP932, line + words.count("\n", 0, words.index(sign)) if line else 0, told, about)


def _is_in_cp932(sign: str) -> bool:
    """Whether it comes back as it was: some signs are written as another that only looks alike."""
    return sign.encode("cp932", "replace").decode("cp932") == sign


def _written(source: MailSource) -> Iterator[tuple[int, str]]:
    """What is said, with the line of the body it begins on; 0 for what stands outside of it."""
    yield 0, f"{source.subject or ''}\n{source.preheader}"
    if source.kind == MailKind.TEXT:
        yield 1, source.text
        return
    lines = Lines(source.html)
    for part in read_markup(source.html):
        if isinstance(part, Passage) and part.within not in UNSEEN:
            yield lines.of(part.start), _plain(source.html[part.start : part.end])
    yield 0, source.text


def _plain(html: str) -> str:
    """The words of a passage as they are read; lines stay where they are."""
    return unescape(PLACEHOLDER.sub("", MARK.sub("", html)))


def _bare_words(source: MailSource) -> str:
    """All that a page says, without spaces."""
    said = (
        _plain(source.html[part.start : part.end])
        for part in read_markup(source.html)
        if isinstance(part, Passage) and part.within not in UNSEEN
    )
    return "".join("".join(said).split())
