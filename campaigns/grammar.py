"""The grammar of sequence documents: what each part may hold, said once for checking and for the JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from abm.conditions.fields import FIELDS, ValueKind
from abm.words import (
    BuyingRole,
    Deed,
    EventKind,
    ExitCause,
    FlawCode,
    Language,
    NotifyTo,
    SequenceSubject,
    Stage,
    StepKind,
    Tier,
    TriggerKind,
    WebinarPart,
    WinnerBy,
)
from campaigns.flaws import Flaw, join, shown
from campaigns.shapes import (
    Anything,
    Asked,
    Day,
    Duration,
    Flag,
    Kinds,
    Name,
    Number,
    Opening,
    Pointer,
    Several,
    Shape,
    Table,
    Text,
    Titles,
    Word,
)

# The records' own fields that a step may fill in; an installation's own fields are named contact.custom.CODE.
SETTABLE: Mapping[str, Shape] = {
    "contact.buying_role": Word(BuyingRole),
    "contact.title": Text(200),
    "contact.memo": Text(),
    "contact.language": Word(Language),
    "account.tier": Word(Tier),
    "account.industry": Text(200),
}
CUSTOM_SETTABLE = ("contact.custom.", "account.custom.")
DAYS = tuple(str(name) for name, rule in FIELDS.items() if rule.kind is ValueKind.DAY)
HUNDRED = 100
ACTS = ("set", "add_tag", "remove_tag", "topic", "stage", "owner", "add_to", "remove_from")


def _check_fields(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    for name, value in table.items():
        if name in SETTABLE:
            yield from SETTABLE[name].flaws(value, join(place, name))
        elif not str(name).startswith(CUSTOM_SETTABLE):
            known = ", ".join((*SETTABLE, *(f"{one}CODE" for one in CUSTOM_SETTABLE)))
            yield Flaw(place, FlawCode.UNKNOWN, {"given": shown(name), "known": known})


def _check_day_field(value: Any, place: str) -> Iterator[Flaw]:
    if not (isinstance(value, str) and value.startswith(CUSTOM_SETTABLE)):
        yield from Word(DAYS).flaws(value, place)


def _check_until(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    if table.get("field") is not None:
        yield from _check_day_field(table["field"], join(place, "field"))


def _check_wait(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    """A time, an event with its time-out, a day, or a window."""
    until, window, lasts = (table.get(name) for name in ("until", "window", "lasts"))
    for_event = isinstance(until, Mapping) and until.get("kinds") is not None
    if (until is not None) + (window is not None) + (lasts is not None and not for_event) != 1:
        if until is None and window is None:
            yield Flaw(join(place, "lasts"), FlawCode.MISSING)
        else:
            yield Flaw(place, FlawCode.NOT_ONE_OF, {"known": "lasts, until, window"})
    elif for_event and lasts is None:
        yield Flaw(join(place, "lasts"), FlawCode.MISSING)


def _check_branch(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    if table.get("did") is not None and table.get("within") is None:
        yield Flaw(join(place, "within"), FlawCode.MISSING)


def _check_ways(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    """Every way has a key of its own, and together they are everybody."""
    ways = table.get("ways")
    if not isinstance(ways, list) or not all(isinstance(way, Mapping) for way in ways):
        return
    keys = [way.get("key") for way in ways]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield Flaw(f"{place}.ways.{number}", FlawCode.TWICE)
    percents = [way.get("percent") for way in ways]
    if all(isinstance(percent, int | float) for percent in percents) and round(sum(percents), 6) != HUNDRED:
        yield Flaw(join(place, "ways"), FlawCode.PERCENT_SUM, {"given": round(sum(percents), 6)})


def _check_topics(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    """What links are about, by their addresses."""
    given, place = table.get("topics"), join(place, "topics")
    if given is not None:
        yield from Table({}).flaws(given, place)
    for address, topics in given.items() if isinstance(given, Mapping) else ():
        yield from Several(Text(200), least=0).flaws(topics, join(place, address))


def _check_notify(table: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    if table.get("to") == NotifyTo.CHANNEL and table.get("channel") is None:
        yield Flaw(join(place, "channel"), FlawCode.MISSING)


POINTER = Pointer()
KINDS = Several(Word(EventKind))
TRIGGERS: Mapping[str, Table] = {
    TriggerKind.HAND: Table({}),
    TriggerKind.IMPORT: Table({}),
    TriggerKind.API: Table({}),
    TriggerKind.SEGMENT: Table({"segment": Text()}, ("segment",)),
    TriggerKind.EVENT: Table({"kinds": KINDS, "topic": Text(), "asset": Text(), "product": Text()}, ("kinds",)),
    TriggerKind.FORM: Table({"form": Text()}),
    TriggerKind.WEBINAR: Table({"webinar": Text(), "as": Several(Word(WebinarPart))}, ("as",)),
    TriggerKind.STAGE: Table({"to": Several(Word(Stage)), "from": Several(Word(Stage))}, ("to",)),
    TriggerKind.NEW_CONTACT: Table({}),
}
TO = Table(
    {"roles": Several(Word(BuyingRole)), "new_only": Flag(), "most": Number(1, 1_000)},
    ("roles",),
)
UNTIL = Table(
    {
        "kinds": KINDS,
        "of": POINTER,
        "topic": Text(),
        "date": Day(),
        "field": Text(),
        "days": Number(-3_650, 3_650),
    },
    one_of=("kinds", "date", "field"),
    also=_check_until,
)
TOPIC = Table({"add": Text(200), "mute": Text(200)}, one_of=("add", "mute"))
WAY = Table({"key": Name(), "percent": Number(0, HUNDRED, whole=False), "next": POINTER}, ("key", "percent"))
WINNER = Table({"by": Word(WinnerBy), "after": Duration()}, ("by", "after"))
DUE = Table({"business_hours": Number(1, 1_000), "days": Number(1, 1_000)}, one_of=("business_hours", "days"))

# What every step has beside its own.
COMMON: Mapping[str, Shape] = {"key": Name(), "title": Titles()}


def _step(fields: Mapping[str, Shape], needed: tuple[str, ...] = (), **more: Any) -> Table:
    return Table({**COMMON, **fields}, ("key", *needed), **more)


STEPS: Mapping[str, Table] = {
    StepKind.MAIL: _step(
        {
            "mail": Name(),
            "next": POINTER,
            "to": TO,
            "swap": Name(),
            "too_late": Duration(),
            "topics": Anything(),
            "product": Text(),
        },
        ("mail",),
        also=_check_topics,
    ),
    StepKind.WAIT: _step(
        {"lasts": Duration(), "until": UNTIL, "window": Opening(), "next": POINTER, "if_late": POINTER},
        also=_check_wait,
        said={"anyOf": [{"required": [name]} for name in ("lasts", "until", "window")]},
    ),
    StepKind.BRANCH: _step(
        {
            "did": Word(Deed),
            "of": POINTER,
            "within": Duration(),
            "when": Asked(),
            "if_yes": POINTER,
            "if_no": POINTER,
        },
        one_of=("did", "when"),
        also=_check_branch,
    ),
    StepKind.SPLIT: _step({"ways": Several(WAY, least=2), "winner": WINNER}, ("ways",), also=_check_ways),
    StepKind.ACTION: _step(
        {
            "set": Table({}, also=_check_fields),
            "add_tag": Text(100),
            "remove_tag": Text(100),
            "topic": TOPIC,
            "stage": Word(Stage),
            "owner": Text(),
            "add_to": Text(),
            "remove_from": Text(),
            "next": POINTER,
        },
        one_of=ACTS,
    ),
    StepKind.TASK: _step({"body": Titles(loose=True), "due": DUE, "next": POINTER}, ("title",)),
    StepKind.NOTIFY: _step(
        {"to": Word(NotifyTo), "channel": Text(), "text": Titles(loose=True), "next": POINTER},
        ("to", "text"),
        also=_check_notify,
    ),
    StepKind.WEBHOOK: _step({"channel": Text(), "next": POINTER}, ("channel",)),
    StepKind.GOAL: _step({"goal": Name(), "next": POINTER}, ("goal",)),
    StepKind.JUMP: _step({"sequence": Name()}, ("sequence",)),
    StepKind.EXIT: _step({}),
}
STEP = Kinds("kind", STEPS)

GOAL = Table(
    {"key": Name(), "title": Titles(), "kinds": KINDS, "topic": Text(), "when": Asked()},
    ("key",),
    one_of=("kinds", "when"),
)
FILES = Table({language.value: Text(200) for language in Language})
ASSET = Table(
    {
        "name": Name(),
        "title": Titles(),
        "file": FILES,
        "topics": Several(Text(200), least=0),
        "product": Text(),
        "premium": Flag(),
    },
    ("name", "file"),
)
ASSETS = Several(ASSET, least=0)
HEAD = Table(
    {
        "name": Name(),
        "title": Titles(),
        "goal": Titles(loose=True),
        # When to use it, and what to change first.
        "describes": Titles(loose=True),
        "campaign": Text(),
        "subject": Word(SequenceSubject),
        "priority": Number(1, 9),
        "triggers": Several(Kinds("on", TRIGGERS)),
        "reentry": Table({"after": Duration(), "most": Number(1, 1_000)}, ("after",)),
        "exits": Several(Word(ExitCause), least=0),
        "goals": Several(GOAL, least=0),
        "holdout": Table({"percent": Number(0, 90, whole=False)}, ("percent",)),
        "too_late": Duration(),
        "start": POINTER,
    },
    ("name", "title"),
)
