"""Times as Japanese names them: 来期, 上期, 第2四半期, 来月中旬, 来週火曜, 半年後, 年明け, 10/5 …"""

import re
from datetime import date, timedelta

from abm.customers.fiscal import Days, month_end, months_of, named_year
from abm.customers.spans import Calendar, Rule, day_of, later, new_year, part_of, part_of_year, whole_year

WEEKDAYS = "月火水木金土日"
NUMBERS = {"半": 0.5, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12}
# 令和1年 is 2019.
ERA_BEGINS = 2018


def _year(match: re.Match[str]) -> int:
    named = match.groupdict()
    if named["era"]:
        return ERA_BEGINS + (1 if named["era"] == "元" else int(named["era"]))
    return int(named["year"]) + (2000 if len(named["year"]) == 2 else 0)


def _one_day(day: date | None) -> Days | None:
    return (day, day) if day else None


def _full_day(match: re.Match[str], calendar: Calendar) -> Days | None:
    return _one_day(day_of(_year(match), int(match["month"]), int(match["day"])))


def _year_month(match: re.Match[str], calendar: Calendar) -> Days:
    first = date(_year(match), int(match["month"]), 1)
    return part_of((first, month_end(first)), match["part"])


def _calendar_year(match: re.Match[str], calendar: Calendar) -> Days:
    return part_of(whole_year(_year(match)), match["part"])


def _numbered_fiscal_year(match: re.Match[str], calendar: Calendar) -> Days:
    return part_of_year(named_year(_year(match), calendar.closing_month), match["part"])


def _relative_fiscal_year(match: re.Match[str], calendar: Calendar) -> Days:
    return part_of_year(calendar.year(_ahead(match["word"])), match["part"])


def _ahead(word: str) -> int:
    return 2 if word[0] in "再さ" else 0 if word[0] in "今当本" else 1


def _coming_part(match: re.Match[str], calendar: Calendar) -> Days:
    """上期, 下期, a quarter: the one that runs, else the next; 来上期 is the next fiscal year's."""
    word = match["part"]
    first = 1 if word[0] == "来" else 0
    return calendar.coming([part_of_year(calendar.year(ahead), word.lstrip("今来")) for ahead in (first, first + 1)])


def _edge_of_fiscal_year(match: re.Match[str], calendar: Calendar) -> Days:
    is_end = match[0] in ("期末", "年度末")
    return part_of(calendar.year(), "末") if is_end else part_of(calendar.year(1), "初")


def _year_ahead(match: re.Match[str], calendar: Calendar) -> Days | None:
    year = calendar.on.year + _ahead(match["word"])
    if match["season"]:
        return months_of(date(year, SEASONS[match["season"]], 1), 0, 3)
    if not match["month"]:
        return part_of(whole_year(year), match["half"])
    if match["day"]:
        return _one_day(day_of(year, int(match["month"]), int(match["day"])))
    first = date(year, int(match["month"]), 1)
    return part_of((first, month_end(first)), match["part"])


def _month_ahead(match: re.Match[str], calendar: Calendar) -> Days | None:
    month = calendar.month(_ahead(match["word"]))
    if match["day"]:
        return _one_day(day_of(month[0].year, month[0].month, int(match["day"])))
    return part_of(month, match["part"])


def _month_day(match: re.Match[str], calendar: Calendar) -> Days | None:
    return calendar.named_day(int(match["month"]), int(match["day"]))


def _months(match: re.Match[str], calendar: Calendar) -> Days:
    months = (int(match["to"]) - int(match["from"])) % 12 + 1
    begins = (date(calendar.on.year + year, int(match["from"]), 1) for year in (-1, 0, 1))
    return calendar.coming([months_of(first, 0, months) for first in begins])


def _month(match: re.Match[str], calendar: Calendar) -> Days:
    return part_of(calendar.named_month(int(match["month"])), match["part"])


# First and last day of a part of the week, counted from Monday.
PARTS_OF_WEEK = {"前半": (0, 2), "頭": (0, 1), "後半": (2, 4), "半ば": (2, 2), "末": (4, 6), "明け": (7, 7)}


