"""Reports: what is on each list now, a list with its choices, the same rows as files, and acts on chosen rows."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.customers.sold import PROBABILITY
from abm.errors import NotFound
from abm.reports.lists.forecast import ForecastLine, by_month, by_owner, read_forecast, whole
from abm.reports.lists.pareto import period_of, read_curve
from abm.reports.lists.reading import Wanted, count_lines, read_all, read_page
from abm.reports.lists.stale import address_labels, count_freshness
from abm.reports.lists.white_space import read_matrix
from abm.reports.paging import PAGE_LENGTH, Page
from abm.reports.working import owners
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_page, read_id
from abm.web.downloads import csv_answer, excel_answer
from abm.web.drawing import draw_curve, draw_trend
from abm.web.labels import label
from abm.web.report_acts import Done, act_on_rows
from abm.web.report_pages import BY_NAME, ENGAGEMENT_PAGES, GROUPS
from abm.web.report_pages.figures import months_of
from abm.web.report_pages.kinds import Report
from abm.web.tables import Plain, heads, key_of, plain, shown
from abm.words import OPEN_DEAL_STAGES, Language, ReportName, Role
from abm.work import Work

bp = Blueprint("reports", __name__, url_prefix="/reports")

# A sheet of paper takes more rows than a screen.
PRINTED = 500
MINE, NOBODYS, ALL = "mine", "none", "all"


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Every list: the question it answers, and how many are on it now."""
    wanted = asked_owner()
    with work() as act:
        moment = _moment(act)
        lists = [report for _title, reports in GROUPS for report in reports]
        counts = {one.name: count_lines(act.session, one.query(act.session, wanted, moment)) for one in lists}
        forecast = whole(read_forecast(act.session, wanted, moment))
        values = {"groups": GROUPS, "engagement_pages": ENGAGEMENT_PAGES, "counts": counts, "forecast": forecast}
        return render_template("reports/index.html", **values, **choice_of_owner(act.session))


