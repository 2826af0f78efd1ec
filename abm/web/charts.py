"""What the pages' drawings are made from: numbers, words and addresses, which abm/web/ui/src/charts/ draws."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _

from abm.reports.engagement.curve import Curve, Mark
from abm.reports.engagement.maps import HeatMap
from abm.reports.engagement.topics import OverTime
from abm.web.i18n import current_language, day
from abm.web.labels import label
from abm.words import Language, MarkSort, Measure

Chart = Mapping[str, Any]
SHORT_DAYS = {Language.JAPANESE: "M/d", Language.ENGLISH: "d MMM"}


def curve_chart(curve: Curve, receipt_of: Callable[[date], str]) -> Chart:
    """Score and counted depth day by day, the levels they are measured against, and what happened on the way."""
    places = {one.on: place for place, one in enumerate(curve.days)}
    return {
        "kind": "lines",
        "unit": _("Points"),
        "x": [short_day(one.on) for one in curve.days],
        "titles": [day(one.on) for one in curve.days],
        "series": [
            {"name": _("Score"), "values": [round(one.points, 2) for one in curve.days]},
            {"name": _("Counted depth"), "values": [round(one.counted, 2) for one in curve.days], "dashed": True},
        ],
        "levels": [
            {"name": _("Threshold"), "value": curve.threshold},
            {"name": _("MQA ends below"), "value": round(curve.leaves_at, 2)},
        ],
        "marks": [
            {"at": places[mark.on], "sort": mark.sort.value, "name": label(mark.sort, "MarkSort"), "text": said(mark)}
            for mark in curve.marks
        ],
        "hrefs": [receipt_of(one.on) for one in curve.days],
    }


def said(mark: Mark) -> str:
    """What a mark is about, in words."""
    if mark.sort is MarkSort.STAGE:
        return _("%(old)s → %(new)s", old=label(mark.old, "Stage"), new=label(mark.code, "Stage"))
    if mark.sort is MarkSort.TASK:
        return _("%(kind)s: %(owner)s", kind=label(mark.code, "TaskKind"), owner=mark.name or _("Nobody yet"))
    return _("%(name)s: %(kind)s", name=mark.name, kind=label(mark.code, "EventKind"))


def heat_chart(
    shown: HeatMap,
    name_of_row: Callable[[str, str | None], str],
    name_of_column: Callable[[str, str | None], str],
    title_of_column: Callable[[str, str | None], str],
    acts_of: Callable[[str, str], str],
) -> Chart:
    """A square for each pair that has acts."""
    rows = {key: place for place, (key, _name) in enumerate(shown.rows)}
    columns = {key: place for place, (key, _name) in enumerate(shown.columns)}
    return {
        "kind": "heat",
        "x": [name_of_column(*column) for column in shown.columns],
        "titles": [title_of_column(*column) for column in shown.columns],
        "y": [name_of_row(*row) for row in shown.rows],
        "most": shown.most,
        "cells": [
            {
                "at": [columns[column], rows[row]],
                "value": square.acts,
                "text": acts_and_people(square.acts, square.people),
                "href": acts_of(row, column),
            }
            for (row, column), square in shown.cells.items()
            if row in rows and column in columns
        ],
    }


def acts_and_people(acts: int, people: int) -> str:
    """How much that is, in words."""
    return _("%(acts)s acts of %(people)s people", acts=acts, people=people)


def topics_chart(shown: OverTime, name_of: Callable[[str], str], acts_of: Callable[[int], str]) -> Chart:
    """A bar a week, one topic upon the other."""
    return {
        "kind": "stack",
        "unit": label(shown.measure, "Measure"),
        "whole": shown.measure is Measure.ACTS,
        "x": [short_day(week.starts_on) for week in shown.weeks],
        "titles": [_("Week of %(day)s", day=day(week.starts_on)) for week in shown.weeks],
        "series": [
            {"name": name_of(one.key), "values": [round(number, 2) for number in one.numbers]} for one in shown.series
        ],
        "hrefs": [acts_of(place) for place in range(len(shown.weeks))],
    }


def short_day(value: date) -> str:
    """11/16, or 16 Nov."""
    return format_date(value, SHORT_DAYS[current_language()], locale=current_language())
