"""Engagement: the score curve of an account, heat maps, topics over time, and the acts behind every cell."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.clock import day_end, day_start, local_day
from abm.conditions.language import Moment
from abm.errors import NotFound
from abm.models import Account, Department
from abm.reports.engagement.acts import WITHOUT, About, all_acts, list_acts
from abm.reports.engagement.curve import score_curve
from abm.reports.engagement.maps import departments_by_week, human_map, narrowed, values_of
from abm.reports.engagement.topics import over_time
from abm.reports.engagement.weeks import last_weeks
from abm.scoring.live import ensure_model
from abm.web.access import requires
from abm.web.acts import settings, work
from abm.web.asked import asked_id, asked_number, asked_page, asked_word, fragment, read_day
from abm.web.charts import acts_and_people, curve_chart, heat_chart, said, topics_chart
from abm.web.downloads import csv_answer, excel_answer
from abm.web.engaged import (
    Table,
    act_row,
    axis_value,
    curve_table,
    department_name,
    map_table,
    marks_table,
    shade,
    short_week,
    subjects,
    topics_table,
    week_name,
)
from abm.web.i18n import day
from abm.web.labels import label
from abm.web.tables import Plain
from abm.words import MapAxis, Measure, Role, TopicSort
from abm.work import Work

bp = Blueprint("engagement", __name__, url_prefix="/engagement")

# So many weeks can be looked at; the first unasked.
SPANS = (12, 26, 52)
FILES: dict[str, Callable[[str, Sequence[str], Iterable[Sequence[Plain]]], Response]] = {
    "csv": csv_answer,
    "xlsx": excel_answer,
}


@bp.get("/accounts/<uuid:account_id>")
@requires(Role.VIEWER)
def account(account_id: uuid.UUID) -> ResponseReturnValue:
    """How an account's engagement came about: score, departments, topics."""
    with work() as act:
        values = _of_account(act, account_id)
    template = "engagement/_account.html" if fragment() else "engagement/account.html"
    return render_template(template, fragment=bool(fragment()), **values)


@bp.get("/accounts/<uuid:account_id>/<part>.<ending>")
@requires(Role.VIEWER)
def account_file(account_id: uuid.UUID, part: str, ending: str) -> ResponseReturnValue:
    """One table of an account's engagement as a file."""
    with work() as act:
        values = _of_account(act, account_id)
    if part not in values["tables"]:
        raise NotFound("no such table")
    table: Table = values["tables"][part]
    return _file(ending, f"{values['account'].name} {table.title}", table.heads, table.rows)


@bp.get("/map")
@requires(Role.VIEWER)
def heat_map() -> ResponseReturnValue:
    """Human acts by two of industry, job function and topic; the third can be narrowed to one value."""
    with work() as act:
        values = _of_map(act)
    return render_template("engagement/map.html", **values)


@bp.get("/map/rows.<ending>")
@requires(Role.VIEWER)
def heat_map_file(ending: str) -> ResponseReturnValue:
    """The heat map as a file."""
    with work() as act:
        table: Table = _of_map(act)["table"]
    return _file(ending, table.title, table.heads, table.rows)


@bp.get("/topics")
@requires(Role.VIEWER)
def topics() -> ResponseReturnValue:
    """What everybody is interested in, week by week."""
    with work() as act:
        values = _interests(act)
    return render_template("engagement/topics.html", **values, **_choices())


@bp.get("/topics/rows.<ending>")
@requires(Role.VIEWER)
def topics_file(ending: str) -> ResponseReturnValue:
    """Topics over time as a file."""
    with work() as act:
        table: Table = _interests(act)["tables"]["topics"]
    return _file(ending, table.title, table.heads, table.rows)


@bp.get("/acts")
@requires(Role.VIEWER)
def acts() -> ResponseReturnValue:
    """The human acts behind a cell: who did what, when."""
    with work() as act:
        about = _asked_about(_moment(act))
        found = list_acts(act.session, about, asked_page())
        chosen = _chosen(act.session, about)
    return render_template("engagement/acts.html", found=found, chosen=chosen)


