"""Labels of imports: kinds of files and what their columns hold."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import ImportField, ImportKind

IMPORTED: dict[type[StrEnum], dict[str, LazyString]] = {
    ImportKind: {
        ImportKind.CUSTOMERS: _l("Customers"),
        ImportKind.WEBINAR: _l("Webinar attendance"),
        ImportKind.DEALS: _l("Deals"),
        ImportKind.CONTRACTS: _l("Contracts"),
        ImportKind.TICKETS: _l("Support tickets"),
        ImportKind.ORDERS: _l("Orders"),
    },
    ImportField: {
        ImportField.COMPANY: _l("Company"),
        ImportField.CORPORATE_NUMBER: _l("Corporate number"),
        ImportField.PERSON: _l("Full name"),
        ImportField.FAMILY_NAME: _l("Family name"),
        ImportField.GIVEN_NAME: _l("Given name"),
        ImportField.KANA: _l("Kana"),
        ImportField.DEPARTMENT: _l("Department"),
        ImportField.TITLE: _l("Title"),
        ImportField.EMAIL: _l("Mail address"),
        ImportField.PHONE: _l("Phone"),
        ImportField.POSTCODE: _l("Postcode"),
        ImportField.PREFECTURE: _l("Prefecture"),
        ImportField.ADDRESS: _l("Address"),
        ImportField.INDUSTRY: _l("Industry"),
        ImportField.CLOSING_MONTH: _l("Closing month"),
        ImportField.LAST_CONTACTED_ON: _l("Last contact"),
        ImportField.MEMO: _l("Memo"),
        ImportField.REGISTERED_AT: _l("Registered at"),
        ImportField.APPROVAL: _l("Approval"),
        ImportField.JOINED_AT: _l("Joined at"),
        ImportField.LEFT_AT: _l("Left at"),
        ImportField.MINUTES: _l("Minutes"),
        ImportField.NUMBER: _l("Number of the record"),
        ImportField.SUBJECT: _l("Name of the record"),
        ImportField.STATE: _l("Stage or state"),
        ImportField.AMOUNT: _l("Amount"),
        ImportField.QUANTITY: _l("Quantity"),
        ImportField.PROBABILITY: _l("Probability"),
        ImportField.PRODUCT: _l("Product"),
        ImportField.OWNER: _l("Owner"),
        ImportField.EXPECTED_CLOSE_ON: _l("Expected close"),
        ImportField.CLOSED_ON: _l("Closed on"),
        ImportField.LOST_REASON: _l("Lost reason"),
        ImportField.COMPETITORS: _l("Competitors"),
        ImportField.STARTS_ON: _l("Start of the contract"),
        ImportField.ENDS_ON: _l("End of the contract"),
        ImportField.RENEWS_ON: _l("Renewal date"),
        ImportField.RENEWS_ITSELF: _l("Renews by itself"),
        ImportField.OPENED_ON: _l("Opened on"),
        ImportField.SEVERITY: _l("Severity"),
        ImportField.COMPLAINT: _l("Complaint"),
        ImportField.ORDERED_ON: _l("Day of the order"),
    },
}
