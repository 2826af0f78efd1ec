"""The words of the product as pages show them: one label for every value of every enum a reader meets."""

from enum import StrEnum

from flask import Flask
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from jinja2 import pass_context

from abm.errors import AbmError, Invalid
from abm.reports.timeline import Channel
from abm.web.labels_bounces import BOUNCED
from abm.web.labels_imports import IMPORTED
from abm.web.labels_inbound import INBOUND
from abm.web.labels_people import PEOPLE
from abm.web.labels_reports import REPORTED
from abm.web.labels_site import SITE
from abm.web.labels_sold import SOLD
from abm.web.labels_tracking import TRACKED
from abm.words import (
    AnswerCode,
    BuyingRole,
    CloseReason,
    ConsentBasis,
    Deed,
    EnrollmentState,
    EventKind,
    ExcludedReason,
    FreshnessAnswer,
    GuardAnswer,
    GuardReason,
    HitKind,
    ImportState,
    ItemKind,
    Language,
    LeaveReason,
    MatchRule,
    MatchStrength,
    MessageState,
    PairState,
    Role,
    RowAction,
    SendReason,
    Seniority,
    SequenceState,
    Stage,
    StageReason,
    SuppressionReason,
    TaskCode,
    TaskKind,
    TaskState,
    Tier,
    Verdict,
)