@bp.get("/acts/rows.<ending>")
@requires(Role.VIEWER)
def acts_file(ending: str) -> ResponseReturnValue:
    """The acts as a file."""
    heads = [_("Time"), _("Company"), _("Contact"), _("Title"), _("Department"), _("What"), _("Verdict"), _("Topics")]
    with work() as act:
        rows = [act_row(one) for one in all_acts(act.session, _asked_about(_moment(act)))]
    return _file(ending, _("Human acts"), [*heads, _("Product")], rows)


def _file(ending: str, name: str, heads: Sequence[str], rows: Iterable[Sequence[Plain]]) -> Response:
    if ending not in FILES:
        raise NotFound("no such file")
    return FILES[ending](name, heads, rows)


def _of_account(act: Work, account_id: uuid.UUID) -> dict[str, Any]:
    account = act.session.get(Account, account_id)
    if account is None or account.archived_at is not None:
        raise NotFound("no such account")
    parts = [_curve(act, account), _departments(act, account_id), _interests(act, account_id)]
    return {
        **{name: value for part in parts for name, value in part.items()},
        "account": account,
        "charts": {name: chart for part in parts for name, chart in part["charts"].items()},
        "tables": {name: table for part in parts for name, table in part["tables"].items()},
        **_choices(),
    }


def _curve(act: Work, account: Account) -> dict[str, Any]:
    curve = score_curve(act.session, account, ensure_model(act.session), _moment(act), 7 * _asked_span())

    def receipt(on: date) -> str:
        return receipt_on(account.id, on)

    return {
        "curve": curve,
        "receipt": receipt,
        "said": said,
        "charts": {"curve": curve_chart(curve, receipt)},
        "tables": {"curve": curve_table(curve), "marks": marks_table(curve)},
    }


def _departments(act: Work, account_id: uuid.UUID) -> dict[str, Any]:
    found = departments_by_week(act.session, account_id, last_weeks(_moment(act), _asked_span()))

    def acts_of(row: str, column: str) -> str:
        monday = date.fromisoformat(column)
        return _acts(monday, monday + timedelta(days=6), account=account_id, department=row)

    table = map_table(_("Departments by week"), found, _("Department"), department_name, week_name)
    return {
        "departments": found,
        "acts_of_department": acts_of,
        "department_name": department_name,
        "week_name": week_name,
        "short_week": short_week,
        "shade": shade,
        "acts_and_people": acts_and_people,
        "charts": {"departments": heat_chart(found, department_name, short_week, week_name, acts_of)},
        "tables": {"departments": table},
    }


def _interests(act: Work, account_id: uuid.UUID | None = None) -> dict[str, Any]:
    sort, weeks = _asked_sort(), last_weeks(_moment(act), _asked_span())
    found = over_time(act.session, weeks, sort, _asked_measure(), act.at, account_id)
    subject = subjects(act.session, sort)
    account = {"account": account_id} if account_id else {}

    def acts_of_week(place: int) -> str:
        return _acts(weeks[place].starts_on, weeks[place].last_on, **account)

    return {
        "interests": found,
        "subject": subject,
        "acts_of_week": acts_of_week,
        "charts": {"topics": topics_chart(found, subject, acts_of_week)},
        "tables": {"topics": topics_table(found, subject, label(sort, "TopicSort"))},
    }


@dataclass(frozen=True)
class Axes:
    """What stands beside and above a map, and what it may be narrowed to besides."""

    rows: MapAxis
    columns: MapAxis
    value: str

    @classmethod
    def asked(cls) -> "Axes":
        """As the address names them; never the same one twice."""
        rows = asked_word("rows", MapAxis) or MapAxis.INDUSTRY
        columns = asked_word("columns", MapAxis) or MapAxis.TOPIC
        if rows is columns:
            columns = next(axis for axis in MapAxis if axis is not rows)
        return cls(rows, columns, request.args.get("value", ""))

    @property
    def third(self) -> MapAxis:
        """The axis that is left."""
        return next(axis for axis in MapAxis if axis not in (self.rows, self.columns))

    @property
    def title(self) -> str:
        """What the map is of."""
        return _("%(rows)s × %(columns)s", rows=label(self.rows, "MapAxis"), columns=label(self.columns, "MapAxis"))

    def row_name(self, key: str, name: str | None) -> str:
        """What a row is called."""
        return axis_value(self.rows, key)

    def column_name(self, key: str, name: str | None) -> str:
        """What a column is called."""
        return axis_value(self.columns, key)

    def named(self, row: str, column: str) -> dict[str, str]:
        """One cell, as the list of its acts is asked for."""
        narrowed_to = {self.third.value: self.value} if self.value else {}
        return {self.rows.value: row, self.columns.value: column, **narrowed_to}


