"""How changes of records, next actions and notices are said."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.customers.sheets import BY_NOUN, Field
from abm.reports.history import FieldChange, RecordChange
from abm.reports.working import NoticeRow
from abm.web.i18n import day, money, month, number
from abm.web.labels import label
from abm.web.labels_sheets import field_title, noun
from abm.web.sentences import comma, titled
from abm.words import Holds, NoticeKind

ACTS = {
    ("account", "created"): _l("Account created"),
    ("account", "changed"): _l("Account changed"),
    ("account", "archived"): _l("Account archived"),
    ("account", "restored"): _l("Account restored"),
    ("department", "created"): _l("Department created"),
    ("department", "changed"): _l("Department changed"),
    ("department", "archived"): _l("Department archived"),
    ("department", "restored"): _l("Department restored"),
    ("contact", "created"): _l("Contact created"),
    ("contact", "changed"): _l("Contact changed"),
    ("contact", "archived"): _l("Contact archived"),
    ("contact", "restored"): _l("Contact restored"),
    ("contact", "erased"): _l("Contact erased"),
    ("contact", "merged"): _l("Record merged into another"),
    ("contact", "merge_undone"): _l("Merge of records undone"),
    ("contact", "not_the_same"): _l("Called two people"),
    ("contact", "asked_again"): _l("To be decided again"),
    ("account", "merged"): _l("Account merged into another"),
    ("account", "merge_undone"): _l("Merge of accounts undone"),
    ("account", "related"): _l("Noted as parent and subsidiary"),
    ("account", "not_the_same"): _l("Called not the same company"),
    ("account", "asked_again"): _l("To be decided again"),
    ("contact", "confirmed"): _l("Contact confirmed"),
    ("contact", "stale"): _l("Contact no longer trusted"),
    ("next_action", "created"): _l("Next action planned"),
    ("next_action", "done"): _l("Next action done"),
    ("next_action", "dropped"): _l("Next action dropped"),
    ("next_action", "replaced"): _l("Next action replaced"),
}
ACTS_OF_SHEETS = {
    "created": _l("%(noun)s created"),
    "changed": _l("%(noun)s changed"),
    "archived": _l("%(noun)s archived"),
    "restored": _l("%(noun)s restored"),
    "moved": _l("%(noun)s moved"),
    "went_on": _l("%(noun)s went on by itself"),
}
FIELDS = {
    "name": _l("Name of the record"),
    "full_name": _l("Full name"),
    "kana": _l("Kana"),
    "corporate_number": _l("Corporate number"),
    "postcode": _l("Postcode"),
    "prefecture": _l("Prefecture"),
    "address": _l("Address"),
    "phone": _l("Phone"),
    "no_phone_at": _l("Asked not to be phoned"),
    "industry": _l("Industry"),
    "employees": _l("Employees"),
    "revenue": _l("Yearly revenue"),
    "closing_month": _l("Closing month"),
    "domains": _l("Domains"),
    "parent_id": _l("Parent company"),
    "tier": _l("Tier"),
    "owner_id": _l("Owner"),
    "department_id": _l("Department"),
    "title": _l("Title"),
    "seniority": _l("Seniority"),
    "buying_role": _l("Buying role"),
    "job_function": _l("Job function"),
    "stale_reason": _l("Why it is not trusted"),
    "time_zone": _l("Time zone"),
    "email": _l("Mail address"),
    "language": _l("Language"),
    "memo": _l("Memo"),
    "people": _l("People"),
    "position": _l("Place in the order"),
}
# Fields whose values are words of an enum.
WORDS = {
    "tier": "Tier",
    "seniority": "Seniority",
    "buying_role": "BuyingRole",
    "job_function": "JobFunction",
    "stale_reason": "StaleReason",
    "language": "Language",
}
NOTHING = "–"


def tell_changes(app: Flask) -> None:
    """Give templates the filters that say changes and notices."""
    app.jinja_env.filters.update(
        tell_change=tell_change,
        field_name=field_name,
        field_value=field_value,
        say_value=say_value,
        tell_notice=tell_notice,
    )


def tell_change(change: RecordChange) -> str:
    """What was done."""
    sheet = BY_NOUN.get(change.subject)
    if sheet and change.act in ACTS_OF_SHEETS:
        return str(ACTS_OF_SHEETS[change.act]) % {"noun": noun(sheet)}
    return str(ACTS.get((change.subject, change.act), f"{change.subject}.{change.act}"))


def field_name(change: FieldChange) -> str:
    """The word for a field."""
    if field := _sheet_field(change):
        return field_title(BY_NOUN[change.subject], field)
    return str(FIELDS.get(change.field, change.field))


def field_value(change: FieldChange, side: str) -> str:
    """The old or the new value as the reader knows it."""
    value: Any = change.old if side == "old" else change.new
    if value in (None, "", []):
        return NOTHING
    if field := _sheet_field(change):
        return say_value(field, value)
    return label(str(value), WORDS[change.field]) if change.field in WORDS else str(value)


def say_value(field: Field, value: Any, currency: str = "JPY") -> str:
    """What a field of a sheet holds, as the reader knows it; also as an audit row keeps it."""
    if field.holds is Holds.WORD and field.words:
        return label(str(value), field.words.__name__)
    if field.holds is Holds.MONEY:
        return money(Decimal(value), currency)
    if field.holds is Holds.FLAG:
        return _("Yes") if value else _("No")
    if field.holds is Holds.LINES:
        return comma().join(value)
    if field.holds in (Holds.DAY, Holds.MONTH):
        moment = date.fromisoformat(value) if isinstance(value, str) else value
        return day(moment) if field.holds is Holds.DAY else month(moment)
    return number(value) if isinstance(value, int) else str(value)


def _sheet_field(change: FieldChange) -> Field | None:
    sheet = BY_NOUN.get(change.subject)
    return next((field for field in sheet.fields if field.name == change.field), None) if sheet else None


def tell_notice(notice: NoticeRow) -> str:
    """What a user should know."""
    if notice.kind == NoticeKind.CHANNEL_OFF:
        return _("%(name)s took no message for days and was switched off: see Settings.", name=notice.detail["channel"])
    if notice.kind == NoticeKind.SEQUENCE_BROKEN:
        return _(
            "%(name)s was paused: of its last %(sent)s mails %(bounced)s came back for good, and %(complaints)s people"
            " complained within 24 hours. Look at its list before you resume it.",
            **{**notice.detail, "name": titled(notice.detail["title"])},
        )
    if notice.kind == NoticeKind.STEP:
        return titled(notice.detail["text"])
    if notice.kind == NoticeKind.FIRST_HERE:
        return _("%(name)s was here before you: please talk to each other.", name=notice.about or NOTHING)
    return _("%(name)s now works here too: please talk to each other.", name=notice.about or NOTHING)
