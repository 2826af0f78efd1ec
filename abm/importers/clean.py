"""Cells made usable: what was typed in, what we read out of it, and whether something was lost or guessed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Generic, TypeVar

import jaconv
from stdnum.exceptions import ValidationError
from stdnum.jp import cn

T = TypeVar("T")

PLACEHOLDERS = frozenset(
    ("", "-", "--", "---", "ー", "－", "―", "なし", "無し", "不明", "n/a", "na", "none", "null", "#n/a")
)
SPACES = re.compile(r"[\s　]+")

# An area or mobile code without its zero: Excel took 090-0940-1273 for a number.
PHONE_NOISE = re.compile(
    r"\((?:代表?|直通|内線[^)]*|携帯)\)|(?:代表|直通|携帯)[:：]?|^(?:tel|phone|電話)[.:：]?\s*", re.IGNORECASE
)
EXTENSION = re.compile(r"\s*(?:内線|ext\.?|x)[:：.\s]*\d{1,6}$", re.IGNORECASE)
PHONE_SIGNS = re.compile(r"\+?[0-9 ()\-.‐‑–—―−─ー]+")
SEVERAL = re.compile(r"[/、,;]|または|or", re.IGNORECASE)
NOT_DIGIT = re.compile(r"[^0-9]")
MOBILE = ("50", "60", "70", "80", "90")

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "r": 2018, "h": 1988, "s": 1925, "t": 1911}
ERA_DATE = re.compile(
    r"(令和|平成|昭和|大正|[rhst])\.?\s*(元|\d{1,2})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*日?", re.I
)
PLAIN_DATE = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*日?(?:[ t(（].*)?", re.I)
# As the West writes it: which of the first two is the month must be plain from the numbers.
WESTERN_DATE = re.compile(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4})(?:[ t].*)?", re.I)
PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
SERIAL_DATE = re.compile(r"(\d{5})(?:\.\d+)?")
# Excel counts days from here; its invented 29 February 1900 is behind every date a customer list holds.
EXCEL_EPOCH = date(1899, 12, 30)
YEARS = range(1950, 2101)

# RFC 5321 limits; the local part also takes the dots in a row that old carrier addresses have.
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20]{1,64}@[^\s@<>()\[\],;:\\\"/]{1,253}")
LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
NAMED_ADDRESS = re.compile(r"^[^<]*<([^<>]+)>\s*$")
FORMULA_SIGNS = "=+-@"

SCIENTIFIC = re.compile(r"([1-9])\.(\d{12})E\+?12", re.IGNORECASE)
POSTCODE = re.compile(r"〒?\s*(\d{3})[-‐‑–—―−ー\s]?(\d{4})")
PREFECTURE_NAMES = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
]
SHORT_PREFECTURES = {(name if name == "北海道" else name[:-1]): name for name in PREFECTURE_NAMES}
MONTH_WORDS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


@dataclass(frozen=True)
class Read(Generic[T]):
    """What a cell means; `problem` says why it means nothing, or what was guessed."""

    value: T | None
    problem: str | None = None


def plain(typed: str) -> str:
    """A cell in one form: NFKC, single spaces, placeholders such as 「なし」 and "-" emptied."""
    text = SPACES.sub(" ", unicodedata.normalize("NFKC", typed)).strip()
    return "" if text.casefold() in PLACEHOLDERS else text


def typed_text(typed: str) -> str:
    """A cell as typed, without the space around it and without placeholders."""
    return typed.strip(" 　\t\r\n") if plain(typed) else ""


def is_formula(typed: str) -> bool:
    """Would a spreadsheet run this instead of showing it? A handle such as @cosme is none."""
    # The apostrophe is how spreadsheets, and our own files of rejected rows, defuse one.
    text = plain(typed).removeprefix("'")
    if not text or text[0] not in FORMULA_SIGNS:
        return False
    return text[0] != "@" or any(sign in text for sign in "(!|=")


def read_phone(typed: str) -> Read[str]:
    """Digits as dialled in Japan (0…), or + and country code for other countries."""
    text = plain(typed)
    if not text:
        return Read(None)
    parts = [part for part in SEVERAL.split(text) if part.strip()]
    found = [number for part in parts if (number := _dialled(part)).value]
    if not found:
        return Read(None, "phone_unreadable")
    return found[0] if len(parts) == 1 else Read(found[0].value, "phone_first_of_several")


def _dialled(text: str) -> Read[str]:
    text = EXTENSION.sub("", PHONE_NOISE.sub("", text)).strip()
    if not PHONE_SIGNS.fullmatch(text):
        return Read(None, "phone_unreadable")
    digits = NOT_DIGIT.sub("", text.replace("(0)", "") if text.startswith("+") else text)
    if text.startswith("+"):
        return _from_abroad(digits)
    if digits.startswith("0"):
        return Read(digits) if len(digits) in (10, 11) else Read(None, "phone_unreadable")
    if len(digits) == 9 or (len(digits) == 10 and digits.startswith(MOBILE)):
        return Read("0" + digits, "phone_zero_restored")
    return Read(None, "phone_unreadable")


def _from_abroad(digits: str) -> Read[str]:
    if digits.startswith("81"):
        national = "0" + digits[2:].removeprefix("0")
        return Read(national) if len(national) in (10, 11) else Read(None, "phone_unreadable")
    return Read("+" + digits) if 7 <= len(digits) <= 15 and digits[0] != "0" else Read(None, "phone_unreadable")


@lru_cache(maxsize=8192)
def read_date(typed: str) -> Read[date]:
    """A day in any of the usual ways to write one; a day that the calendar lacks is unreadable."""
    text = plain(typed)
    if not text:
        return Read(None)
    day = _date_of(text)
    return Read(day) if day else Read(None, "date_unreadable")


def _date_of(text: str) -> date | None:
    if match := ERA_DATE.fullmatch(text):
        era, year, month, day = match.groups()
        return _day(ERAS[era.lower()] + (1 if year == "元" else int(year)), int(month), int(day))
    if match := PLAIN_DATE.fullmatch(text) or PACKED_DATE.fullmatch(text):
        return _day(*(int(part) for part in match.groups()))
    if match := WESTERN_DATE.fullmatch(text):
        return _western_day(*(int(part) for part in match.groups()))
    if match := SERIAL_DATE.fullmatch(text):
        day_of_serial = EXCEL_EPOCH + timedelta(days=int(match[1]))
        return day_of_serial if day_of_serial.year in YEARS else None
    return None


def _western_day(first: int, second: int, year: int) -> date | None:
    """12/15/2026 and 15/12/2026 are one day; 4/5/2026 could be two, and stays unread."""
    days = {day for day in (_day(year, first, second), _day(year, second, first)) if day}
    return days.pop() if len(days) == 1 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def read_address(typed: str) -> Read[str]:
    """A mail address in small letters, without name or brackets around it."""
    text = plain(typed).removeprefix("mailto:")
    if not text:
        return Read(None)
    if named := NAMED_ADDRESS.match(text):
        text = named[1].strip()
    text = text.rstrip(".,;。、").casefold()
    return Read(text) if _is_address(text) else Read(None, "address_unusable")


def _is_address(text: str) -> bool:
    if not ADDRESS.fullmatch(text) or len(text) > 254:
        return False
    labels = text.rpartition("@")[2].split(".")
    return len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()


def read_corporate_number(typed: str) -> Read[str]:
    """A 法人番号 whose check digit is right."""
    text = plain(typed)
    if not text:
        return Read(None)
    text = _unrounded(text)
    try:
        number: str = cn.validate(text.removeprefix("T").removeprefix("t"))
    except ValidationError:
        return Read(None, "corporate_number_unreadable")
    return Read(number) if number.isascii() else Read(None, "corporate_number_unreadable")


def _unrounded(text: str) -> str:
    """5.835678256246E+12 as it was before a spreadsheet took it for a quantity; 7.12E+12 has lost its digits."""
    if match := SCIENTIFIC.fullmatch(text):
        return f"{match[1]}{match[2]}"
    return text.removesuffix(".0")


def read_postcode(typed: str) -> Read[str]:
    """A Japanese postcode as 123-4567; other countries' codes stay as typed."""
    text = plain(typed)
    if not text:
        return Read(None)
    if match := POSTCODE.fullmatch(text):
        return Read(f"{match[1]}-{match[2]}")
    if re.fullmatch(r"[0-9]{6}", text):
        return Read(f"0{text[:2]}-{text[2:]}", "postcode_zero_restored")
    return Read(text, "postcode_unusual")