def _of_map(act: Work) -> dict[str, Any]:
    axes, weeks = Axes.asked(), last_weeks(_moment(act), _asked_span())
    about = About(weeks[0].starts_at, weeks[-1].ends_at)
    shown = narrowed(about, axes.third, axes.value) if axes.value else about
    found = human_map(act.session, axes.rows, axes.columns, shown)

    def acts_of(row: str, column: str) -> str:
        return _acts(weeks[0].starts_on, weeks[-1].last_on, **axes.named(row, column))

    names = (axes.row_name, axes.column_name)
    return {
        **{name: getattr(axes, name) for name in ("title", "rows", "columns", "third", "value")},
        "found": found,
        "values": [(one, axis_value(axes.third, one)) for one in (*values_of(act.session, axes.third, about), WITHOUT)],
        "row_name": axes.row_name,
        "column_name": axes.column_name,
        "acts_of": acts_of,
        "shade": shade,
        "acts_and_people": acts_and_people,
        "chart": heat_chart(found, *names, axes.column_name, acts_of),
        "table": map_table(axes.title, found, label(axes.rows, "MapAxis"), *names),
        **_choices(),
    }


def receipt_on(account_id: uuid.UUID, on: date) -> str:
    """Where the receipt of a day stands."""
    return url_for("receipts.show", account_id=account_id, as_of=on.isoformat())


def _acts(since: date, until: date, **named: Any) -> str:
    return url_for("engagement.acts", since=since.isoformat(), until=until.isoformat(), **named)


def _asked_about(moment: Moment) -> About:
    """What the address asks for; the last weeks when it names no days."""
    weeks = last_weeks(moment, SPANS[0])
    since = read_day(request.args.get("since", "")) or weeks[0].starts_on
    until = read_day(request.args.get("until", "")) or weeks[-1].last_on
    named = {name: request.args.get(name, "") for name in ("department", *MapAxis, "product")}
    return About(day_start(since, moment.zone), day_end(until, moment.zone), asked_id("account"), **named)


def _chosen(session: Session, about: About) -> list[tuple[str, str]]:
    """What is asked for, in words: (name, value)."""
    zone = settings().zone
    last = local_day(about.until - timedelta(seconds=1), zone)
    chosen = [(_("Period"), _("%(from)s to %(until)s", **{"from": day(about.since), "until": day(last)}))]
    if about.account_id:
        chosen.append((_("Company"), session.scalar(select(Account.name).where(Account.id == about.account_id)) or ""))
    if about.department:
        chosen.append((_("Department"), department_name(about.department, _name_department(session, about))))
    for axis in MapAxis:
        if asked := getattr(about, axis.value):
            chosen.append((label(axis, "MapAxis"), axis_value(axis, asked)))
    if about.product:
        chosen.append((_("Product"), subjects(session, TopicSort.PRODUCT)(about.product)))
    return chosen


def _name_department(session: Session, about: About) -> str | None:
    try:
        return session.scalar(select(Department.name).where(Department.id == uuid.UUID(about.department)))
    except ValueError:
        return None


def _choices() -> dict[str, Any]:
    return {
        "span": _asked_span(),
        "spans": [(weeks, _("Last %(weeks)s weeks", weeks=weeks)) for weeks in SPANS],
        "sort": _asked_sort(),
        "sorts": [(one.value, label(one, "TopicSort")) for one in TopicSort],
        "measure": _asked_measure(),
        "measures": [(one.value, label(one, "Measure")) for one in Measure],
        "axes": [(one.value, label(one, "MapAxis")) for one in MapAxis],
        "printed": _is_printed(),
    }


def _asked_span() -> int:
    return asked_number("weeks", SPANS, SPANS[0])


def _asked_sort() -> TopicSort:
    return asked_word("of", TopicSort) or TopicSort.TOPIC


def _asked_measure() -> Measure:
    return asked_word("measure", Measure) or Measure.ACTS


def _moment(act: Work) -> Moment:
    return Moment(act.at, settings().zone)


def _is_printed() -> bool:
    return request.args.get("print") == "1"
