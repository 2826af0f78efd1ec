"""Languages and formats of the pages: which one, and how days, moments and numbers are written."""

from datetime import date, datetime, time
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from flask import Flask, request
from flask_babel import Babel, get_locale, gettext

from abm.clock import local_day
from abm.config import Settings
from abm.web.access import find_current_user
from abm.web.acts import settings as current_settings
from abm.words import Language

COOKIE = "abm_language"
DAYS = {Language.JAPANESE: "yyyy/MM/dd", Language.ENGLISH: "d MMM yyyy"}
MOMENTS = {Language.JAPANESE: "yyyy/MM/dd HH:mm", Language.ENGLISH: "d MMM yyyy HH:mm"}

MIDNIGHT = time()
# The locale data of the library puts English between Japanese number and word.
JAPANESE_UNITS = {"week": "週間", "day": "日", "hour": "時間", "minute": "分"}


def speak(app: Flask, settings: Settings) -> None:
    """Give the application its languages and the filters that depend on them."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=Language.ENGLISH.value,
        BABEL_DEFAULT_TIMEZONE=settings.time_zone,
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    Babel(app, locale_selector=choose_language)
    app.jinja_env.filters.update(day=day, moment=moment, number=number, number1=number1, money=money, month=month)
    app.jinja_env.filters.update(clock_time=clock_time, lasting=duration, happened=happened, weekday=weekday)
    app.jinja_env.globals.update(language=current_language, several=several)


def choose_language() -> str:
    """The user's own choice, else the switch's, else the browser's, else the installation's."""
    user = find_current_user()
    for choice in (user.language if user else None, request.cookies.get(COOKIE)):
        if choice in set(Language):
            return str(choice)
    return request.accept_languages.best_match(list(Language)) or current_settings().language


def current_language() -> Language:
    """The language of the page being made."""
    locale = get_locale()
    return Language.JAPANESE if locale is not None and locale.language == "ja" else Language.ENGLISH


def day(value: date | datetime | None) -> str:
    """2024/12/10, or 10 Dec 2024; a moment's day is the installation's."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local_day(value, current_settings().zone)
    return format_date(value, DAYS[current_language()], locale=current_language())


def moment(value: datetime | None) -> str:
    """2024/12/10 15:04 in the installation's zone."""
    if value is None:
        return ""
    local = value.astimezone(current_settings().zone)
    return format_datetime(local, MOMENTS[current_language()], locale=current_language())


def happened(value: datetime | None) -> str:
    """The moment something happened; what is known by its day alone is kept at midnight and shown as a day."""
    if value is not None and value.astimezone(current_settings().zone).time() == MIDNIGHT:
        return day(value)
    return moment(value)


def clock_time(value: datetime) -> str:
    """15:04 in the installation's zone."""
    return format_time(value.astimezone(current_settings().zone), "HH:mm", locale=current_language())


def weekday(value: date) -> str:
    """12/10（火）, or Tue 10 Dec: a day of a calendar, whose year is known."""
    form = "M/d（E）" if current_language() is Language.JAPANESE else "E d MMM"
    return format_date(value, form, locale=current_language())


def month(value: date) -> str:
    """2026年11月, or November 2026."""
    form = "y年M月" if current_language() is Language.JAPANESE else "MMMM y"
    return format_date(value, form, locale=current_language())


def number(value: int | float | Decimal | None) -> str:
    """12,345 without decimals."""
    return "" if value is None else format_decimal(value, "#,##0", locale=current_language())


def number1(value: int | float | Decimal | None) -> str:
    """12,345.6 with exactly one decimal, as scores are shown."""
    return "" if value is None else format_decimal(value, "#,##0.0", locale=current_language())


def several(count: int, one: str, many: str, **named: object) -> str:
    """A counted thing in the language of the page: English says one of it otherwise than many."""
    return gettext(one if count == 1 else many, count=number(count), **named)


def money(value: int | float | Decimal | None, currency: str = "JPY") -> str:
    """1,200万円 or 1億2,000万円 where nothing is lost, else 1,234,567円; ¥12,000,000 in English."""
    if value is None:
        return ""
    if currency != "JPY":
        return format_currency(value, currency, locale=current_language())
    if current_language() is not Language.JAPANESE:
        return f"¥{format_decimal(value, '#,##0.##', locale='en')}"
    return _japanese_yen(Decimal(value))


def _japanese_yen(value: Decimal) -> str:
    if value == 0 or value % 10_000:
        return f"{format_decimal(value, '#,##0.##', locale='ja')}円"
    large, small = divmod(int(value) // 10_000, 10_000)
    parts = [f"{large:,}億" if large else "", f"{small:,}万" if small else ""]
    return "".join(parts) + "円"


def duration(value: float, unit: str) -> str:
    """3 days, or 3日."""
    if current_language() is Language.JAPANESE:
        return f"{value:g}{JAPANESE_UNITS[unit]}"
    return format_unit(value, f"duration-{unit}", locale=current_language())
