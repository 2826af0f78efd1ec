"""What the editor of a sequence shows: its steps with their ways and flaws, and what its forms offer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.reports.offers import Offers
from abm.web.labels import label
from abm.web.sentences import titled
from abm.web.sequence_form import Choice, Choices
from abm.web.sequence_words import Subjects, say_flaws, step_title, ways_in_words
from abm.words import StepKind
from campaigns.document import validate_document
from campaigns.draft_mails import unknown_mails
from campaigns.drafts import Draft
from campaigns.editing import start_of, steps_of, ways_of


def editor_state(session: Session, draft: Draft, subjects: Subjects) -> dict[str, Any]:
    """A draft as canvas and list show it, in the reader's language; plain data."""
    document = draft.document
    flaws = list(say_flaws([*validate_document(document), *unknown_mails(session, document)]))
    by_step: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for flaw in flaws:
        by_step[flaw["step"]].append(flaw)
    return {
        "name": draft.sequence.name,
        "etag": draft.etag,
        "number": draft.number,
        "published": draft.is_published,
        "document": draft.document,
        "start": start_of(draft.document),
        "nodes": [_node(step, subjects, by_step[step["key"]]) for step in steps_of(draft.document)],
        "flaws": flaws,
    }


def _node(step: Mapping[str, Any], subjects: Subjects, flaws: Sequence[Any]) -> dict[str, Any]:
    return {
        "key": step["key"],
        "kind": step["kind"],
        "word": label(step["kind"], "StepKind"),
        "title": step_title(step, subjects),
        "ways": [{"name": way.name, "word": way.word, "target": way.target} for way in ways_in_words(step)],
        "flaws": [flaw["text"] for flaw in flaws],
    }


def choices_of(document: Mapping[str, Any], offers: Offers) -> Choices:
    """What the forms of a document offer."""
    steps = steps_of(document)
    titles = [(step["key"], step_title(step, offers.subjects)) for step in steps]
    on = [("", _("End of the sequence")), *titles]
    mails = [(step["key"], title) for step, (_key, title) in zip(steps, titles, strict=True) if _is_mail(step)]
    pointers = {way.name for step in steps for way in ways_of(step)} | {"next", "if_yes", "if_no", "if_late"}
    goals = [one for one in document.get("goals") or () if isinstance(one, Mapping) and one.get("key")]
    names = offers.names
    return Choices(
        closed={
            **{name: on for name in pointers if "." not in name},
            "start": [("", _("The first in the list")), *titles],
            "of": _open(mails),
            "mail": _open(_mails(offers.subjects)),
            "swap": _open(_mails(offers.subjects)),
            "segment": _open([(name, name) for name in offers.segments.conditions]),
            "add_to": _open([(name, name) for name in offers.segments.lists]),
            "remove_from": _open([(name, name) for name in offers.segments.lists]),
            "channel": _open(names["channel"]),
            "owner": _open(names["owner"]),
            "sequence": _open(names["sequence"]),
            "goal": _open([(one["key"], titled(one.get("title"), one["key"])) for one in goals]),
            "form": _open([(key, titled(dict(title), key)) for key, title in offers.forms]),
        },
        usual={
            **{name: names[name] for name in ("topic", "product", "webinar", "campaign", "asset")},
            "add": names["topic"],
            "mute": names["topic"],
            "condition": [(name, name) for name in offers.segments.conditions],
        },
        customs=offers.customs,
    )


def places_to_add(document: Mapping[str, Any], subjects: Subjects) -> list[Choice]:
    """Where a new step can go: on each way of each step, or on its own."""
    found = [
        (f"{step['key']}|{way.name}", _("After “%(step)s”", step=_with_way(step_title(step, subjects), way.word)))
        for step in steps_of(document)
        for way in ways_in_words(step)
    ]
    return [*found, ("", _("On its own, connected later") if found else _("As the first step"))]


def _with_way(title: str, word: str) -> str:
    return f"{title}: {word}" if word else title


def _mails(subjects: Subjects) -> list[Choice]:
    by_mail: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for (name, language), subject in subjects.items():
        by_mail[name][language] = subject
    return [(name, f"{titled(languages, name)} ({name})") for name, languages in by_mail.items()]


def _open(options: Sequence[Choice]) -> list[Choice]:
    return [("", _("Choose")), *options]


def _is_mail(step: Mapping[str, Any]) -> bool:
    return bool(step["kind"] == StepKind.MAIL)
