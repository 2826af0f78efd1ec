"""The weekly account review as a page to go through together, and to print."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.clock import local_day
from abm.conditions.language import Moment
from abm.reports.engagement.review import MoveLine, Review, weekly_review
from abm.reports.lists.coverage import CoverageLine
from abm.web.access import requires
from abm.web.acts import settings, work
from abm.web.asked import asked_number
from abm.web.downloads import csv_answer, excel_answer
from abm.web.labels import label
from abm.web.reports import asked_owner, choice_of_owner
from abm.web.sentences import comma
from abm.web.tables import Plain
from abm.words import Role

bp = Blueprint("review", __name__, url_prefix="/engagement/review")

SPANS = (7, 14, 28)
HEADS = (_l("Part"), _l("Company"), _l("What"), _l("Day"), _l("Owner"))


@bp.get("")
@requires(Role.VIEWER)
def show() -> ResponseReturnValue:
    """What warmed up, cools, moved and was answered, who is missing, and what to decide."""
    with work() as act:
        moment = Moment(act.at, settings().zone)
        found = weekly_review(act.session, asked_owner(), moment, _asked_span())
        choices = choice_of_owner(act.session)
    spans = [(days, _("Last %(days)s days", days=days)) for days in SPANS]
    printed = request.args.get("print") == "1"
    return render_template(
        "engagement/review.html", found=found, spans=spans, span=_asked_span(), printed=printed, **choices
    )


@bp.get("/rows.csv")
@requires(Role.VIEWER)
def as_csv() -> Response:
    """Every line of the review with the part it stands in, as CSV."""
    return _file(csv_answer)


@bp.get("/rows.xlsx")
@requires(Role.VIEWER)
def as_excel() -> Response:
    """The same as a workbook."""
    return _file(excel_answer)


def _file(answer: Callable[..., Response]) -> Response:
    with work() as act:
        found = weekly_review(act.session, asked_owner(), Moment(act.at, settings().zone), _asked_span())
    return answer(_("Weekly account review"), [str(head) for head in HEADS], _rows(found))


def _rows(found: Review) -> list[list[Plain]]:
    """Part after part, in the order of the page."""
    standing = ((_("Newly hot"), found.newly_hot), (_("Cooling"), found.cooling))
    return [
        *(_row(label(one.point, "ReviewPoint"), one.account, one.owner, "") for one in found.decisions),
        *(
            _row(part, one.account, one.owner, label(one.stage, "Stage"), one.at)
            for part, lines in standing
            for one in lines
        ),
        *(_row(_("Moved stages"), one.account, one.owner, _move(one), one.at) for one in found.moved),
        *(
            _row(_("Answers of sales"), one.account, one.by, label(one.answer, "AnswerCode"), one.at)
            for one in found.answered
        ),
        *(_row(_("Missing roles"), one.account, one.owner, _roles(one)) for one in found.gaps),
    ]


def _row(part: str, account: str, who: str | None, what: str, at: datetime | None = None) -> list[Plain]:
    return [part, account, what, local_day(at, settings().zone) if at else None, who]


def _move(one: MoveLine) -> str:
    return _("%(old)s → %(new)s", old=label(one.old, "Stage"), new=label(one.new, "Stage"))


def _roles(one: CoverageLine) -> str:
    return comma().join(label(role, "BuyingRole") for role in one.missing)


def _asked_span() -> int:
    return asked_number("days", SPANS, SPANS[0])
