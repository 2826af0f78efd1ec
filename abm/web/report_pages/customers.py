"""Lists of customers: renewals, risks, expected purchases, white space."""

from flask_babel import lazy_gettext as _l

from abm.reports.lists.contracts import RenewalLine, renewal_soon
from abm.reports.lists.limits import (
    CSAT_LOW,
    INTEREST_DAYS,
    NPS_LOW,
    ORDERS_NEEDED,
    RENEWAL_DAYS,
    RISK_POINTS,
    RISK_RENEWAL_DAYS,
    SATISFACTION_DAYS,
    SILENT_CUSTOMER_DAYS,
    SOON_DAYS,
    TICKET_DAYS,
    TICKETS_REPEATED,
    USAGE_KEPT,
    USAGE_MONTHS,
)
from abm.reports.lists.purchases import PurchaseLine, purchase_due
from abm.reports.lists.risk import RiskLine, at_risk
from abm.reports.lists.white_space import InterestLine, products_offered, white_space
from abm.web.report_pages.kinds import ACCOUNT, AMOUNT, NEXT, OWNER, Choice, Report, fixed, of
from abm.web.tables import Cell, Column
from abm.words import ReportName, RiskReason, SellKind

RISK_RULES = {
    RiskReason.USAGE_FALLING: _l(
        "Usage: the mean of the last %(months)s whole months is %(kept)s%% or less of that of the %(months)s before,"
        " for any product. Months without a record are left out.",
        months=USAGE_MONTHS,
        kept=round(USAGE_KEPT * 100),
    ),
    RiskReason.LOW_SATISFACTION: _l(
        "Satisfaction: somebody's last answer within %(days)s days is %(csat)s or less of 5 (CSAT) or %(nps)s or less"
        " of 10 (NPS).",
        days=SATISFACTION_DAYS,
        csat=CSAT_LOW,
        nps=NPS_LOW,
    ),
    RiskReason.COMPLAINT: _l("Complaint: one is open, or came within %(days)s days.", days=TICKET_DAYS),
    RiskReason.RENEWAL_NEAR: _l(
        "Renewal: a running contract is to be renewed within %(days)s days, or should have been.",
        days=RISK_RENEWAL_DAYS,
    ),
    RiskReason.REPEATED_TICKETS: _l(
        "Repeated tickets: %(count)s or more within %(days)s days.", count=TICKETS_REPEATED, days=TICKET_DAYS
    ),
    RiskReason.SILENCE: _l(
        "Silence: for %(days)s days neither a contact of ours nor a reaction of theirs.", days=SILENT_CUSTOMER_DAYS
    ),
    RiskReason.OPEN_TICKET: _l("Open ticket: at least one is not closed."),
}

