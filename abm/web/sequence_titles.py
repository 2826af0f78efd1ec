"""What the fields of a sequence are called on its forms, and the words they can hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.web.condition_words import FIELD_TITLES
from abm.web.labels import BY_NAME, label
from abm.words import Field, TriggerKind

TITLES: Mapping[str, LazyString] = {
    "title": _l("Display name"),
    "goal": _l("Goal"),
    "describes": _l("Explanation"),
    "campaign": _l("Campaign"),
    "subject": _l("Who runs through it"),
    "priority": _l("Priority (1 goes first)"),
    "triggers": _l("Triggers"),
    "reentry": _l("Entering again"),
    "exits": _l("Ends for the whole account on"),
    "goals": _l("Goals"),
    "holdout": _l("Holdout"),
    "too_late": _l("Too late to send after"),
    "start": _l("First step"),
    "on": _l("Trigger"),
    "segment": _l("Segment"),
    "kinds": _l("What the person does"),
    "topic": _l("Topic"),
    "asset": _l("File"),
    "product": _l("Product"),
    "form": _l("Form"),
    "webinar": _l("Webinar"),
    "as": _l("Who of them"),
    "to": _l("Whom or where to"),
    "from": _l("Coming from"),
    "after": _l("Earliest after"),
    "most": _l("At most"),
    "percent": _l("Share (%)"),
    "key": _l("Key"),
    "when": _l("Condition"),
    "mail": _l("Mail"),
    "next": _l("Next step"),
    "if_late": _l("Next step when the time is over"),
    "if_yes": _l("Next step if yes"),
    "if_no": _l("Next step if no"),
    "swap": _l("Mail to send instead"),
    "topics": _l("Topics by link"),
    "roles": _l("Buying roles"),
    "new_only": _l("Only people this mail has not gone to"),
    "lasts": _l("Length of time"),
    "until": _l("What is waited for"),
    "of": _l("About the mail of"),
    "date": _l("Date"),
    "field": _l("Field"),
    "days": _l("Days before (−) or after (+)"),
    "window": _l("Window"),
    "weekdays": _l("Days of the week"),
    "fiscal": _l("Time of the fiscal year"),
    "did": _l("Something the person did"),
    "within": _l("Within"),
    "ways": _l("Ways"),
    "winner": _l("Winner"),
    "by": _l("Compared by"),
    "set": _l("Fill in fields"),
    "add_tag": _l("Add a tag"),
    "remove_tag": _l("Remove a tag"),
    "stage": _l("Stage"),
    "owner": _l("Owner"),
    "add_to": _l("Add to a list"),
    "remove_from": _l("Remove from a list"),
    "add": _l("Add"),
    "mute": _l("Mute"),
    "body": _l("Text"),
    "text": _l("Text"),
    "due": _l("Due after"),
    "business_hours": _l("Business hours"),
    "channel": _l("Notification channel"),
    "sequence": _l("Sequence"),
    "contact.memo": _l("Memo"),
}
HINTS: Mapping[str, LazyString] = {
    "priority": _l("When caps on mails bite, the lower number goes first."),
    "reentry": _l("Left empty, nobody enters twice."),
    "holdout": _l("So many of a hundred accounts get nothing, to compare with."),
    "too_late": _l("A mail later than this after its time is skipped, for example after an outage."),
    "triggers": _l("Without a trigger people are taken on by hand."),
    "topics": _l("One line per link: address: [topic, topic]"),
}
UNIT_TITLES: Mapping[str, LazyString] = {
    "minutes": _l("minutes"),
    "hours": _l("hours"),
    "days": _l("days"),
    "weeks": _l("weeks"),
}
WEEKDAY_TITLES: Mapping[str, LazyString] = {
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
    "sun": _l("Sunday"),
}


def field_title(name: str) -> str:
    """What a field is called."""
    if name in TITLES:
        return str(TITLES[name])
    return str(FIELD_TITLES[Field(name)]) if name in set(Field) else name.rpartition(".")[2]


def field_hint(name: str) -> str:
    """What a reader should know before filling it in."""
    return str(HINTS.get(name, ""))


def unit_title(unit: str) -> str:
    """The word for a unit of time in a choice."""
    return str(UNIT_TITLES[unit])


def word_titles(name: str, words: Iterable[str]) -> list[tuple[str, str]]:
    """Words of a field with their titles."""
    if isinstance(words, type) and words.__name__ in BY_NAME:
        return [(str(word), label(word, words.__name__)) for word in words]
    if name == "on":
        return [(str(word), label(word, TriggerKind.__name__)) for word in words]
    if name == "weekdays":
        return [(word, str(WEEKDAY_TITLES[word])) for word in words]
    return [(str(word), field_title(str(word))) for word in words]


def way_title(way: str, variant: str = "") -> str:
    """What stands beside a way on."""
    if way.startswith("ways."):
        return variant
    return {"if_yes": _("yes"), "if_no": _("no"), "if_late": _("time over")}.get(way, "")


def way_letter(way: Mapping[str, Any]) -> str:
    """What a way of a split is called wherever it is named: A, B, C, as long as nobody gave it another key."""
    return str(way.get("key") or "").upper()
