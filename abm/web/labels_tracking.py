"""The words of tracking as pages show them."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import Aside, VerdictReason

TRACKED: dict[type[StrEnum], dict[str, LazyString]] = {
    Aside: {
        Aside.TEST_SEND: _l("A test mail"),
        Aside.UNKNOWN_MESSAGE: _l("The mail is not known any more"),
        Aside.UNKNOWN_VISITOR: _l("A visitor nobody knows yet"),
        Aside.UNKNOWN_PERSON: _l("A person nobody knows yet"),
        Aside.MACHINE_FORM: _l("A form filled in by a machine"),
    },
    VerdictReason: {
        VerdictReason.REPLIED: _l("Answered by mail"),
        VerdictReason.ATTENDED: _l("Stayed in the webinar"),
        VerdictReason.REGISTERED: _l("The organiser reports the registration"),
        VerdictReason.FORM_SENT: _l("Sent a form"),
        VerdictReason.DOWNLOAD_AFTER_PAGE: _l("Downloaded after looking at a page"),
        VerdictReason.MACHINE_AGENT: _l("Calls itself a program"),
        VerdictReason.PICTURE_PROXY: _l("A proxy that fetches pictures"),
        VerdictReason.HEAD_REQUEST: _l("Asked for the head only"),
        VerdictReason.HONEYPOT: _l("Followed a link people do not see"),
        VerdictReason.NEAR_MACHINE: _l("Within a minute of a machine's act"),
        VerdictReason.LINKS_AT_ONCE: _l("Three links within ten seconds"),
        VerdictReason.TOO_SOON: _l("Within ten seconds of delivery"),
        VerdictReason.COLLEAGUES_AT_ONCE: _l("Three colleagues in the same seconds"),
        VerdictReason.HAMMERED: _l("Far more often than people do"),
        VerdictReason.GATEWAY_NETWORK: _l("From a mail gateway's network"),
        VerdictReason.KNOWN_GATEWAY: _l("Behaves like this company's gateway"),
        VerdictReason.SCANNED_DOMAIN: _l("This company's mails are scanned"),
        VerdictReason.SCANNING_NETWORK: _l("From a network that scans mails"),
        VerdictReason.DATA_CENTRE: _l("From a data centre"),
        VerdictReason.BROWSER: _l("A browser, in a person's time"),
        VerdictReason.PROVEN_NEARBY: _l("The same person surely acted within two weeks"),
        VerdictReason.STOP_POSTED: _l("Pressed the stop button"),
        VerdictReason.OPEN_ALONE: _l("An opening says little"),
        VerdictReason.SOON: _l("Within a minute of delivery"),
        VerdictReason.NO_BROWSER: _l("Not a known browser"),
        VerdictReason.NOT_RATED: _l("Not rated by any rule"),
        VerdictReason.OVERRULED: _l("Somebody decided so"),
    },
}
