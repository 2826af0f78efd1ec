"""Labels of what a timeline tells, and of the channels it came by."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.reports.timeline import Channel
from abm.words import ItemKind

TOLD: dict[type[StrEnum], dict[str, LazyString]] = {
    ItemKind: {
        ItemKind.NOTE: _l("Note"),
        ItemKind.CALL: _l("Call"),
        ItemKind.VISIT: _l("Visit"),
        ItemKind.MEETING: _l("Meeting"),
        ItemKind.SALES_MAIL: _l("Mail by sales"),
        ItemKind.BUSINESS_CARD: _l("Business card"),
        ItemKind.IMPORTED: _l("Imported"),
        ItemKind.EVENT: _l("Reaction"),
        ItemKind.MAIL_SENT: _l("Mail sent"),
        ItemKind.MAIL_WITHHELD: _l("Mail withheld"),
        ItemKind.MAIL_FAILED: _l("Mail failed"),
        ItemKind.TASK_WITHHELD: _l("Task withheld"),
        ItemKind.STAGE_CHANGED: _l("Stage changed"),
        ItemKind.TASK_CHANGED: _l("Task changed"),
        ItemKind.CONSENT_CHANGED: _l("Consent changed"),
        ItemKind.SUPPRESSED: _l("Put on the suppression list"),
        ItemKind.ENROLLMENT_CHANGED: _l("Sequence"),
        ItemKind.MERGED: _l("Merged"),
        ItemKind.MERGE_UNDONE: _l("Merge undone"),
        ItemKind.DEAL_CHANGED: _l("Deal"),
        ItemKind.DECISION_CHANGED: _l("Decision step"),
        ItemKind.OFFER_CHANGED: _l("Quote or proposal"),
        ItemKind.ORDERED: _l("Purchase"),
        ItemKind.CONTRACT_CHANGED: _l("Contract"),
        ItemKind.PRODUCT_OWNED: _l("Product owned"),
        ItemKind.TICKET_CHANGED: _l("Support ticket"),
        ItemKind.SURVEY_ANSWERED: _l("Survey answer"),
        ItemKind.NEED_HEARD: _l("Interest or need"),
        ItemKind.FILE_ADDED: _l("File added"),
        ItemKind.OWNER_CHANGED: _l("Owner changed"),
    },
    Channel: {
        Channel.MAIL: _l("Mail"),
        Channel.DOWNLOAD: _l("Download"),
        Channel.WEBINAR: _l("Webinar"),
        Channel.WEB: _l("Web site"),
        Channel.SALES: _l("Sales"),
        Channel.DEALS: _l("Deals and offers"),
        Channel.CUSTOMER: _l("Purchases and contracts"),
        Channel.TICKETS: _l("Support and surveys"),
        Channel.RECORD: _l("Changes of the record"),
    },
}