def read_prefecture(typed: str, address: str = "") -> str | None:
    """The prefecture as its full name, from its own column or from the start of the address."""
    text = plain(typed)
    if text:
        return SHORT_PREFECTURES.get(text, text)
    start = plain(address)
    start = POSTCODE.sub("", start, count=1).strip() if start.startswith("〒") or start[:1].isdigit() else start
    return next((name for name in PREFECTURE_NAMES if start.startswith(name)), None)


@lru_cache(maxsize=1024)
def read_month(typed: str) -> Read[int]:
    """The closing month 1 to 12, from 3, 3月, 3月末, 3月期, March or 3/31."""
    text = plain(typed).casefold()
    if not text:
        return Read(None)
    if match := re.match(r"(1[0-2]|0?[1-9])(?:月.*|[/.-][0-9]{1,2})?$", text):
        return Read(int(match[1]))
    found = [
        number for number, word in enumerate(MONTH_WORDS, 1) if len(text) > 2 and word.startswith(text.rstrip("."))
    ]
    return Read(found[0]) if found else Read(None, "month_unreadable")


def read_kana(typed: str) -> str | None:
    """A reading in full-width katakana."""
    return str(jaconv.hira2kata(plain(typed))) or None


def split_name(full_name: str) -> tuple[str, str | None]:
    """(family, given): Japanese order, or Latin order for Latin letters; a name without a space stays whole."""
    parts = [part for part in SPACES.split(full_name.strip()) if part]
    if len(parts) < 2:
        return full_name.strip(), None
    if full_name.isascii():
        if parts[0].endswith(","):
            return parts[0].rstrip(","), " ".join(parts[1:])
        return parts[-1], " ".join(parts[:-1])
    return parts[0], " ".join(parts[1:])
