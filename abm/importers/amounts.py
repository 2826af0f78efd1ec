"""Money, counts and months as people write them: 1,200万円, １２００, 1億2,000万, 65 %, 2026年11月."""

import re
from datetime import date
from decimal import Decimal

from abm.importers.clean import Read, plain, read_date

# What stands around an amount and changes nothing about it.
AROUND = re.compile(r"^約|\((?:税込み?|税抜き?|税別)\)$|(?:税込み?|税抜き?|税別)$|(?<=\d)[-ー―]$")
CURRENCY = re.compile(r"^[¥\\]|^(?:JPY)\s*|\s*(?:円|yen|JPY)$", re.IGNORECASE)
UNITS = {
    "兆": 10**12,
    "億": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "万": 10**4,
    "千": 10**3,
    "": 1,
}
PLAIN_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
PART = re.compile(rf"({PLAIN_NUMBER})\s*(兆|億|千万|百万|万|千|)\s*")
NUMBER = re.compile(PLAIN_NUMBER)
COUNTED = re.compile(r"\s*(?:%|件|台|個|本|点|名|人|回|式|セット|ライセンス)$")
MONTH = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*月?(?:分|度)?")
# The column holds 14 digits before the point; nobody sells more.
MOST = Decimal(10) ** 14


def read_money(typed: str) -> Read[Decimal]:
    """An amount in yen."""
    text = plain(typed)
    if not text:
        return Read(None)
    if text[0] in "-△▲":
        return Read(None, "amount_negative")
    for noise in (AROUND, AROUND, CURRENCY, CURRENCY):
        text = noise.sub("", text, count=1).strip()
    amount = _sum_of_parts(text)
    if amount is None or amount >= MOST or amount != round(amount, 2):
        return Read(None, "amount_unreadable")
    return Read(amount)


def _sum_of_parts(text: str) -> Decimal | None:
    """1億2,000万 is 1 of the one and 2,000 of the other; the units only ever get smaller."""
    total, last, place = Decimal(0), 10**16, 0
    while place < len(text):
        part = PART.match(text, place)
        if part is None or UNITS[part[2]] >= last:
            return None
        last, place = UNITS[part[2]], part.end()
        total += Decimal(part[1].replace(",", "")) * last
    return total if text else None


def read_count(typed: str) -> Read[int]:
    """A whole number, with or without what was counted behind it."""
    text = COUNTED.sub("", plain(typed))
    if not text:
        return Read(None)
    number = Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else None
    if number is None or number != int(number) or number >= MOST:
        return Read(None, "count_unreadable")
    return Read(int(number))


def read_amount(typed: str) -> Read[float]:
    """A number that may have decimals."""
    text = COUNTED.sub("", plain(typed))
    if not text:
        return Read(None)
    if not NUMBER.fullmatch(text) or len(text) > 20:
        return Read(None, "count_unreadable")
    return Read(float(text.replace(",", "")))


def read_month_on(typed: str) -> Read[date]:
    """The first day of a month; of a day, the month it lies in."""
    text = plain(typed)
    if match := MONTH.fullmatch(text):
        month, year = int(match[2]), int(match[1])
        return Read(date(year, month, 1)) if 1 <= month <= 12 and year >= 1950 else Read(None, "month_unreadable")
    day = read_date(text)
    return Read(day.value.replace(day=1)) if day.value else Read(None, day.problem and "month_unreadable")