def _week(match: re.Match[str], calendar: Calendar) -> Days:
    monday = calendar.monday(_ahead(match["word"]))
    if match["weekday"]:
        day = monday + timedelta(days=WEEKDAYS.index(match["weekday"]))
        return day, day
    first, last = PARTS_OF_WEEK.get(match["part"] or "", (0, 4))
    return monday + timedelta(days=first), monday + timedelta(days=last)


def _edge_of_week(match: re.Match[str], calendar: Calendar) -> Days:
    if match[0] == "週明け":
        return calendar.monday(1), calendar.monday(1)
    friday = max(calendar.on, calendar.monday() + timedelta(days=4))
    return (friday if match[0] == "週末" else calendar.on), friday


def _weekday(match: re.Match[str], calendar: Calendar) -> Days:
    return calendar.next_weekday(WEEKDAYS.index(match["weekday"]))


DAYS_AHEAD = {"本日": 0, "今日": 0, "明日": 1, "翌日": 1, "明後日": 2, "あさって": 2}


def _near_day(match: re.Match[str], calendar: Calendar) -> Days:
    day = calendar.on + timedelta(days=DAYS_AHEAD[match[0]])
    return day, day


def _after(match: re.Match[str], calendar: Calendar) -> Days:
    number = NUMBERS.get(match["number"]) or float(match["number"])
    day = later(calendar.on, number + (0.5 if match["half"] else 0), match["unit"])
    return (calendar.on if match[0].endswith("以内") else day), day


def _this_year(match: re.Match[str], calendar: Calendar) -> Days:
    ends = date(calendar.on.year, 12, 31)
    return (max(calendar.on, date(ends.year, 12, 1)) if match[0] == "年末" else calendar.on), ends


def _season(match: re.Match[str], calendar: Calendar) -> Days:
    return calendar.season(SEASONS[match["season"]], 1 if match.groupdict().get("word") in ("来", "翌") else 0)


HOLIDAYS_END = {"G": (5, 7), "ゴ": (5, 7), "盆": (8, 17), "お": (8, 17), "夏": (8, 17), "正": (1, 5)}
TWO_WEEKS = timedelta(days=13)


def _after_holidays(match: re.Match[str], calendar: Calendar) -> Days:
    month, day = HOLIDAYS_END[match[0][0]]
    years = (date(calendar.on.year + year, month, day) for year in (0, 1))
    return calendar.coming([(begins, begins + TWO_WEEKS) for begins in years])


def _part_of_this_month(match: re.Match[str], calendar: Calendar) -> Days:
    word = match["part"].removeprefix("月")
    if word in ("内", "中"):
        return calendar.on, month_end(calendar.on)
    return calendar.coming([part_of(calendar.month(ahead), word) for ahead in (0, 1)])


def _day_of_month(match: re.Match[str], calendar: Calendar) -> Days | None:
    months = [calendar.month(ahead)[0] for ahead in (0, 1)]
    found = (day_of(month.year, month.month, int(match["day"])) for month in months)
    return _one_day(next((day for day in found if day and day >= calendar.on), None))


YEAR = r"(?:(?:令和|R)\s?(?P<era>\d{1,2}|元)|(?P<year>20\d\d))"
PART = r"(?:の?(?P<part>上旬|初旬|初め|始め|頭|初|中旬|半ば|中頃|中盤|下旬|末日?|前半|後半))?"
HALF = r"(?:[上下]半?期|第?[1-4一二三四]四半期|[1-4]Q|Q[1-4]|H[12]\b)"
PART_OF_YEAR = rf"(?:の?(?P<part>{HALF}|前半|後半|初め|頭|初|末))?"
MONTH = r"(?P<month>1[0-2]|0?[1-9])"
DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
IN_BRACKETS = r"(?:\s?\([月火水木金土日]\))?"

