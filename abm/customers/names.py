"""Company names made comparable: legal forms, spellings and branches; for matching only, never shown."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from abm.customers.signs import VARIANTS, fold

LEGAL_WORDS = (
    "特定非営利活動法人|地方独立行政法人|国立研究開発法人|独立行政法人|国立大学法人|公立大学法人|社会福祉法人|"
    "社会保険労務士法人|土地家屋調査士法人|司法書士法人|行政書士法人|特許業務法人|弁護士法人|税理士法人|"
    "有限責任監査法人|監査法人|一般社団法人|公益社団法人|一般財団法人|公益財団法人|社団法人|財団法人|医療法人社団|"
    "医療法人財団|医療法人|学校法人|宗教法人|農事組合法人|npo法人|有限責任事業組合|事業協同組合|"
    "株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|株式會社|有限會社|合資會社|合名會社"
)
LEGAL_SHORT = (
    r"\((?:株|有|合|同|名|資|財|社|医|学|福|宗|大|独|独行|特非|一社|一財|公社|公財|相|監|税|弁|農|カ|ユ)\)"
    r"|(?<!\w)(?:カ|ユ)\)"
)
LEGAL = re.compile(rf"{LEGAL_WORDS}|{LEGAL_SHORT}", re.IGNORECASE)
LATIN_FORMS = (
    r"inc(?:orporated)?|co|company|ltd|limited|corp(?:oration)?|llc|l\.l\.c|llp|plc|gmbh(?:\s*&\s*co\.?\s*kg)?|ag|kg|kgaa|"
    r"ohg|ug|se|s\.?a\.?s?|sarl|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|oyj?|ab|a/?s|aps|pty|pte|sdn|bhd|k\.?k|g\.?k|y\.?k|"
    r"kabushiki\s+kaisha|godo\s+kaisha|yugen\s+kaisha"
)
LATIN = re.compile("[a-z]")
LATIN_AT_END = re.compile(rf"(?:[\s,.]+(?:{LATIN_FORMS})\.?)+[\s,.]*$", re.IGNORECASE)
LATIN_AT_START = re.compile(r"^(?:k\.?k\.?|kabushiki\s+kaisha|pt\.?)\s+(?=\w)", re.IGNORECASE)

# What became of a name, or what it was: 三菱UFJ銀行(旧三菱東京UFJ銀行).
FORMER = re.compile(r"[(【\[](?:旧|現|元)[^)】\]]*[)】\]]")
ADDRESSED = re.compile(r"[\s　]*(?:御中|様)$")
KINDS = (
    ("株", re.compile(r"株式会社|株式會社|\(株\)|(?<!\w)カ\)")),
    ("有", re.compile(r"有限会社|有限會社|\(有\)|(?<!\w)ユ\)")),
    ("同", re.compile(r"合同会社|\(同\)|\(合\)")),
    ("資", re.compile(r"合資会社|合資會社|\(資\)")),
    ("名", re.compile(r"合名会社|合名會社|\(名\)")),
    ("他", re.compile(r"法人")),
)

# Sure signs of a branch, also when glued to the name (青葉精機仙台支店).
BRANCH_WORDS = "支店|支社|支局|支所|営業所|営業部|出張所|事業所|駐在所|製造所|製鉄所|造船所|工場|事業部|事業本部"
GLUED_BRANCH = re.compile(rf"(?<=..)(?:{BRANCH_WORDS})$")
# Words that also end firms' own names (山田会計事務所, 田中 酒店): a branch only behind a space and a firm with its
# legal form, and not where they tell a trade.
LOOSE_BRANCH = re.compile(
    rf"(?:{BRANCH_WORDS}|支部|本社|本店|本部|地区|拠点|発電所|(?<=..)(?:センター|オフィス|分室|製作所|部|課)"
    r"|(?<!総合)(?<!経済)(?<!^)研究所"
    r"|(?<!設計)(?<!建築)(?<!会計)(?<!法律)(?<!特許)(?<!税理士)(?<!書士)(?<!労務士)(?<!労務)(?<!^)事務所"
    r"|(?<![商酒書務茶米薬品理具物器計質花魚肉菓靴鞄帽服布紙油燃炭材木石車洋])(?<!^)店"
    r"|(?<!教)(?<!設計)(?<!デザイン)(?<!^)室)$"
)
BRANCH_SIGNS = tuple("店社局所部場区点室課ース")
SURE_BRANCH = re.compile(rf"(?:{BRANCH_WORDS})$")
LATIN_BRANCH = re.compile(r"\s+(?:branch|office|factory|plant|works)$", re.IGNORECASE)
# Behind a comma or a dash, with the place before it: Fresh Robotics, Osaka Branch.
LATIN_UNIT = re.compile(
    r"^(?P<firm>.*\w.*?)(?:\s*,\s*|\s+[-–—]\s+)(?P<tail>[^,]*\b(?:branch|office|factory|plant|works))$", re.IGNORECASE
)
LATIN_UNIT_ENDS = ("branch", "office", "factory", "plant", "works")
SPACES = re.compile(r"[\s　]+")
# A legal form that closes a firm's name, with something behind it: 富士通株式会社 関西システムラボラトリ.
CLOSING = rf"{LEGAL_WORDS}|㈱|㈲|㍿|[(（][株有合同][)）]"
BEHIND_FORM = re.compile(rf"^(?P<firm>[^\s　(（㈱㈲㍿].*?(?:{CLOSING}))[\s　]+(?P<tail>\S.*)$")


@dataclass(frozen=True)
class CompanyName:
    """One typed company name, taken apart: the firm as typed, its branch, and what is compared."""

    firm: str
    branch: str
    core: str


@lru_cache(maxsize=16384)
def read_company(typed: str) -> CompanyName:
    """The firm and branch in a typed name; `core` is equal for spellings of one name."""
    firm, branch = split_branch(ADDRESSED.sub("", typed.strip()) if typed.endswith(("中", "様")) else typed.strip())
    return CompanyName(firm, branch, _core(firm))


def split_branch(typed: str) -> tuple[str, str]:
    """(firm, branch) where the border is plain: a space or a legal form stands before the branch."""
    if typed[-7:].casefold().endswith(LATIN_UNIT_ENDS) and (unit := LATIN_UNIT.match(typed)):
        return unit["firm"], unit["tail"]
    if not (typed.endswith(BRANCH_SIGNS) and LOOSE_BRANCH.search(typed)):
        behind = BEHIND_FORM.match(typed) if SPACES.search(typed) else None
        return (behind["firm"], behind["tail"]) if behind and _is_unit(**behind.groupdict()) else (typed, "")
    for cut in _borders(typed):
        firm, tail = typed[:cut].rstrip(" 　"), typed[cut:].strip(" 　")
        if _bare(firm) and _is_branch(tail, LEGAL.search(unicodedata.normalize("NFKC", firm)) is not None):
            return firm, tail
    return typed, ""


@lru_cache(maxsize=16384)
def cores_before_unit(typed: str) -> frozenset[str]:
    """The names that may end where a spaced word like センター or 店 begins: for who has other evidence of the firm."""
    cuts = (m for m in SPACES.finditer(typed) if LOOSE_BRANCH.search(typed[m.end() :]))
    return frozenset(_core(typed[: m.start()]) for m in cuts if not LEGAL.search(typed[m.end() :]))


def core_name(typed: str) -> str:
    """What is left of a company's name for comparison."""
    return read_company(typed).core


