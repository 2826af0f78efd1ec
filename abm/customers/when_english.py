"""Times as English names them: next fiscal year, second half, mid-October, next Tuesday, in two weeks …"""

import re
from datetime import date, timedelta

from abm.customers.fiscal import Days, month_end, quarter
from abm.customers.spans import Calendar, Rule, day_of, later, new_year, part_of, part_of_year, whole_year

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "half a": 0.5}
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}


def _is_next(match: re.Match[str]) -> bool:
    return (match.groupdict().get("word") or "").lower() in ("next", "new", "coming")


def _fiscal_year(match: re.Match[str], calendar: Calendar) -> Days:
    return part_of_year(calendar.year(int(_is_next(match))), match["part"])


def _coming_part(match: re.Match[str], calendar: Calendar) -> Days:
    return calendar.coming([part_of_year(calendar.year(ahead), match["part"]) for ahead in (0, 1)])


def _day(match: re.Match[str], calendar: Calendar) -> Days | None:
    month, day = _month_number(match), int(match["day"])
    if not match["year"]:
        return calendar.named_day(month, day)
    made = day_of(int(match["year"]), month, day)
    return (made, made) if made else None


def _month(match: re.Match[str], calendar: Calendar) -> Days:
    days = calendar.named_month(_month_number(match))
    if match["year"]:
        first = date(int(match["year"]), days[0].month, 1)
        days = first, month_end(first)
    return part_of(days, match["part"])


def _month_number(match: re.Match[str]) -> int:
    return MONTHS.index(match["month"][:3]) + 1


def _period(match: re.Match[str], calendar: Calendar) -> Days:
    ahead, part, unit = int(_is_next(match)), match["part"], match["unit"].lower()
    if unit == "week":
        monday = calendar.monday(ahead)
        return (monday + timedelta(days=3) if (part or "").lower() == "end" else monday), monday + timedelta(days=4)
    if unit == "month":
        return part_of(calendar.month(ahead), part)
    year = calendar.on.year + ahead
    return part_of(whole_year(year), part)


def _quarter(match: re.Match[str], calendar: Calendar) -> Days:
    quarters = [quarter(calendar.year(year), number) for year in (0, 1) for number in (1, 2, 3, 4)]
    return part_of([days for days in quarters if days[1] >= calendar.on][_is_next(match)], match["part"])


def _weekday(match: re.Match[str], calendar: Calendar) -> Days:
    number = WEEKDAYS.index(match["weekday"].lower())
    if not _is_next(match):
        return calendar.next_weekday(number)
    day = calendar.monday(1) + timedelta(days=number)
    return day, day


def _near_day(match: re.Match[str], calendar: Calendar) -> Days:
    day = calendar.on + timedelta(days=match[0].lower() == "tomorrow")
    return day, day


def _after(match: re.Match[str], calendar: Calendar) -> Days:
    word = " ".join(match["number"].lower().split())
    day = later(calendar.on, NUMBERS.get(word) or float(word), match["unit"].lower())
    return (calendar.on if match[0].lower().startswith("within") else day), day


def _season(match: re.Match[str], calendar: Calendar) -> Days:
    return calendar.season(SEASONS[match["season"].lower()], int(_is_next(match)))


# Names of months in capitals only: somebody who may come does not come in May.
MONTH = (
    r"\b(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
YEAR = r"(?:,?\s+(?P<year>20\d\d)\b)?"
PART = r"(?:\b(?P<part>(?i:early|mid|late|end|beginning|start|middle))[\s-]+(?:(?:of|in)\s+)?(?:the\s+)?)?"
HALVES = r"(?P<part>(?i:(?:first|second)\s+half|(?:first|second|third|fourth)\s+quarter))"

# As in Japanese: longer and surer ways first, True marks what the closing month decides.
ENGLISH: tuple[Rule, ...] = tuple(
    (re.compile(pattern), reader, is_fiscal)
    for pattern, reader, is_fiscal in (
        (rf"\b{HALVES}(?i:\s+of\s+(?P<word>next|this|the)\s+(?:fiscal|financial)\s+year)", _fiscal_year, True),
        (rf"{PART}\b(?P<word>(?i:next|this|new|coming|the))\s+(?i:fiscal|financial)\s+(?i:year)\b", _fiscal_year, True),
        (rf"\b(?i:the\s+)?{HALVES}", _coming_part, True),
        (rf"{PART}\b(?P<word>(?i:next|this))\s+(?i:quarter)\b", _quarter, True),
        (rf"{MONTH}\s+{DAY}\b{YEAR}", _day, False),
        (rf"\b{DAY}\s+(?:of\s+)?{MONTH}{YEAR}", _day, False),
        (rf"{PART}{MONTH}{YEAR}", _month, False),
        (rf"{PART}\b(?P<word>(?i:next|this))\s+(?P<unit>(?i:week|month|year))\b", _period, False),
        (
            r"(?i:\b(?P<part>end|beginning|start|middle)\s+of\s+(?:the\s+)?(?P<unit>week|month|year)\b)",
            _period,
            False,
        ),
        (rf"(?i:\b(?:(?P<word>next|this|on|coming)\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b)", _weekday, False),
        (r"(?i:\b(?:today|tomorrow)\b)", _near_day, False),
        (
            r"(?i:\b(?:in|within|after)\s+(?:about\s+)?(?P<number>half\s+a|an?|one|two|three|four|five|six|\d{1,3})"
            r"\s+(?P<unit>day|week|month|year)s?\b)",
            _after,
            False,
        ),
        (
            r"(?i:\b(?:in\s+)?(?:(?P<word>next|this)\s+|the\s+)?(?P<season>spring|summer|autumn|winter)\b)",
            _season,
            False,
        ),
        (r"(?i:\b(?:after\s+)?(?:the\s+)?new\s+year\b)", new_year, False),
    )
)