# Longer and surer ways of naming a time stand first; True marks what the closing month decides.
JAPANESE: tuple[Rule, ...] = tuple(
    (re.compile(pattern), reader, is_fiscal)
    for pattern, reader, is_fiscal in (
        (rf"{YEAR}\s?[年/.\-]\s?{MONTH}\s?[月/.\-]\s?{DAY}日?{IN_BRACKETS}", _full_day, False),
        (rf"(?:(?:令和|R)\s?(?P<era>\d{{1,2}})|(?P<year>20\d\d|\d\d))年度{PART_OF_YEAR}", _numbered_fiscal_year, True),
        (rf"\bFY\s?(?:(?P<year>20\d\d|\d\d)\b|(?P<era>R\d))\s?{PART_OF_YEAR}", _numbered_fiscal_year, True),
        (
            r"(?P<word>再来期|さ来期|再来年度|今期|当期|今年度|本年度|来期|翌期|来年度|翌年度|新年度|次年度"
            rf"|次期(?=に|は|から|以降|の?予算)){PART_OF_YEAR}",
            _relative_fiscal_year,
            True,
        ),
        (rf"(?P<part>[今来]?{HALF})", _coming_part, True),
        (r"期末|年度末|期初|年度初め?|年度明け|期明け", _edge_of_fiscal_year, True),
        (rf"{YEAR}\s?[年/]\s?{MONTH}(?:月|(?![\d/])){PART}", _year_month, False),
        (rf"{YEAR}年(?!度|間|前){PART}", _calendar_year, False),
        (
            rf"(?P<word>再来年|来年|翌年|今年|本年)(?:の?(?:{MONTH}月(?:{DAY}日|{PART})|(?P<season>[春夏秋冬])"
            r"|(?P<half>前半|後半|半ば|初め|頭|末)))?",
            _year_ahead,
            False,
        ),
        (
            rf"(?P<word>再来月|さ来月|今月|当月|来月|翌月)(?:の?{DAY}日(?!間|後){IN_BRACKETS}|{PART})",
            _month_ahead,
            False,
        ),
        (rf"(?<![\d.]){MONTH}月\s?{DAY}日{IN_BRACKETS}", _month_day, False),
        (rf"(?<![\d/.]){MONTH}/{DAY}(?![\d/]|日){IN_BRACKETS}", _month_day, False),
        (r"(?<![\d.])(?P<from>1[0-2]|[1-9])月?[~〜\-ー](?P<to>1[0-2]|[1-9])月", _months, False),
        (
            r"(?P<number>\d{1,3}|[一二三四五六七八九十半])\s?(?P<unit>日|週間?|[ヶかカヵケ箇]月|月(?=後)|年)(?P<half>半)?"
            r"(?:ほど|くらい)?(?:後|先(?!方)|以内)",
            _after,
            False,
        ),
        (rf"(?<![\d.ヶかカヵケ箇]){MONTH}月(?!分|号|\d|額|曜){PART}", _month, False),
        (
            r"(?P<word>再来週|さ来週|今週|来週|翌週)"
            r"(?:の?\(?(?P<weekday>[月火水木金土日])(?:曜日?|\))|の?(?P<part>前半|後半|半ば|末|頭|明け))?",
            _week,
            False,
        ),
        (r"週明け|週末|週内", _edge_of_week, False),
        (r"(?P<weekday>[月火水木金土日])曜日?", _weekday, False),
        (r"本日|今日|明日|明後日|あさって|翌日", _near_day, False),
        (r"年内|今年中|年末(?!年始)", _this_year, False),
        (r"年明け|年始|年初", new_year, False),
        (r"(?P<word>[今来翌])(?P<season>[春夏秋冬])", _season, False),
        (r"(?<![一-龥])(?P<season>[春夏秋冬])(?=頃|ごろ|先|口|以降|まで|から|に)", _season, False),
        (r"(?:GW|ゴールデンウィーク|お?盆(?:休み)?|夏休み|正月(?:休み)?)明け", _after_holidays, False),
        (r"(?<![\d来今翌当])(?P<part>月末|月初め?|月頭|月半ば|月内|月中|上旬|中旬|下旬)", _part_of_this_month, False),
        (rf"(?<![\d月/]){DAY}日(?=に|まで|の\d|\(|頃|ごろ|午|\s?\d){IN_BRACKETS}", _day_of_month, False),
    )
)