RENEWAL_SOON = Report(
    ReportName.RENEWAL_SOON,
    _l("Which contracts must be renewed next?"),
    (
        _l(
            "A running contract whose renewal day – its end where none is kept – lies within %(days)s days or has"
            " passed.",
            days=RENEWAL_DAYS,
        ),
    ),
    (
        ACCOUNT,
        Column(_l("Contract"), "contract", Cell.CONTRACT),
        Column(_l("Product"), "product"),
        Column(_l("Renewal day"), "renews_on", Cell.DAY),
        Column(_l("Days left"), "days_left", Cell.NUMBER),
        AMOUNT,
        Column(_l("Renews itself"), "renews_itself", Cell.MARK),
        NEXT,
        OWNER,
    ),
    RenewalLine,
    of(renewal_soon),
    _l("Talk about the renewal"),
    _l("No renewal is near. Contracts with a renewal day appear here half a year ahead."),
)
AT_RISK = Report(
    ReportName.AT_RISK,
    _l("Which customers may we lose, and why?"),
    (
        _l("Customers – a product owned or a contract running – for whom at least one reason holds; points add up."),
        *(
            _l("%(points)s points – %(rule)s", points=points, rule=RISK_RULES[reason])
            for reason, points in RISK_POINTS.items()
        ),
    ),
    (
        ACCOUNT,
        Column(_l("Points"), "points", Cell.NUMBER),
        Column(_l("Reasons"), "reasons", Cell.WORD, "RiskReason"),
        Column(_l("Usage kept"), "usage_kept", Cell.PERCENT),
        Column(_l("CSAT"), "csat", Cell.NUMBER),
        Column(_l("NPS"), "nps", Cell.NUMBER),
        Column(_l("Open tickets"), "open_tickets", Cell.NUMBER),
        Column(_l("Silent since"), "silent_since", Cell.DAY),
        Column(_l("Renewal day"), "renews_on", Cell.DAY),
        NEXT,
        OWNER,
    ),
    RiskLine,
    of(at_risk),
    _l("Ask what is wrong and put it right"),
    _l("Nothing speaks against any customer. Usage, tickets, surveys and renewals are watched as they come in."),
)
PURCHASE_DUE = Report(
    ReportName.PURCHASE_DUE,
    _l("Who should have ordered again by now?"),
    (
        _l(
            "The median of the days between a company's orders, counted from its last one. It takes orders on at"
            " least %(orders)s different days; with fewer nothing is guessed.",
            orders=ORDERS_NEEDED,
        ),
    ),
    (
        ACCOUNT,
        Column(_l("Product"), "product"),
        Column(_l("Orders"), "orders", Cell.NUMBER),
        Column(_l("Days between orders"), "interval_days", Cell.NUMBER),
        Column(_l("Last order"), "last_on", Cell.DAY),
        Column(_l("Expected on"), "expected_on", Cell.DAY),
        Column(_l("Days late"), "days_late", Cell.NUMBER),
        Column(_l("Usual amount"), "usual_amount", Cell.MONEY),
        NEXT,
        OWNER,
    ),
    PurchaseLine,
    of(purchase_due),
    _l("Ask about the next order"),
    _l("No purchase is overdue. Import orders: from the third on the next one can be expected."),
    (
        Choice(
            "when",
            _l("When"),
            fixed(
                ("", _l("Overdue")),
                ("soon", _l("Due within %(days)s days", days=SOON_DAYS)),
                ("all", _l("All")),
            ),
        ),
        Choice("by", _l("By"), fixed(("", _l("By company")), ("product", _l("By company and product")))),
    ),
)
WHITE_SPACE = Report(
    ReportName.WHITE_SPACE,
    _l("Who is interested in a product they do not own?"),
    (
        _l(
            "Within %(days)s days somebody said so, or clicked, read or attended something about the product or one"
            " of its topics. What a company owns, has under contract or once ordered is never offered.",
            days=INTEREST_DAYS,
        ),
        _l("Up-sell: they own a product of the same topic. Cross-sell: they own other products only."),
    ),
    (
        ACCOUNT,
        Column(_l("Product"), "product"),
        Column(_l("Kind of offer"), "sell", Cell.WORD, "SellKind"),
        Column(_l("Said"), "said", Cell.NUMBER),
        Column(_l("Reactions"), "acts", Cell.NUMBER),
        Column(_l("People"), "people", Cell.NUMBER),
        Column(_l("Last sign"), "last_on", Cell.DAY),
        NEXT,
        OWNER,
    ),
    InterestLine,
    of(white_space),
    _l("Offer the product they are interested in"),
    _l("No sign of interest yet. Give links, files and webinars a product or a topic, and note what customers say."),
    (
        Choice(
            "sell",
            _l("Kind of offer"),
            fixed(
                ("", _l("Every kind")),
                (SellKind.UP_SELL.value, _l("Up-sell")),
                (SellKind.CROSS_SELL.value, _l("Cross-sell")),
                (SellKind.FIRST.value, _l("First product")),
            ),
        ),
        Choice(
            "product",
            _l("Product"),
            lambda session: [("", _l("Every product")), *products_offered(session)],
        ),
    ),
)
