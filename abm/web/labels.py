"""The words of the product as pages show them: one label for every value of every enum a reader meets."""

from enum import StrEnum

from flask import Flask
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from jinja2 import pass_context

from abm.errors import AbmError, Invalid
from abm.web.labels_bounces import BOUNCED
from abm.web.labels_channels import CHANNELS
from abm.web.labels_imports import IMPORTED
from abm.web.labels_inbound import INBOUND
from abm.web.labels_mails import WRITTEN
from abm.web.labels_nurture import NURTURED
from abm.web.labels_privacy import PRIVATE
from abm.web.labels_records import RECORDED
from abm.web.labels_replays import REPLAYED
from abm.web.labels_reports import REPORTED
from abm.web.labels_simulations import SIMULATED
from abm.web.labels_site import SITE
from abm.web.labels_sold import SOLD
from abm.web.labels_tasks import TASKS
from abm.web.labels_timeline import TOLD
from abm.web.labels_tracking import TRACKED
from abm.words import ApiScope, Language, Role

# Members of different enums may be equal as text ("open"), so every enum has a table of its own.
LABELS: dict[type[StrEnum], dict[str, LazyString]] = {
    **BOUNCED,
    **CHANNELS,
    **IMPORTED,
    **INBOUND,
    **NURTURED,
    **PRIVATE,
    **RECORDED,
    **REPLAYED,
    **REPORTED,
    **SIMULATED,
    **SITE,
    **SOLD,
    **TASKS,
    **TOLD,
    **TRACKED,
    **WRITTEN,
    ApiScope: {ApiScope.ENROLL: _l("Take people on into sequences")},
    Language: {Language.JAPANESE: _l("Japanese"), Language.ENGLISH: _l("English")},
    Role: {
        Role.ADMIN: _l("Administrator"),
        Role.MARKETER: _l("Marketer"),
        Role.SALES: _l("Sales"),
        Role.VIEWER: _l("Viewer"),
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
    "unkept": _l("A sign or number in it cannot be kept. Go back, take it out and send it again."),
    "same_contact": _l("A record cannot be merged into itself."),
    "other_account": _l("People of two accounts are not merged: merge the accounts first."),
    "same_account": _l("An account cannot be merged into itself."),
    "sample_mixed": _l("Sample data is never mixed with real records."),
    "main_missing": _l("Please choose which of the two is the main one."),
    "text.required": _l("This answer needs a reason in words."),
    "until.required": _l("This answer needs a date: from when on is another try worth it?"),
    "until.past": _l("The date to come back must lie in the future."),
    "until.far": _l("The date to come back must lie within a hundred years."),
    "text.too_long": _l("This is too long."),
    "account.excluded": _l("This account is excluded: nobody is sent there."),
    "roles_known": _l("Somebody is known for every role a purchase needs."),
    "product_id.unknown": _l("Please choose one of your products."),
    "too_few_tries": _l("Log at least three calls or visits before saying that nobody can be reached."),
    "unknown_owner": _l("Please choose a user who can answer tasks."),
    "channel_title": _l("Please give the channel a name of at most 80 signs."),
    "channel_kind": _l("Please choose what kind of channel it is."),
    "channel_url": _l("The address must begin with https:// and hold no password."),
    "channel_slack": _l("This is no address of a Slack webhook. It begins with https://hooks.slack.com/services/"),
    "channel_teams": _l("This is no address of a Teams workflow. Copy it from the workflow “Post to a channel”."),
    "channel_since": _l("Please say since when."),
    "mail_name": _l("Give a short name of small letters a-z, digits, - and _."),
    "mail_known": _l("There is a mail of this name in this language already."),
    "mail_subject": _l("A mail needs a subject."),
    "mail_long": _l("Subject and preheader have at most 500 signs."),
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
