"""The legal footer of every mail: who sends it, from where, how to stop it and why it came; it cannot be hidden."""

import re
from dataclasses import dataclass
from html import escape

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from abm.words import Language
from campaigns.blocks import read_by_all
from campaigns.placeholders import names_in

WORDS = {
    Language.JAPANESE: ("このメールの配信停止はこちら", "このメールをお送りしている理由"),
    Language.ENGLISH: ("Stop these mails", "Why you receive this mail"),
}
SENDER = ("sender.name", "sender.address")
UNSEEN = ("head", "title", "style", "script", "template", "textarea", "noscript")
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0*\.?0*\s*(?:;|!|$)"
    r"|(?:max-)?(?:height|width)\s*:\s*0(?:px|%|em)?\s*(?:;|!|$)(?=.*overflow\s*:\s*hidden)"
    r"|overflow\s*:\s*hidden.*(?:max-)?(?:height|width)\s*:\s*0(?:px|%|em)?\s*(?:;|!|$)",
    re.IGNORECASE | re.DOTALL,
)
FONT_SIZE = re.compile(r"(?:^|;)\s*font-size\s*:\s*([^;!]+)", re.IGNORECASE)
# More than this nobody looks at.
LONGEST_STYLE = 2_000
# Too small to be read by anybody.
UNREADABLE = re.compile(r"[0-2](?:\.\d+)?(?:px|pt)?|0\.?\d*(?:em|rem|%)")


@dataclass(frozen=True)
class Shown:
    """What of a mail's HTML everybody gets to see: its words, and the fields that stand in them or in their links."""

    words: str
    fields: frozenset[str]

    @property
    def has_footer(self) -> bool:
        """Whether sender, address and stop link can be seen."""
        return self.fields.issuperset((*SENDER, "stop_url"))


def read_shown(html: str) -> Shown:
    """What a page shows to everybody; comments, hidden elements and blocks for some people are not."""
    soup = BeautifulSoup(read_by_all(html), "lxml")
    words, fields = [], set[str]()
    for text in soup.find_all(string=True):
        # Comments and the like are sorts of their own.
        if type(text) is not NavigableString or not text.strip() or _is_hidden(text):
            continue
        words.append(text.strip())
        fields |= {*names_in(text), *_fields_of_link(text)}
    for picture in soup("img", alt=True):
        if str(picture["alt"]).strip() and not _is_hidden(picture):
            fields |= _fields_of_link(picture)
    return Shown("\n".join(words), frozenset(fields))


def lacks_footer(text: str) -> bool:
    """Whether a plain text does not tell everybody who sends it, from where, and how to stop it."""
    return not set(names_in(read_by_all(text))).issuperset((*SENDER, "stop_url"))


def html_footer(language: Language) -> str:
    """The footer as HTML."""
    stop, why = WORDS[language]
    return (
        '<div style="padding:24px;text-align:center;font-family:sans-serif;font-size:12px;line-height:1.6;'
        'color:#6b7280">{{sender.name}}<br>{{sender.address}}<br>'
        f'<a href="{{{{stop_url}}}}" style="color:#6b7280">{escape(stop)}</a> &#183; '
        f'<a href="{{{{why_url}}}}" style="color:#6b7280">{escape(why)}</a></div>'
    )


def html_why(language: Language) -> str:
    """The link to why this mail came, for a footer that has none."""
    return (
        '<div style="padding:0 24px 24px;text-align:center;font-family:sans-serif;font-size:12px">'
        f'<a href="{{{{why_url}}}}" style="color:#6b7280">{escape(WORDS[language][1])}</a></div>'
    )


def text_footer(language: Language) -> str:
    """The footer as plain text."""
    stop, why = WORDS[language]
    return f"\n--\n{{{{sender.name}}}}\n{{{{sender.address}}}}\n{stop}: {{{{stop_url}}}}\n{why}: {{{{why_url}}}}\n"


def text_why(language: Language) -> str:
    """The line that leads to why this mail came."""
    return f"{WORDS[language][1]}: {{{{why_url}}}}\n"


def _fields_of_link(element: NavigableString | Tag) -> set[str]:
    """The fields in the address of the link an element stands in."""
    link = element.find_parent("a")
    return set(names_in(str(link.get("href", "")))) if link else set()


def _is_hidden(element: NavigableString | Tag) -> bool:
    sized = False
    for around in (element, *element.parents):
        if not isinstance(around, Tag):
            continue
        style = str(around.get("style", ""))[:LONGEST_STYLE]
        if around.name in UNSEEN or around.has_attr("hidden") or HIDDEN.search(style):
            return True
        # Inner sizes win: builders set the outer one to 0 against gaps between columns.
        if not sized and (size := FONT_SIZE.search(style)):
            sized = True
            if UNREADABLE.fullmatch(size[1].strip()):
                return True
    return False
