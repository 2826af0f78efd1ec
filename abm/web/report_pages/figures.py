"""Freshness of records and the Pareto analysis."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.reports.lists.limits import (
    CLASS_SHARES,
    CONTACT_EVERY_DAYS,
    STALE_DAYS,
    WARM_DEPTH,
)
from abm.reports.lists.pareto import MONTHS, ParetoLine, pareto, period_of
from abm.reports.lists.reading import Query, Wanted
from abm.reports.lists.stale import StaleLine, stale
from abm.web.report_pages.kinds import ACCOUNT, OWNER, ROW_ACTS, Choice, Report, fixed, of
from abm.web.tables import Cell, Column
from abm.words import AbcClass, ChosenAct, ClassMove, ReportName


def months_of(wanted: Wanted) -> int:
    """How many months the Pareto page looks at."""
    asked = wanted.choice("months")
    return int(asked) if asked in {str(months) for months in MONTHS} else MONTHS[0]


def _pareto(session: Session, wanted: Wanted, moment: Moment) -> Query:
    return pareto(wanted, moment, period_of(session, months_of(wanted), moment))


STALE = Report(
    ReportName.STALE,
    _l("Whose record can no longer be trusted?"),
    (
        _l(
            "A contact marked as stale – mail bounced, post returned, moved, wrong –, or confirmed by nobody for"
            " %(days)s days (entered so long ago where nobody ever did).",
            days=STALE_DAYS,
        ),
    ),
    (
        Column(_l("Contact"), "contact", Cell.CONTACT),
        ACCOUNT,
        Column(_l("Department"), "department"),
        Column(_l("Title"), "title"),
        Column(_l("Reason"), "reason", Cell.WORD, "StaleReason", otherwise=_l("Not confirmed for a year")),
        Column(
            _l("Last confirmed"),
            "confirmed_at",
            Cell.DAY,
            otherwise=_l("Never"),
        ),
        OWNER,
    ),
    StaleLine,
    of(stale),
    _l("Check address, department and title"),
    _l("Every contact was confirmed within a year."),
    acts=(*ROW_ACTS, ChosenAct.CONFIRM),
)
PARETO = Report(
    ReportName.PARETO,
    _l("Which few companies carry most of our revenue, and do we look after them accordingly?"),
    (
        _l(
            "A: the companies that carry the first %(a)s%% of revenue, B: up to %(b)s%%, C: the rest. Whoever crosses a"
            " line still belongs above it. Movement is against the same span before.",
            a=round(CLASS_SHARES[AbcClass.A] * 100),
            b=round(CLASS_SHARES[AbcClass.B] * 100),
        ),
        _l(
            "Too little contact: A not contacted for more than %(a)s days, B %(b)s, C %(c)s.",
            a=CONTACT_EVERY_DAYS[AbcClass.A],
            b=CONTACT_EVERY_DAYS[AbcClass.B],
            c=CONTACT_EVERY_DAYS[AbcClass.C],
        ),
        _l(
            "Can be raised: open deals would lift it to the class above, or it is MQA or warm (counted depth of"
            " %(depth)s or more).",
            depth=f"{WARM_DEPTH:g}",
        ),
        _l(
            "Revenue comes from orders; where there are none from won deals, else from contracts by their start."
            " Amounts in yen only."
        ),
    ),
    (
        ACCOUNT,
        Column(_l("Rank"), "rank", Cell.NUMBER),
        Column(_l("Class"), "abc", otherwise=_l("None")),
        Column(_l("Class before"), "abc_before", otherwise=_l("None")),
        Column(_l("Movement"), "move", Cell.WORD, "ClassMove"),
        Column(_l("Revenue"), "revenue", Cell.MONEY),
        Column(_l("Share"), "share", Cell.PERCENT),
        Column(_l("Cumulated"), "cumulated", Cell.PERCENT),
        Column(_l("Last contact"), "last_contacted_on", Cell.DAY, otherwise=_l("Never")),
        Column(_l("Too little contact"), "is_under_contacted", Cell.MARK),
        Column(_l("Open deals"), "pipeline", Cell.MONEY),
        Column(_l("Can be raised"), "can_rise", Cell.MARK),
        OWNER,
    ),
    ParetoLine,
    _pareto,
    _l("Visit and talk about the coming year"),
    _l("No revenue in this span. Import orders, or win deals with an amount."),
    (
        Choice(
            "months",
            _l("Span"),
            lambda session: [(str(months), _l("Last %(months)s months", months=months)) for months in MONTHS],
        ),
        Choice(
            "class",
            _l("Class"),
            fixed(("", _l("All classes")), *((one.value, _l("Class %(abc)s", abc=one.value)) for one in AbcClass)),
        ),
        Choice(
            "show",
            _l("Only"),
            fixed(
                ("", _l("All")),
                ("under_contacted", _l("Too little contact")),
                ("can_rise", _l("Can be raised")),
                (ClassMove.ROSE.value, _l("Risen")),
                (ClassMove.FELL.value, _l("Fallen")),
                (ClassMove.NEW.value, _l("New in this period")),
                (ClassMove.GONE.value, _l("No revenue any more")),
            ),
        ),
    ),
)
