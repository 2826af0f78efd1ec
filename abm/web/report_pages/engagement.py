"""The heat list and the coverage of buying groups."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from abm.reports.lists.coverage import ALL, HOT, NAMED, SILENT, CoverageLine, coverage
from abm.reports.lists.heat import COOLS_WITHIN_DAYS, HeatLine, heat, industries
from abm.scoring.live import ensure_model
from abm.web.labels import label
from abm.web.report_pages.kinds import ACCOUNT, OWNER, ROW_ACTS, STAGE, Choice, Options, Report, fixed
from abm.web.tables import Cell, Column
from abm.words import BuyingRole, ChosenAct, HeatTab, ReportName, Tier

TIER = Choice(
    "tier",
    _l("Tier"),
    lambda session: [("", _l("Every tier")), *((one.value, label(one.value, "Tier")) for one in Tier)],
)


def _required_roles(session: Session) -> Options:
    roles = ensure_model(session).required_roles
    return [("", _l("Every role")), *((role.value, label(role.value, BuyingRole.__name__)) for role in roles)]


HEAT = Report(
    ReportName.HEAT,
    _l("Which accounts are about to become a deal, and which are we losing?"),
    (
        _l(
            "Hot: MQA, or engaged – the counted depth has reached half of the threshold of the tier. The score is that"
            " of this moment."
        ),
        _l("Newly hot: became MQA or engaged this week or last week."),
        _l(
            "Cooling: if nothing new happens, the counted depth is below half of the threshold within %(days)s days.",
            days=COOLS_WITHIN_DAYS,
        ),
        _l("The trend shows the score of the last twelve weeks, recomputed from the ledger for each of them."),
        _l("Momentum: points of the last seven days, as many times the weekly mean of the three weeks before."),
    ),
    (
        ACCOUNT,
        Column(_l("Score"), "points", Cell.POINTS),
        Column(_l("Trend"), "trend", Cell.TREND),
        Column(_l("In 7 days"), "change", Cell.CHANGE),
        Column(_l("Stage"), "stage", Cell.STAGE, "Stage"),
        Column(_l("MQA"), "is_mqa", Cell.MARK, is_on_page=False),
        Column(_l("Momentum"), "momentum", Cell.TIMES, otherwise=_l("New")),
        Column(_l("People engaged"), "breadth", Cell.NUMBER),
        Column(_l("Turn"), "turned", Cell.TURN, "HeatTurn"),
        Column(_l("Tier"), "tier", Cell.WORD, "Tier", is_on_page=False),
        Column(_l("Industry"), "industry", is_on_page=False),
        Column(_l("Next action"), "next_on", Cell.DAY, is_on_page=False),
        OWNER,
        Column(_l("What next"), "account_id", Cell.STEPS),
    ),
    HeatLine,
    heat,
    _l("Call while the interest is fresh"),
    _l(
        "No account is here. Accounts warm up when their people click, read, attend or ask; the scores follow within"
        " seconds."
    ),
    (TIER, Choice("industry", _l("Industry"), lambda session: [("", _l("Every industry")), *industries(session)])),
    tabs=Choice(
        "tab",
        _l("Heat"),
        fixed(
            ("", _l("Hot")),
            (HeatTab.NEWLY_HOT.value, _l("Newly hot")),
            (HeatTab.COOLING.value, _l("Cooling")),
        ),
    ),
)
COVERAGE = Report(
    ReportName.COVERAGE,
    _l("Whom do we still lack in the buying groups of our accounts?"),
    (
        _l("Which roles a purchase needs is said by the scoring model."),
        _l("Engaged: somebody in this role has the points from which a person counts. Known: somebody, with fewer."),
        _l("Missing: nobody in this role is known. A coverage task asks the account's owner to find them."),
    ),
    (
        ACCOUNT,
        STAGE,
        Column(_l("Score"), "points", Cell.POINTS),
        Column(_l("Coverage"), "coverage", Cell.PERCENT),
        Column(_l("Engaged"), "engaged", Cell.WORD, "BuyingRole"),
        Column(_l("Known, not engaged"), "filled", Cell.WORD, "BuyingRole"),
        Column(_l("Missing"), "missing", Cell.WORD, "BuyingRole"),
        Column(_l("People without a role"), "without_role", Cell.NUMBER),
        Column(_l("Tier"), "tier", Cell.WORD, "Tier", is_on_page=False),
        OWNER,
        Column(_l("What next"), "missing", Cell.COVERAGE_TASK),
    ),
    CoverageLine,
    coverage,
    _l("Find out who decides"),
    _l("No gaps here: every role that a purchase needs is played by somebody we know."),
    (
        Choice(
            "accounts",
            _l("Accounts"),
            fixed((HOT, _l("Hot accounts")), (NAMED, _l("Tiers 1:1 and 1:few")), (ALL, _l("All accounts"))),
        ),
        Choice(
            "show",
            _l("Only"),
            fixed(
                ("", _l("A role is missing")),
                (SILENT, _l("A role is missing or not engaged")),
                (ALL, _l("All")),
            ),
        ),
        Choice("role", _l("Missing role"), _required_roles),
        TIER,
    ),
    acts=(ChosenAct.COVERAGE, *ROW_ACTS),
)
