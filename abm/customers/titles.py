"""Titles: the seniority they stand for, and the ones that were typed in the department column."""

import re
import unicodedata
from functools import lru_cache

from abm.words import Seniority

# The office around a person is not the person: 社長室, 秘書, 役員車.
OFFICES = re.compile(
    r"(?:社長|会長|役員|監査役|理事長)(?:(?=室長)|室|秘書|付)"
    r"|取締役会(?:(?=室長)|室|事務局)|assistant(?: to)?\b.*|secretary.*"
)
DEPUTIES = re.compile(r"副(?=本部長|事業部長|部長|課長|室長)|(?:本部長|事業部長|部長|課長|室長)(?:代理|補佐|心得)|次長")
EXECUTIVE = re.compile(
    r"代表|社長|会長|頭取|取締役|執行役|専務|常務|監査役|役員|理事長|(?<!部)理事(?!会)|院長|学長|総長|(?<!監)社主|オーナー|"
    r"\bc[a-z]{1,2}o\b|chief .*officer|(?<!vice )(?<!vice-)\bpresident\b|chair(?:man|woman|person)?\b|\bfounder\b|"
    r"\bowner\b|managing director|executive director|geschäftsführer"
)
DIVISION_HEAD = re.compile(r"本部長|事業部長|事業所長|統括部長|カンパニー長|センター長|vice[ -]president|\b[se]?vp\b")
DEPARTMENT_HEAD = re.compile(
    r"部長|支店長|支社長|工場長|局長|研究所長|ゼネラルマネ|general manager|\bgm\b|\bdirector\b|head of|department head"
)
SECTION_HEAD = re.compile(r"課長|室長|所長|マネージャ|マネジャ|\bmanager\b|section (?:head|chief)")
CLASSES = (
    (EXECUTIVE, Seniority.EXECUTIVE),
    (DIVISION_HEAD, Seniority.DIVISION_HEAD),
    (DEPARTMENT_HEAD, Seniority.DEPARTMENT_HEAD),
    (SECTION_HEAD, Seniority.SECTION_HEAD),
)
# A deputy counts one class below the head.
BELOW = {"本部長": Seniority.DEPARTMENT_HEAD, "事業部長": Seniority.DEPARTMENT_HEAD, "部長": Seniority.SECTION_HEAD}
WHOLE_TITLE = re.compile(
    r".*(?:社長|会長|頭取|取締役|執行役員?|専務|常務|監査役|役員|理事長?|院長|学長|総長|部長|支店長|支社長|工場長|局長|課長|室長|所長|次長|"
    r"係長|主任|主査|主事|班長|店長|センター長|リーダー|マネージャー?|マネジャー|顧問|相談役|代表|オーナー|(?:代理|補佐))(?:\(.*\))?"
    r"|c[a-z]{1,2}o|[es]?vp|.*president|.*\b(?:manager|director|officer|chairman|founder|owner)",
)
ORDER = tuple(Seniority)


@lru_cache(maxsize=16384)
def seniority_of(title: str | None) -> Seniority:
    """The class of a title; other when there is none or it is not known."""
    text = _plain(title or "")
    rest = OFFICES.sub(" ", text)
    deputy = DEPUTIES.search(rest)
    heads = DEPUTIES.sub("", rest) if deputy else rest
    if deputy and not EXECUTIVE.search(heads):
        return _deputy_class(rest)
    return next((seniority for words, seniority in CLASSES if words.search(rest)), Seniority.OTHER)


def higher(one: Seniority, other: Seniority) -> Seniority:
    """The one that weighs more."""
    return min(one, other, key=ORDER.index)


@lru_cache(maxsize=16384)
def part_department(typed: str) -> tuple[str, str]:
    """(department, title) of what stands in a department column; a title there is no department."""
    words = typed.split()
    if typed.isascii():
        return ("", " ".join(words)) if WHOLE_TITLE.fullmatch(_plain(typed)) else (typed.strip(), "")
    border = len(words)
    while border and WHOLE_TITLE.fullmatch(_plain(words[border - 1])):
        border -= 1
    return (" ".join(words[:border]), " ".join(words[border:])) if border < len(words) else (typed.strip(), "")


def _deputy_class(text: str) -> Seniority:
    if "次長" in text:
        return Seniority.SECTION_HEAD
    return next((below for head, below in BELOW.items() if head in text), Seniority.OTHER)


def _plain(text: str) -> str:
    return re.sub(r"[\s　]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()
