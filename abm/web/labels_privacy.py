"""Labels of consent, of silence asked for, and of how long things are kept."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import ConsentBasis, FileGone, Kept, SuppressionReason

PRIVATE: dict[type[StrEnum], dict[str, LazyString]] = {
    ConsentBasis: {
        ConsentBasis.OPT_IN: _l("Opt-in"),
        ConsentBasis.BUSINESS_CARD: _l("Business card received"),
        ConsentBasis.RELATIONSHIP: _l("Business relationship"),
        ConsentBasis.PUBLISHED: _l("Published address"),
    },
    SuppressionReason: {
        SuppressionReason.UNSUBSCRIBED: _l("Unsubscribed"),
        SuppressionReason.BOUNCED: _l("Address does not work"),
        SuppressionReason.COMPLAINED: _l("Complained"),
        SuppressionReason.DO_NOT_CONTACT: _l("Asked not to be contacted"),
        SuppressionReason.ERASED: _l("Erased"),
    },
    Kept: {
        Kept.NETWORK_ADDRESSES: _l("Network addresses of hits"),
        Kept.IMPORT_FILES: _l("Imported files"),
        Kept.CAUGHT_MAILS: _l("Mails of the local mailbox"),
        Kept.PROVIDER_REPORTS: _l("Reports of providers"),
        Kept.SIMULATIONS: _l("Simulations of sequences"),
        Kept.SILENT_CONTACTS: _l("Contacts without a sign of life"),
    },
    FileGone: {
        FileGone.OUTLIVED: _l("The file itself is no longer kept: its retention period is over."),
        FileGone.PERSON_ERASED: _l("The file itself is no longer kept: it named a person who has been erased since."),
    },
}
