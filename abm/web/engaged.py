"""What drawings of engagement say as tables, for pages and files, and how their rows and columns are called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Product
from abm.reports.engagement.acts import WITHOUT, Act
from abm.reports.engagement.curve import Curve
from abm.reports.engagement.maps import HeatMap
from abm.reports.engagement.topics import OTHERS, OverTime
from abm.web.acts import settings
from abm.web.charts import said, short_day
from abm.web.i18n import day
from abm.web.labels import label
from abm.web.sentences import comma
from abm.web.tables import Plain
from abm.words import MapAxis, TopicSort


@dataclass(frozen=True)
class Table:
    """What a drawing says, in figures: for the page and for files."""

    title: str
    heads: list[str]
    rows: list[list[Plain]]


def shade(acts: int, most: int) -> int:
    """Which of four shades a cell has: the fuller, the darker; zero for an empty one."""
    return 0 if not acts else min(4, 1 + 4 * acts // (most + 1))


def axis_value(axis: MapAxis, key: str) -> str:
    """A value of an axis in words."""
    if key == WITHOUT:
        return _("Not known") if axis is not MapAxis.TOPIC else _("No topic")
    return label(key, "JobFunction") if axis is MapAxis.JOB_FUNCTION else key


def department_name(key: str, name: str | None) -> str:
    return name or (_("No department") if key == WITHOUT else _("A former department"))


def week_name(key: str, name: str | None) -> str:
    return _("Week of %(day)s", day=day(date.fromisoformat(key)))


def short_week(key: str, name: str | None) -> str:
    """A week by its Monday, as short as it goes."""
    return short_day(date.fromisoformat(key))


def subjects(session: Session, sort: TopicSort) -> Callable[[str], str]:
    """How topics and products are called."""
    products = dict(session.execute(select(Product.code, Product.name)).all()) if sort is TopicSort.PRODUCT else {}
    nothing = _("No product") if sort is TopicSort.PRODUCT else _("No topic")
    return lambda key: {WITHOUT: nothing, OTHERS: _("Others")}.get(key) or products.get(key, key)


def curve_table(curve: Curve) -> Table:
    heads = [_("Day"), _("Score"), _("Counted depth"), _("Threshold")]
    rows: list[list[Plain]] = [
        [one.on, round(one.points, 1), round(one.counted, 1), curve.threshold] for one in reversed(curve.days)
    ]
    return Table(_("Score by day"), heads, rows)


def marks_table(curve: Curve) -> Table:
    rows: list[list[Plain]] = [[mark.on, label(mark.sort, "MarkSort"), said(mark)] for mark in curve.marks]
    return Table(_("What happened on the way"), [_("Day"), _("Kind"), _("What")], rows)


def map_table(
    title: str,
    found: HeatMap,
    head: str,
    row_name: Callable[[str, str | None], str],
    column_name: Callable[[str, str | None], str],
) -> Table:
    def acts_in(row: str, column: str) -> int:
        cell = found.cells.get((row, column))
        return cell.acts if cell else 0

    rows: list[list[Plain]] = [
        [row_name(key, name), *(acts_in(key, column) for column, _name in found.columns)] for key, name in found.rows
    ]
    return Table(title, [head, *(column_name(*column) for column in found.columns)], rows)


def topics_table(found: OverTime, subject: Callable[[str], str], head: str) -> Table:
    rows: list[list[Plain]] = [
        [week.starts_on, *(round(one.numbers[place], 1) for one in found.series)]
        for place, week in enumerate(found.weeks)
    ]
    heads = [_("Week of"), *(subject(one.key) for one in found.series)]
    return Table(f"{head} – {label(found.measure, 'Measure')}", heads, rows)


def act_row(one: Act) -> list[Plain]:
    at = one.happened_at.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M")
    what, judged = label(one.kind, "EventKind"), label(one.verdict, "Verdict")
    return [
        at, one.account, one.contact, one.title, one.department, what, judged, comma().join(one.topics), one.product
    ]  # fmt: skip
