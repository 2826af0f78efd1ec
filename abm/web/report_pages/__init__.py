"""Every list and report as the pages know it, in the order of the index."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.web.report_pages.customers import AT_RISK, PURCHASE_DUE, RENEWAL_SOON, WHITE_SPACE
from abm.web.report_pages.engagement import COVERAGE, HEAT
from abm.web.report_pages.figures import PARETO, STALE
from abm.web.report_pages.kinds import Report
from abm.web.report_pages.work import (
    APPROACHING,
    DORMANT,
    NO_NEXT_ACTION,
    OVERDUE_CLOSE,
    PASSED,
    RETURNED,
    STALLED_DEALS,
)
from abm.words import ReportName

# In the order of a working day.
GROUPS: tuple[tuple[LazyString, tuple[Report, ...]], ...] = (
    (_l("Engagement"), (HEAT, COVERAGE)),
    (_l("Today's work"), (APPROACHING, NO_NEXT_ACTION, STALLED_DEALS, OVERDUE_CLOSE, RETURNED)),
    (_l("Existing customers"), (RENEWAL_SOON, AT_RISK, PURCHASE_DUE, WHITE_SPACE)),
    (_l("Waking up again"), (PASSED, DORMANT)),
    (_l("Records and figures"), (STALE, PARETO)),
)
# Pages of the first group that are drawings and no lists: endpoint, title, the question it answers.
ENGAGEMENT_PAGES = (
    (
        "review.show",
        _l("Weekly account review"),
        _l("What warmed up, cools, moved and was answered, and what have we to decide?"),
    ),
    ("engagement.heat_map", _l("Heat map"), _l("Who cares about what: industry, job function and topic.")),
    ("engagement.topics", _l("Interests over time"), _l("What do our accounts care about, and how does that change?")),
)
BY_NAME: dict[ReportName, Report] = {report.name: report for _title, reports in GROUPS for report in reports}
