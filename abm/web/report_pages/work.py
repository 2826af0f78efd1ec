"""Lists of the day's work, and of customers who may wake up again."""

from flask_babel import lazy_gettext as _l

from abm.reports.lists.coming_back import PassedLine, ReturnedLine, passed, returned
from abm.reports.lists.deals import DealLine, overdue_close, stalled_deals
from abm.reports.lists.limits import (
    APPROACHED_DAYS,
    AWAY_DAYS,
    DORMANT_DAYS,
    PASSED_DAYS,
    RETURNED_DAYS,
    STALLED_DAYS,
)
from abm.reports.lists.working import ApproachLine, SilentLine, WorkLine, approaching, dormant, unplanned
from abm.web.report_pages.kinds import ACCOUNT, AMOUNT, CONTACTED, HUMAN, NEXT, OWNER, STAGE, Report, of
from abm.web.tables import Cell, Column
from abm.words import ReportName

DEAL_COLUMNS = (
    ACCOUNT,
    Column(_l("Deal"), "deal", Cell.DEAL),
    Column(_l("Stage"), "stage", Cell.WORD, "DealStage"),
    Column(_l("In this stage since"), "stage_since", Cell.DAY),
    AMOUNT,
    Column(_l("Expected close"), "expected_close_on", Cell.DAY),
    Column(_l("Last work"), "last_worked_at", Cell.DAY, otherwise=_l("Never")),
    NEXT,
    OWNER,
)

APPROACHING = Report(
    ReportName.APPROACHING,
    _l("Whom are we working on now, and whom have we not called for longest?"),
    (
        _l(
            "An open deal, a hand-off that sales has taken, or a call, visit, meeting or mail of ours within"
            " %(days)s days. Excluded companies are left out.",
            days=APPROACHED_DAYS,
        ),
    ),
    (ACCOUNT, STAGE, Column(_l("Why"), "signs", Cell.WORD, "ApproachSign"), CONTACTED, HUMAN, NEXT, OWNER),
    ApproachLine,
    of(approaching),
    _l("Call and ask how things stand"),
    _l("Nobody is being approached. Take on a hand-off, log a call, or open a deal."),
)
NO_NEXT_ACTION = Report(
    ReportName.NO_NEXT_ACTION,
    _l("With which of our customers has nobody planned anything?"),
    (_l("The company has an owner and no open next action: neither its own nor one of its people or deals."),),
    (ACCOUNT, STAGE, CONTACTED, HUMAN, OWNER),
    WorkLine,
    of(unplanned),
    _l("Call and agree on the next step"),
    _l("Every company with an owner has a next action."),
)
STALLED_DEALS = Report(
    ReportName.STALLED_DEALS,
    _l("In which open deals does nothing move?"),
    (
        _l(
            "An open deal in the same stage for more than %(days)s days, with nothing logged on the company meanwhile.",
            days=STALLED_DAYS,
        ),
    ),
    DEAL_COLUMNS,
    DealLine,
    of(stalled_deals),
    _l("Ask what holds the decision up"),
    _l("Every open deal has moved lately."),
)
OVERDUE_CLOSE = Report(
    ReportName.OVERDUE_CLOSE,
    _l("Which open deals should have been decided by now?"),
    (_l("An open deal whose expected closing day lies before today. The forecast counts it apart."),),
    DEAL_COLUMNS,
    DealLine,
    of(overdue_close),
    _l("Agree on a new closing day, or close the deal"),
    _l("No open deal is past its closing day."),
)
RETURNED = Report(
    ReportName.RETURNED,
    _l("Who was gone for a year and is here again?"),
    (
        _l(
            "A reaction within %(days)s days, and for %(away)s days before it nothing: neither a reaction of theirs"
            " nor a contact of ours.",
            days=RETURNED_DAYS,
            away=AWAY_DAYS,
        ),
    ),
    (
        ACCOUNT,
        STAGE,
        Column(_l("Back since"), "back_at", Cell.DAY),
        Column(_l("Silent since"), "silent_since", Cell.DAY),
        CONTACTED,
        NEXT,
        OWNER,
    ),
    ReturnedLine,
    of(returned),
    _l("Call while the interest is fresh"),
    _l("Nobody came back lately. Mails with links bring sleeping customers back."),
)
PASSED = Report(
    ReportName.PASSED,
    _l("Who decided against us, why, and when may we ask again?"),
    (
        _l(
            "The last word within %(days)s days was no: a lost deal, or a hand-off answered with not now, no budget"
            " or no need. Whoever has an open deal or bought since is left out.",
            days=PASSED_DAYS,
        ),
    ),
    (
        ACCOUNT,
        Column(_l("Decided on"), "passed_on", Cell.DAY),
        Column(_l("Deal"), "deal"),
        Column(
            _l("Reason"),
            "lost_reason",
            Cell.WORD,
            "LostReason",
            otherwise=Column(_l("Reason"), "answer", Cell.WORD, "AnswerCode"),
        ),
        Column(_l("Ask again from"), "again_on", Cell.DAY),
        Column(_l("Looks again"), "looks_again", Cell.MARK),
        CONTACTED,
        NEXT,
        OWNER,
    ),
    PassedLine,
    of(passed),
    _l("Ask whether things have changed"),
    _l("Nobody decided against us lately. Lost deals and hand-offs put off appear here."),
)
DORMANT = Report(
    ReportName.DORMANT,
    _l("With whom does nothing move any more?"),
    (
        _l(
            "For %(days)s days neither a contact of ours nor a reaction of theirs (where there never was one: since the"
            " company was entered), no open deal, no hand-off taken, nothing planned.",
            days=DORMANT_DAYS,
        ),
    ),
    (ACCOUNT, STAGE, Column(_l("Silent since"), "silent_since", Cell.DAY), CONTACTED, HUMAN, OWNER),
    SilentLine,
    of(dormant),
    _l("Find out whether there is still interest"),
    _l("Something moves with everybody."),
)