@bp.get("/<name>")
@requires(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """One list."""
    return _page(_report(name))


@bp.post("/<name>")
@requires(Role.SALES)
def act(name: str) -> ResponseReturnValue:
    """Do something with the chosen rows, and show the list again."""
    report = _report(name)
    with work() as act:
        done = act_on_rows(act.session, report, request.form, _moment(act), _titles(report))
        if done.problems:
            # What was begun for the first rows is taken back with the others.
            act.session.rollback()
    if done.problems:
        return _page(report, done), 422
    flash(done.sentence, "success" if done.count else "warning")
    if done.left_out:
        flash(_("%(count)s rows were left out: others look after those companies.", count=done.left_out), "warning")
    return redirect(f"{url_for('reports.show', name=name)}?{urlencode(request.args.to_dict())}", 303)


@bp.get("/<name>/rows.csv")
@requires(Role.VIEWER)
def as_csv(name: str) -> ResponseReturnValue:
    """The rows of a list as CSV."""
    return _file(_report(name), csv_answer)


@bp.get("/<name>/rows.xlsx")
@requires(Role.VIEWER)
def as_excel(name: str) -> ResponseReturnValue:
    """The rows of a list as a workbook."""
    return _file(_report(name), excel_answer)


@bp.get("/stale/labels.csv")
@requires(Role.SALES)
def labels() -> ResponseReturnValue:
    """Address labels of everybody who is fresh, for letters."""
    titles = [_("Postcode"), _("Address"), _("Company"), _("Department"), _("Title"), _("Name")]
    with work() as act:
        rows = [
            (one.postcode, one.address, one.account, one.department, one.title, _addressee(one.name))
            for one in address_labels(act.session, asked_owner(), _moment(act))
        ]
    return csv_answer(_("Address labels"), titles, rows)


@bp.get("/forecast")
@requires(Role.VIEWER)
def forecast() -> ResponseReturnValue:
    """What open deals are likely to bring, by month and by owner."""
    wanted = asked_owner()
    with work() as act:
        moment = _moment(act)
        lines = read_forecast(act.session, wanted, moment)
        choices = choice_of_owner(act.session)
    chances = [(stage, PROBABILITY[stage]) for stage in OPEN_DEAL_STAGES]
    sums = {"months": by_month(lines), "owners_sums": by_owner(lines), "whole": whole(lines)}
    return render_template("reports/forecast.html", chances=chances, printed=_is_printed(), **sums, **choices)


@bp.get("/forecast/rows.csv")
@requires(Role.VIEWER)
def forecast_csv() -> ResponseReturnValue:
    """The forecast by month and owner as CSV."""
    return csv_answer(label(ReportName.FORECAST, "ReportName"), *_forecast_rows())


@bp.get("/forecast/rows.xlsx")
@requires(Role.VIEWER)
def forecast_excel() -> ResponseReturnValue:
    """The forecast by month and owner as a workbook."""
    return excel_answer(label(ReportName.FORECAST, "ReportName"), *_forecast_rows())


def _page(report: Report, done: Done | None = None) -> str:
    wanted = _wanted(report)
    with work() as act:
        moment = _moment(act)
        query = report.query(act.session, wanted, moment)
        length = PRINTED if _is_printed() else PAGE_LENGTH
        found = read_page(act.session, query, report.kind, wanted.page, length)
        values = {
            "report": report,
            "wanted": wanted,
            "found": found,
            "choices": [(one, one.options(act.session), wanted.choice(one.name)) for one in report.choices],
            "tabs": report.tabs and (report.tabs, report.tabs.options(act.session), wanted.choice(report.tabs.name)),
            "done": done or Done(),
            "values": request.form,
            "today": moment.today,
            **choice_of_owner(act.session),
            **_above(act.session, report, wanted, moment, found),
        }
    drawn = {"shown": shown, "key_of": key_of, "printed": _is_printed(), "draw_trend": draw_trend}
    return render_template("reports/show.html", **values, **drawn)


def _above(session: Session, report: Report, wanted: Wanted, moment: Moment, found: Page[Any]) -> dict[str, Any]:
    """What some lists show above their rows."""
    if report.name is ReportName.STALE:
        return {"freshness": count_freshness(session, moment)}
    if report.name is ReportName.WHITE_SPACE:
        return {"matrix": read_matrix(session, found.rows, moment)}
    if report.name is ReportName.PARETO:
        period = period_of(session, months_of(wanted), moment)
        curve = read_curve(session, period)
        return {"period": period, "curve": curve, "drawn": draw_curve(curve)}
    return {}


def _file(report: Report, answer: Any) -> Response:
    with work() as act:
        query = report.query(act.session, _wanted(report), _moment(act))
        columns = [column for column in report.columns if column.is_in_files]
        rows: list[list[Plain]] = [
            [plain(row, column) for column in columns] for row in read_all(act.session, query, report.kind)
        ]
    made: Response = answer(label(report.name, "ReportName"), heads(columns), rows)
    return made


def _forecast_rows() -> tuple[Sequence[str], list[list[Plain]]]:
    with work() as act:
        lines = read_forecast(act.session, asked_owner(), _moment(act))
    titles = [_("Month"), _("Owner"), _("Deals"), _("Without an amount"), _("Amount of money"), _("Weighted"), _("Won")]
    return titles, [_forecast_row(line) for line in lines]


def _forecast_row(line: ForecastLine) -> list[Plain]:
    month = _("Past its day") if line.is_overdue else line.month_on or _("No day")
    return [month, line.owner, line.deals, line.unpriced, line.amount, line.weighted, line.won]


def _report(name: str) -> Report:
    if name not in set(ReportName) or ReportName(name) not in BY_NAME:
        raise NotFound("no such report")
    return BY_NAME[ReportName(name)]


def _wanted(report: Report) -> Wanted:
    owner = asked_owner()
    choices = {choice.name: request.args.get(choice.name, "") for choice in report.asks}
    return Wanted(owner.owner_id, owner.nobodys, asked_page(), choices)


def asked_owner() -> Wanted:
    """Whose rows: sales see their own unless they ask for others, everybody else sees all."""
    me = current_user()
    asked = request.args.get("owner", MINE if me.role == Role.SALES else ALL)
    if asked == NOBODYS:
        return Wanted(nobodys=True)
    return Wanted(me.id if asked == MINE else read_id(asked))


def choice_of_owner(session: Session) -> dict[str, Any]:
    """The choice of whose rows are shown, and whose are."""
    wanted = asked_owner()
    now = NOBODYS if wanted.nobodys else str(wanted.owner_id or ALL)
    me = str(current_user().id)
    others = [(key, name) for key, name in owners(session, [wanted.owner_id]) if key != me]
    choice = [(ALL, _("Everybody")), (me, _("Only mine")), (NOBODYS, _("Nobody")), *others]
    return {"owner_choice": choice, "owner_now": now, "owners": owners(session)}


def _titles(report: Report) -> dict[str, str]:
    """What the list is called, in both languages."""
    titles = {}
    for language in Language:
        with force_locale(language.value):
            titles[language.value] = label(report.name, "ReportName")
    return titles


def _moment(act: Work) -> Moment:
    return Moment(act.at, settings().zone)


def _addressee(name: str | None) -> str:
    """A person is 様, a company without one 御中."""
    return f"{name} 様" if name else "御中"


def _is_printed() -> bool:
    return request.args.get("print") == "1"
