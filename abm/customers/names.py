"""Company names made comparable: legal forms, spellings and branches; for matching only, never shown."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Signs that people swap without meaning another firm. Matching only: 髙 stays 髙 wherever a name is shown.
VARIANTS = str.maketrans(
    "髙﨑邊邉濵濱澤國廣瀨德櫻齋齊嶋嶌冨龍槗桒塚圓澁實榮學會眞惠淺條藏證醫藥靜氣鐵寶壽龜臺圖應發萬禮豐峯彌來關鑛曾檜穗總經藝傳團賣驛黑綠步增ヱヰゑゐ",
    "高崎辺辺浜浜沢国広瀬徳桜斎斉島島富竜橋桑塚円渋実栄学会真恵浅条蔵証医薬静気鉄宝寿亀台図応発万礼豊峰弥来関鉱曽桧穂総経芸伝団売駅黒緑歩増エイえい",
)
# キヤノン is read キャノン: big and small kana are one sign when names are compared.
SMALL_KANA = str.maketrans(
    "ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ", "アイウエオツヤユヨワカケあいうえおつやゆよわ"
)
DROPPED = dict.fromkeys(map(ord, "・･,.、。'’`\"“”&＆/／()（）[]【】「」『』!！?？:：;；_*+＋"))
FOLDED = {**VARIANTS, **SMALL_KANA, **DROPPED}
DASH = re.compile(r"[\-‐‑‒–—―−─━ｰー]")
KATAKANA_DASH = re.compile(r"(?<=[ァ-ヺ])[\-‐‑‒–—―−─━ｰ](?=[ァ-ヺ]|\b|$)")
# コンピューター and コンピュータ are one word; a long vowel inside a word (ビール, ビル) is not dropped.
DROPPED_DASH = re.compile(r"ー+(?![ァ-ヺー])|(?<![ァ-ヺ])ー|[\-‐‑‒–—―−─━]")
VU = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))

LEGAL_WORDS = (
    "特定非営利活動法人|地方独立行政法人|国立研究開発法人|独立行政法人|国立大学法人|公立大学法人|社会福祉法人|"
    "社会保険労務士法人|土地家屋調査士法人|司法書士法人|行政書士法人|特許業務法人|弁護士法人|税理士法人|"
    "有限責任監査法人|監査法人|一般社団法人|公益社団法人|一般財団法人|公益財団法人|社団法人|財団法人|医療法人社団|"
    "医療法人財団|医療法人|学校法人|宗教法人|農事組合法人|npo法人|有限責任事業組合|事業協同組合|"
    "株式会社|有限会社|合同会社|合資会社|合名会社|相互会社"
)
LEGAL_SHORT = (
    r"\((?:株|有|合|同|名|資|財|社|医|学|福|宗|独|独行|特非|一社|一財|公社|公財|相|監|税|弁|農|カ|ユ)\)"
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

# Sure signs of a branch, also when glued to the name (青葉精機仙台支店).
BRANCH_WORDS = "支店|支社|支局|支所|営業所|営業部|出張所|事業所|駐在所|製造所|工場|事業部|事業本部"
GLUED_BRANCH = re.compile(rf"(?<=..)(?:{BRANCH_WORDS})$")
# Words that also end firms' own names (山田会計事務所): a branch only behind a space and a firm with its legal form.
LOOSE_BRANCH = re.compile(
    rf"(?:{BRANCH_WORDS}|支部|本社|本店|本部|研究所|事務所|センター|オフィス|分室|店|部|課|室|(?<=..)製作所)$"
)
SURE_BRANCH = re.compile(rf"(?:{BRANCH_WORDS})$")
LATIN_BRANCH = re.compile(r"\s+(?:branch|office|factory|plant|works)$", re.IGNORECASE)
SPACES = re.compile(r"[\s　]+")


@dataclass(frozen=True)
class CompanyName:
    """One typed company name, taken apart: the firm as typed, its branch, and what is compared."""

    firm: str
    branch: str
    core: str


@lru_cache(maxsize=65536)
def read_company(typed: str) -> CompanyName:
    """The firm and branch in a typed name; `core` is equal for spellings of one name."""
    firm, branch = split_branch(typed.strip())
    return CompanyName(firm, branch, _core(firm))


def split_branch(typed: str) -> tuple[str, str]:
    """(firm, branch) where the border is plain: a space or a legal form stands before the branch."""
    if not LOOSE_BRANCH.search(typed):
        return typed, ""
    for cut in _borders(typed):
        firm, tail = typed[:cut].rstrip(" 　"), typed[cut:].strip(" 　")
        if _bare(firm) and _is_branch(tail, LEGAL.search(unicodedata.normalize("NFKC", firm)) is not None):
            return firm, tail
    return typed, ""


def core_name(typed: str) -> str:
    """What is left of a company's name for comparison."""
    return read_company(typed).core


def person_key(name: str) -> str:
    """A person's name for comparison: no spaces, one form of every sign."""
    return SPACES.sub("", unicodedata.normalize("NFKC", name)).translate(VARIANTS).casefold()


def department_key(name: str) -> str:
    """A department's name for comparison."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _borders(typed: str) -> list[int]:
    """Where a branch may begin: behind each space and behind each legal form, leftmost first."""
    spaces = [m.end() for m in SPACES.finditer(typed)]
    forms = [m.end() for m in re.finditer(rf"{LEGAL_WORDS}|㈱|㈲|㍿|[(（][株有合同][)）]", typed)]
    return sorted({cut for cut in spaces + forms if 0 < cut < len(typed)})


def _is_branch(tail: str, firm_has_form: bool) -> bool:
    if LEGAL.search(unicodedata.normalize("NFKC", tail)):
        return False
    return bool((LOOSE_BRANCH if firm_has_form else SURE_BRANCH).search(tail))


def _core(firm: str) -> str:
    """The bare name; a firm called nothing but 株式会社 or 支店 keeps that, so that no name is empty."""
    return _bare(firm) or _fold(unicodedata.normalize("NFKC", firm).casefold())


def _bare(firm: str) -> str:
    text = unicodedata.normalize("NFKC", firm).casefold().strip()
    if LATIN.search(text):
        text = LATIN_BRANCH.sub("", LATIN_AT_START.sub("", LATIN_AT_END.sub("", text)))
    text = LEGAL.sub(" ", text.removesuffix("御中")).strip()
    return _fold(GLUED_BRANCH.sub("", text))


def _fold(text: str) -> str:
    if DASH.search(text):
        text = DROPPED_DASH.sub("", KATAKANA_DASH.sub("ー", text))
    if "ヴ" in text:
        for old, new in VU:
            text = text.replace(old, new)
    return "".join(text.translate(FOLDED).split())
