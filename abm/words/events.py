"""Words of tracking: hits, events and verdicts."""

from enum import StrEnum


class HitKind(StrEnum):
    """What kind of raw request or report a hit is."""

    OPEN = "open"
    CLICK = "click"
    DOWNLOAD = "download"
    PAGE = "page"
    FORM = "form"
    REPLY = "reply"
    ATTENDANCE = "attendance"
    REGISTRATION = "registration"
    STOP = "stop"
    JOIN = "join"
    PREFERENCES = "preferences"
    # A report another system sent: no act of its own, its body tells of others'.
    WEBHOOK = "webhook"


class Aside(StrEnum):
    """Why a hit became no event."""

    TEST_SEND = "test_send"
    UNKNOWN_MESSAGE = "unknown_message"
    UNKNOWN_VISITOR = "unknown_visitor"
    UNKNOWN_PERSON = "unknown_person"
    MACHINE_FORM = "machine_form"


class PostState(StrEnum):
    """How far a report that another system sent has been read."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class EventKind(StrEnum):
    """What a contact did, as the scoring model names it."""

    OPEN = "open"
    CLICK = "click"
    PAGE = "page"
    KEY_PAGE = "key_page"
    DOWNLOAD = "download"
    PREMIUM_DOWNLOAD = "premium_download"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    WEBINAR_ON_DEMAND = "webinar_on_demand"
    REPLY = "reply"
    INQUIRY = "inquiry"
    MEETING = "meeting"
    DEMO_REQUEST = "demo_request"
    BOOTH_TALK = "booth_talk"
    UNSUBSCRIBE = "unsubscribe"
    CAREERS_PAGE = "careers_page"


class EventReason(StrEnum):
    """Why an event is what it is, beside the reasons of its verdict."""

    FALSE_SIGNAL = "false_signal"
    # Another system told of it and proved to be the one it is.
    REPORTED = "reported"
    # Dated long before there was such mail, or years ahead: the latter counts from when we heard of it.
    IMPLAUSIBLE_TIME = "implausible_time"
    # No number, less than none, or more than a day.
    IMPLAUSIBLE_MINUTES = "implausible_minutes"


class Verdict(StrEnum):
    """How surely a human stood behind a hit."""

    PROVEN = "proven"
    LIKELY = "likely"
    UNKNOWN = "unknown"
    MACHINE = "machine"


# What counts as something that a person did.
HUMAN = (Verdict.PROVEN, Verdict.LIKELY)


class AssetKind(StrEnum):
    """What a link or token can lead to besides a web page."""

    FILE = "file"
    WEBINAR = "webinar"


class LinkKind(StrEnum):
    """What stands behind a rewritten link of a mail."""

    URL = "url"
    FILE = "file"
    HONEYPOT = "honeypot"
    WEBINAR = "webinar"


class Pace(StrEnum):
    """How often at most a person wants mail."""

    ANY = "any"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class PageKind(StrEnum):
    """What a page of our own site says of whoever reads it."""

    KEY = "key"
    CAREERS = "careers"


class FormKind(StrEnum):
    """What a form is filled in for."""

    INQUIRY = "inquiry"
    DEMO = "demo"
    QUOTE = "quote"
    DOWNLOAD = "download"


class FormField(StrEnum):
    """What a form can ask for."""

    COMPANY = "company"
    DEPARTMENT = "department"
    NAME = "name"
    MAIL = "mail"
    PHONE = "phone"
    MESSAGE = "message"