# Members of different enums may be equal as text ("open"), so every enum has a table of its own.
LABELS: dict[type[StrEnum], dict[str, LazyString]] = {
    **IMPORTED,
    **INBOUND,
    **SITE,
    **BOUNCED,
    **PEOPLE,
    **SOLD,
    **TRACKED,
    **REPORTED,
    Language: {Language.JAPANESE: _l("Japanese"), Language.ENGLISH: _l("English")},
    Role: {
        Role.ADMIN: _l("Administrator"),
        Role.MARKETER: _l("Marketer"),
        Role.SALES: _l("Sales"),
        Role.VIEWER: _l("Viewer"),
    },
    Tier: {Tier.ONE_TO_ONE: _l("1:1"), Tier.ONE_TO_FEW: _l("1:few"), Tier.ONE_TO_MANY: _l("1:many")},
    Stage: {
        Stage.ALL_OTHERS: _l("All others"),
        Stage.KNOWN: _l("Known"),
        Stage.AWARE: _l("Aware"),
        Stage.ENGAGED: _l("Engaged"),
        Stage.MQA: _l("MQA"),
        Stage.IN_SALES: _l("In sales"),
        Stage.OPPORTUNITY: _l("Opportunity"),
        Stage.CUSTOMER: _l("Customer"),
        Stage.DORMANT: _l("Dormant"),
        Stage.LOST: _l("Lost"),
        Stage.EXCLUDED: _l("Excluded"),
    },
    Seniority: {
        Seniority.EXECUTIVE: _l("Executive"),
        Seniority.DIVISION_HEAD: _l("Division head"),
        Seniority.DEPARTMENT_HEAD: _l("Department head"),
        Seniority.SECTION_HEAD: _l("Section head"),
        Seniority.OTHER: _l("Other title or none"),
    },
    BuyingRole: {
        BuyingRole.DECISION_MAKER: _l("Decision maker"),
        BuyingRole.APPROVER: _l("Approver"),
        BuyingRole.INFLUENCER: _l("Influencer"),
        BuyingRole.CHAMPION: _l("Champion"),
        BuyingRole.DRAFTER: _l("Drafter of the proposal"),
        BuyingRole.PRACTITIONER: _l("Practitioner"),
        BuyingRole.GATEKEEPER: _l("Gatekeeper"),
        BuyingRole.BLOCKER: _l("Blocker"),
    },
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
    HitKind: {
        HitKind.OPEN: _l("Mail opened"),
        HitKind.CLICK: _l("Link clicked"),
        HitKind.DOWNLOAD: _l("File downloaded"),
        HitKind.PAGE: _l("Page visited"),
        HitKind.FORM: _l("Form sent"),
        HitKind.REPLY: _l("Replied"),
        HitKind.ATTENDANCE: _l("Webinar attended"),
        HitKind.REGISTRATION: _l("Webinar registration"),
        HitKind.STOP: _l("Unsubscribed"),
        HitKind.JOIN: _l("Webinar joined"),
        HitKind.PREFERENCES: _l("Mail preferences changed"),
        HitKind.WEBHOOK: _l("Report received"),
    },
    EventKind: {
        EventKind.OPEN: _l("Mail opened"),
        EventKind.CLICK: _l("Link clicked"),
        EventKind.KEY_PAGE: _l("Key page visited"),
        EventKind.DOWNLOAD: _l("File downloaded"),
        EventKind.PREMIUM_DOWNLOAD: _l("Premium file downloaded"),
        EventKind.WEBINAR_REGISTERED: _l("Webinar registration"),
        EventKind.WEBINAR_ATTENDED: _l("Webinar attended"),
        EventKind.WEBINAR_ON_DEMAND: _l("Webinar recording watched"),
        EventKind.REPLY: _l("Replied"),
        EventKind.INQUIRY: _l("Inquiry"),
        EventKind.MEETING: _l("Meeting"),
        EventKind.DEMO_REQUEST: _l("Demo or quote requested"),
        EventKind.BOOTH_TALK: _l("Talk at the booth"),
        EventKind.UNSUBSCRIBE: _l("Unsubscribed"),
        EventKind.PAGE: _l("Page visited"),
        EventKind.CAREERS_PAGE: _l("Careers page visited"),
    },
    Verdict: {
        Verdict.PROVEN: _l("Proven human"),
        Verdict.LIKELY: _l("Likely human"),
        Verdict.UNKNOWN: _l("Unknown"),
        Verdict.MACHINE: _l("Machine"),
    },
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
    TaskKind: {
        TaskKind.HAND_OFF: _l("Hand-off"),
        TaskKind.RENEWAL: _l("Renewal"),
        TaskKind.FRESHNESS: _l("Check of a record"),
        TaskKind.COVERAGE: _l("Missing role"),
        TaskKind.RETURNED: _l("Back again"),
        TaskKind.STEP: _l("Sequence step"),
        TaskKind.MANUAL: _l("By hand"),
    },
    TaskState: {
        TaskState.NEW: _l("New"),
        TaskState.ASSIGNED: _l("Assigned"),
        TaskState.ACCEPTED: _l("Accepted"),
        TaskState.WORKING: _l("Working"),
        TaskState.EXPIRED: _l("Expired"),
        TaskState.MEETING: _l("Meeting held"),
        TaskState.OPPORTUNITY: _l("Became a deal"),
        TaskState.RECYCLED: _l("Recycled"),
        TaskState.REJECTED: _l("Rejected"),
        TaskState.DISQUALIFIED: _l("Disqualified"),
        TaskState.OPEN: _l("Open"),
        TaskState.DONE: _l("Done"),
        TaskState.DISMISSED: _l("Dismissed"),
    },
    AnswerCode: {
        AnswerCode.ACCEPT: _l("Accept"),
        AnswerCode.START: _l("Start"),
        AnswerCode.MEETING: _l("Meeting"),
        AnswerCode.OPPORTUNITY: _l("Deal opened"),
        AnswerCode.NOT_NOW: _l("Not now"),
        AnswerCode.NO_BUDGET: _l("No budget"),
        AnswerCode.NO_NEED: _l("No need"),
        AnswerCode.NOT_FIT: _l("Not our kind of company"),
        AnswerCode.WRONG_PERSON: _l("Wrong person"),
        AnswerCode.UNREACHABLE: _l("Cannot be reached"),
        AnswerCode.BAD_DATA: _l("Wrong data"),
        AnswerCode.ALREADY_WORKING: _l("Already being worked on"),
        AnswerCode.ALREADY_CUSTOMER: _l("Already a customer"),
        AnswerCode.COMPETITOR: _l("Competitor"),
        AnswerCode.FALSE_SIGNAL: _l("False signal"),
        AnswerCode.DO_NOT_CONTACT: _l("Asked not to be contacted"),
        AnswerCode.OTHER: _l("Other reason"),
    },
    SequenceState: {
        SequenceState.DRAFT: _l("Draft"),
        SequenceState.PUBLISHED: _l("Running"),
        SequenceState.PAUSED: _l("Paused"),
        SequenceState.ENDED: _l("Ended"),
    },
    EnrollmentState: {
        EnrollmentState.ACTIVE: _l("Under way"),
        EnrollmentState.COMPLETED: _l("Completed"),
        EnrollmentState.EXITED: _l("Left"),
        EnrollmentState.PARKED: _l("Needs attention"),
    },
    MessageState: {
        MessageState.HELD: _l("Held"),
        MessageState.PLANNED: _l("Planned"),
        MessageState.SENDING: _l("Sending"),
        MessageState.SENT: _l("Sent"),
        MessageState.FAILED: _l("Failed"),
        MessageState.SUPPRESSED: _l("Suppressed"),
        MessageState.CANCELLED: _l("Cancelled"),
        MessageState.SKIPPED: _l("Skipped"),
        MessageState.UNKNOWN: _l("Fate unknown"),
    },
    GuardAnswer: {
        GuardAnswer.SKIP: _l("Skip"),
        GuardAnswer.HOLD: _l("Hold"),
        GuardAnswer.REROUTE: _l("Reroute to the owner"),
        GuardAnswer.SWAP: _l("Swap"),
        GuardAnswer.SEND: _l("Send"),
    },
    GuardReason: {
        GuardReason.ARCHIVED: _l("Contact was archived"),
        GuardReason.NO_ADDRESS: _l("No mail address"),
        GuardReason.CONSENT_MISSING: _l("No consent to mail"),
        GuardReason.SUPPRESSED: _l("On the suppression list"),
        GuardReason.EXCLUDED: _l("Account is excluded"),
        GuardReason.SALES_ACTIVE: _l("Sales is working on it"),
        GuardReason.CONTACTED_LATELY: _l("Sales was in touch within 14 days"),
        GuardReason.ASKED_TO_PAUSE: _l("The person asked for a pause"),
        GuardReason.PACE: _l("The person wants mail less often"),
        GuardReason.TOPIC_MUTED: _l("The person does not want this topic"),
        GuardReason.STALE: _l("The contact's record is to be checked first"),
        GuardReason.TICKET: _l("A support ticket is open or was closed within 3 days"),
        GuardReason.OPEN_DEAL: _l("A deal is being negotiated"),
        GuardReason.RENEWAL_NEAR: _l("A contract renewal is less than 90 days ahead"),
    },
    ImportState: {
        ImportState.PLANNING: _l("Being read"),
        ImportState.UNREADABLE: _l("Not readable"),
        ImportState.PLANNED: _l("Preview"),
        ImportState.APPLYING: _l("Being applied"),
        ImportState.APPLIED: _l("Applied"),
        ImportState.UNDOING: _l("Being undone"),
        ImportState.UNDONE: _l("Undone"),
        ImportState.FAILED: _l("Failed"),
    },
    RowAction: {
        RowAction.CREATE: _l("Create"),
        RowAction.UPDATE: _l("Update"),
        RowAction.UNCHANGED: _l("Unchanged"),
        RowAction.REJECT: _l("Not imported"),
    },
    MatchStrength: {
        MatchStrength.SURE: _l("Sure"),
        MatchStrength.STRONG: _l("Strong"),
        MatchStrength.WEAK: _l("Weak"),
        MatchStrength.NONE: _l("None"),
    },
    PairState: {
        PairState.OPEN: _l("To be decided"),
        PairState.MERGED: _l("Merged"),
        PairState.RELATED: _l("Parent and subsidiary"),
        PairState.DIFFERENT: _l("Not the same company"),
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
    StageReason: {
        StageReason.NOTHING_KNOWN: _l("nothing known"),
        StageReason.HAS_CONTACT: _l("has a contact"),
        StageReason.HUMAN_EVENT: _l("reacted lately"),
        StageReason.HALF_THRESHOLD: _l("half of the threshold reached"),
        StageReason.THRESHOLD_REACHED: _l("threshold reached"),
        StageReason.ACT_NOW: _l("asked to be contacted"),
        StageReason.HAND_OFF_TAKEN: _l("sales took it over"),
        StageReason.OPEN_DEAL: _l("a deal is open"),
        StageReason.PRODUCT_OWNED: _l("owns a product"),
        StageReason.CONTRACT_RUNNING: _l("a contract is in force"),
        StageReason.DEAL_LOST: _l("the last deal was lost"),
        StageReason.LONG_SILENCE: _l("no reaction for half a year"),
        StageReason.EXCLUDED: _l("excluded"),
    },
    ExcludedReason: {
        ExcludedReason.NOT_FIT: _l("Not our kind of company"),
        ExcludedReason.COMPETITOR: _l("Competitor"),
        ExcludedReason.STUDENT: _l("Student"),
        ExcludedReason.OWN_STAFF: _l("Own staff"),
    },
    CloseReason: {
        CloseReason.RENEWED: _l("Contract was renewed"),
        CloseReason.WENT_ON: _l("Contract went on by itself"),
        CloseReason.WILL_END: _l("Contract will end"),
        CloseReason.CONTRACT_ENDED: _l("Contract is over"),
        CloseReason.DATE_MOVED: _l("Renewal day was moved"),
        CloseReason.RECORDS_CHECKED: _l("Records were checked"),
        CloseReason.ACCOUNT_GONE: _l("Account is gone"),
    },
    FreshnessAnswer: {
        FreshnessAnswer.STILL_RIGHT: _l("Still right"),
        FreshnessAnswer.CHANGED: _l("Details changed"),
        FreshnessAnswer.MOVED: _l("Moved inside the company"),
        FreshnessAnswer.LEFT: _l("Left the company"),
    },
    TaskCode: {
        TaskCode.OPENED: _l("Opened"),
        TaskCode.ASSIGNED: _l("Assigned"),
        TaskCode.EVIDENCE: _l("Further evidence"),
        TaskCode.DONE: _l("Done"),
        TaskCode.DISMISSED: _l("Dismissed"),
        TaskCode.JOINED: _l("Joined with another task by a merge"),
        TaskCode.PARTED: _l("Parted again as the merge was undone"),
    },
    Deed: {Deed.CLICK: _l("Link clicked"), Deed.DOWNLOAD: _l("File downloaded")},
    LeaveReason: {
        LeaveReason.ARCHIVED: _l("Contact was archived"),
        LeaveReason.EXIT_STEP: _l("Exit step reached"),
        LeaveReason.KEEPS_FAILING: _l("Keeps failing"),
    },
    SendReason: {
        SendReason.SMTP_UNREACHABLE: _l("SMTP server does not answer"),
        SendReason.SMTP_LOGIN: _l("SMTP server refuses the log-in"),
        SendReason.SMTP_UNSAFE: _l("SMTP server offers no encryption"),
        SendReason.SMTP_DEFERRED: _l("Recipient's server asks to try later"),
        SendReason.SMTP_REFUSED: _l("Recipient's server refuses the mail"),
        SendReason.BROKEN_OFF: _l("Connection broke off while sending"),
        SendReason.ADDRESS_UNUSABLE: _l("Address cannot be used"),
        SendReason.NO_MAILBOX: _l("Local mailbox is not running"),
        SendReason.PAUSED: _l("Sequence is paused"),
        SendReason.ARCHIVED: _l("Contact was archived"),
        SendReason.SENDER_INCOMPLETE: _l("Sender's data is incomplete"),
        SendReason.GAVE_UP: _l("Given up after several tries"),
        SendReason.NOT_MADE: _l("Mail could not be made"),
    },
    MatchRule: {
        MatchRule.ADDRESS: _l("address of a known contact"),
        MatchRule.CORPORATE_NUMBER: _l("same corporate number"),
        MatchRule.SAME_ROW: _l("same row as before"),
        MatchRule.DOMAIN_AND_NAME: _l("same domain and name"),
        MatchRule.NAME_AND_FIELD: _l("same name and a second field"),
        MatchRule.SAME_LIST: _l("same name in one list"),
        MatchRule.DOMAIN_ONLY: _l("same domain, other name"),
        MatchRule.NAME_ONLY: _l("same name only"),
        MatchRule.SIMILAR_NAME: _l("similar name"),
    },
}

BY_NAME = {kind.__name__: table for kind, table in LABELS.items()}

# Codes of Invalid that have a sentence for readers; the others show the error's own text.
PROBLEMS: dict[str, LazyString] = {
    "email_invalid": _l("This is not a mail address. Example: tanaka@company.co.jp"),
    "email_taken": _l("A user with this mail address exists already."),
    "password_short": _l("Please choose a password of at least 10 characters."),
    "password_wrong": _l("This is not the present password."),
    "password_differs": _l("The two passwords are not the same."),
    "answer_missing": _l("Please choose an answer."),
    "same_contact": _l("A record cannot be merged into itself."),
    "other_account": _l("People of two accounts are not merged: merge the accounts first."),
    "same_account": _l("An account cannot be merged into itself."),
    "sample_mixed": _l("Sample data is never mixed with real records."),
    "main_missing": _l("Please choose which of the two is the main one."),
    "text.required": _l("This answer needs a reason in words."),
    "until.required": _l("This answer needs a date: from when on is another try worth it?"),
    "until.past": _l("The date to come back must lie in the future."),
    "account.excluded": _l("This account is excluded: nobody is sent there."),
    "roles_known": _l("Somebody is known for every role a purchase needs."),
    "product_id.unknown": _l("Please choose one of your products."),
    "too_few_tries": _l("Log at least three calls or visits before saying that nobody can be reached."),
    "name.name": _l("Please give the segment a name of at most 100 signs."),
    "sender_address.missing": _l("The sender's postal address is missing. Mails must name it: set ABM_SENDER_ADDRESS."),
}


def label_values(app: Flask) -> None:
    """Give templates {{ account.stage|label("Stage") }} and options("Stage") for choices."""
    # Marked as asking its surroundings: else a word written out in a template would be said once, in whatever
    # language its first reader had, and to everybody.
    app.jinja_env.filters["label"] = pass_context(lambda _context, value, kind: label(value, kind))
    app.jinja_env.globals["options"] = options


def label(value: str | None, kind: str) -> str:
    """The word for a value of the enum of that name, in the reader's language."""
    if value is None:
        return ""
    return str(BY_NAME[kind].get(value, value))


def options(kind: str) -> list[tuple[str, str]]:
    """Every value of the enum of that name with its word, for a choice."""
    return [(value, str(text)) for value, text in BY_NAME[kind].items()]


def problem(error: AbmError) -> str:
    """What a reader is told about an error."""
    if isinstance(error, Invalid):
        for key in (f"{error.field}.{error.code}", error.code):
            if key in PROBLEMS:
                return str(PROBLEMS[key])
    return str(error) or _("Something in the input cannot be accepted.")
