"""Times in words: the days that 「来月中旬」, 「下期」, 「10/5」 or "by the end of March" mean, seen from a day."""

import re
from dataclasses import dataclass, replace
from datetime import date

from abm.customers.spans import Calendar
from abm.customers.when_english import ENGLISH
from abm.customers.when_japanese import JAPANESE


@dataclass(frozen=True)
class When:
    """The days that some words mean, and where they stand; `until` when the last day is what counts."""

    start: int
    end: int
    first: date
    last: date
    until: bool = False
    is_fiscal: bool = False


# What is said to be over is no time to plan with; its words are taken so that 昨年10月 is not next October.
GONE = re.compile(
    r"(?:一?昨|去|先々|先|前)(?:年度?|期|月|週|日|回)(?:の?(?:\d{1,2}月(?:\d{1,2}日)?|[上下]期|末|[月火水木金土日]曜日?))?"
    r"|以前|過去|(?i:\b(?:yesterday|last\s+(?:week|month|year|quarter|fiscal year"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*))\b)"
)
# Words beside a time that make its last day the one that counts.
UNTIL = re.compile(r"\s?(?:いっぱい)?(?:まで|迄|以内|中(?![旬頃盤間])|いっぱい)(?:に|には)?")
BEFORE_EN = re.compile(r"(?i)\b(?:by|before|until|till|within)\s+(?:the\s+)?$")
WITHIN = re.compile(r"以内$|(?i:^within\b)")
APPROXIMATE = re.compile(r"\s?(?:頃|ごろ|ころ|くらい|ぐらい|あたり|辺り|を?目[途処安]|以降)")
RANGE = re.compile(r"\s?(?:から|より|~|〜|-|ー|–|to)\s?")
# Most notes name no time at all; looking for a sign of one first spares them every rule.
SIGNS = ((re.compile(r"[\d年月日期度週曜末初旬春夏秋冬明後]"), JAPANESE), (re.compile(r"[A-Za-z]{3}|[QH]\d"), ENGLISH))


def read_times(text: str, calendar: Calendar) -> list[When]:
    """Every time that is named, in the order of the text, but what is said to be over."""
    taken = [match.span() for match in GONE.finditer(text)]
    found: list[When] = []
    # The first rule that fits a place reads it.
    for pattern, read, is_fiscal in (rule for sign, rules in SIGNS if sign.search(text) for rule in rules):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            if days := read(match, calendar):
                taken.append(match.span())
                found.append(_with_particle(text, When(*match.span(), *days, is_fiscal=is_fiscal)))
    return _joined(text, sorted(found, key=lambda when: when.start))


def _with_particle(text: str, when: When) -> When:
    """With the particle beside it, which belongs to its words."""
    end = when.end
    if about := APPROXIMATE.match(text, end):
        end = about.end()
    if until := UNTIL.match(text, end):
        return replace(when, end=until.end(), until=True)
    if WITHIN.search(text[when.start : when.end]):
        return replace(when, until=True)
    if before := BEFORE_EN.search(text[: when.start]):
        return replace(when, start=before.start(), end=end, until=True)
    return replace(when, end=end)


def _joined(text: str, times: list[When]) -> list[When]:
    """10月から12月 is one time."""
    joined: list[When] = []
    for when in times:
        before = joined[-1] if joined else None
        if before and RANGE.fullmatch(text, before.end, when.start) and before.first <= when.last:
            joined[-1] = replace(when, start=before.start, first=before.first)
        else:
            joined.append(when)
    return joined