@lru_cache(maxsize=16384)
def legal_kind(typed: str) -> str:
    """Which sort of firm a typed name says it is, by one sign; nothing when it says none."""
    plain = unicodedata.normalize("NFKC", typed)
    return next((kind for kind, form in KINDS if form.search(plain)), "")


def person_key(name: str) -> str:
    """A person's name for comparison: no spaces, one form of every sign."""
    return SPACES.sub("", unicodedata.normalize("NFKC", name)).translate(VARIANTS).casefold()


@lru_cache(maxsize=8192)
def department_key(name: str) -> str:
    """A department's name for comparison."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _borders(typed: str) -> list[int]:
    """Where a branch may begin: behind each space and behind each legal form, leftmost first."""
    spaces = [m.end() for m in SPACES.finditer(typed)]
    forms = [m.end() for m in re.finditer(CLOSING, typed)]
    return sorted({cut for cut in spaces + forms if 0 < cut < len(typed)})


def _is_unit(firm: str, tail: str) -> bool:
    """Is what stands behind a closed name a part of the firm? No other firm, no remark, no foreign spelling."""
    plain = unicodedata.normalize("NFKC", tail)
    return bool(_bare(firm)) and not LEGAL.search(plain) and not plain.isascii() and plain[0] not in "([【「※"


def _is_branch(tail: str, firm_has_form: bool) -> bool:
    if LEGAL.search(unicodedata.normalize("NFKC", tail)):
        return False
    return bool((LOOSE_BRANCH if firm_has_form else SURE_BRANCH).search(tail))


def _core(firm: str) -> str:
    """The bare name; a firm called nothing but 株式会社 or 支店 keeps that, so that no name is empty."""
    return _bare(firm) or fold(unicodedata.normalize("NFKC", firm).casefold())


def _bare(firm: str) -> str:
    text = unicodedata.normalize("NFKC", firm).casefold().strip()
    if text.endswith((")", "】", "]")):
        text = FORMER.sub("", text)
    if LATIN.search(text):
        text = LATIN_BRANCH.sub("", LATIN_AT_START.sub("", LATIN_AT_END.sub("", text)))
    text = LEGAL.sub(" ", text).strip()
    return fold(GLUED_BRANCH.sub("", text))
