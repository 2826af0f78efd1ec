"""The doors with a form: inquiries at /f/<key>, and files that ask who wants them.

Nobody is refused for looking like a machine: a trap field and the time it took mark the hit, and the verdict
does the rest. Whoever came for a file gets it whatever was filled in and whatever is down.
"""

import re
from typing import Any
from unicodedata import normalize

from abm.clock import host_time
from abm.tokens import Token
from abm.words import FormField, HitKind, Language
from tracking import answers
from tracking.answers import Answer
from tracking.board import FormFacts
from tracking.desk import Desk, accept, fill, show, unknown
from tracking.hit import Hit, new_hit_id
from tracking.intake import Asked, clean, take_more
from tracking.links import FileFacts
from tracking.pages import Filled, Page
from tracking.posted import first, posted_fields

# Nobody writes a name and an address faster; programs that fill in fields for their people are not that fast either.
TOO_FAST_SECONDS = 2
LONGEST_VALUE, LONGEST_MESSAGE = 200, 4_000
ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}\.[^@\s.,;<>\"]{2,}")
TRAP = "website"


def show_form(desk: Desk, asked: Asked) -> Answer:
    """The page of a form; looking at it is no event."""
    form = desk.board.form(asked.token)
    return form_page(desk, form, spoken(desk, asked)) if form else unknown(desk)


def take_form(desk: Desk, asked: Asked) -> Answer:
    """Keep what was filled in; what is required is asked for again, and who cannot be heard is told so."""
    form = desk.board.form(asked.token)
    if form is None:
        return unknown(desk)
    language, posted = spoken(desk, asked), posted_fields(asked.body)
    if _lacks(form, posted) or _mistyped(form, posted):
        return form_page(desk, form, language, posted)
    hit_id = note_form(desk, asked, form, posted, language)
    if hit_id is None:
        return show(desk, "503 Service Unavailable", Page.UNSAVED, language)
    return fill(desk, "200 OK", Filled.THANKS, language, hit_id)


def form_page(
    desk: Desk,
    form: FormFacts,
    language: Language,
    posted: dict[str, list[str]] | None = None,
    hit_id: str | None = None,
) -> Answer:
    """The form to fill in, with what was filled in before when something was missing."""
    return fill(
        desk,
        "200 OK" if posted is None else "422 Unprocessable Content",
        Filled.FORM,
        language,
        hit_id,
        heading=form.text(form.title, language),
        intro=form.text(form.intro, language),
        fields=[(name.value, required) for name, required in form.fields],
        values={name.value: first(posted or {}, name)[:LONGEST_MESSAGE] for name, _ in form.fields},
        missing=posted is not None and _lacks(form, posted),
        mistyped=posted is not None and _mistyped(form, posted),
        consent=form.text(form.consent, language),
        version=form.version,
        shown_at=int(host_time().timestamp()),
        button=_BUTTONS[form.kind == "download"][language],
    )


def has_said(form: FormFacts, posted: dict[str, list[str]]) -> bool:
    """Whether anything at all was filled in."""
    return any(first(posted, name).strip() for name, _ in form.fields)


def note_form(
    desk: Desk,
    asked: Asked,
    form: FormFacts,
    posted: dict[str, list[str]],
    language: Language,
    token: Token | None = None,
) -> str | None:
    """The hit's id once what was filled in lies in the spool."""
    hit = take_more(
        asked,
        HitKind.FORM,
        _said(form, posted, language),
        new_hit_id(),
        desk.offset.now(),
        message_key=token.message_key if token else None,
        link_key=token.link_key if token else None,
    )
    return accept(desk, hit._replace(honeypot=_is_trapped(posted)) if isinstance(hit, Hit) else hit)


def spoken(desk: Desk, asked: Asked) -> Language:
    """The language a visitor asks for: in the address, else by the browser."""
    wanted = asked.query.removeprefix("lang=")
    if wanted in set(Language):
        return Language(wanted)
    accepted = (part[:2].lower() for part in asked.headers.get("accept-language", "")[:200].replace(" ", "").split(","))
    return next((Language(one) for one in accepted if one in set(Language)), desk.language)


def file_of(desk: Desk, file: FileFacts, language: Language, hit_id: str | None) -> Answer:
    """What the reader came for."""
    content = desk.links.content(file)
    if content is None:
        return show(desk, "503 Service Unavailable", Page.LATER, language, hit_id)
    return answers.download(file, content, hit_id)


def _said(form: FormFacts, posted: dict[str, list[str]], language: Language) -> dict[str, Any]:
    """What was filled in, as the hit carries it; an address that cannot be one is kept as it was typed."""
    said: dict[str, Any] = {"form": form.key, "language": language.value}
    for name, _ in form.fields:
        if value := _value(name, first(posted, name)):
            said[_name_of(name, value)] = value
    if version := first(posted, "consent"):
        # What was ticked is what was shown: a page may have lain open while the text was changed.
        is_present = version == str(form.version)
        said["consent"] = form.text(form.consent, language) if is_present else "(an earlier text)"
        said["consent_version"] = clean(version, 10)
    return said


def _lacks(form: FormFacts, posted: dict[str, list[str]]) -> bool:
    return any(required and not first(posted, name).strip() for name, required in form.fields)


def _mistyped(form: FormFacts, posted: dict[str, list[str]]) -> bool:
    """Is there an address that can be none? Whoever asks would wait for an answer in vain."""
    mail = _value(FormField.MAIL, first(posted, FormField.MAIL)) if FormField.MAIL in dict(form.fields) else ""
    return bool(mail) and ADDRESS.fullmatch(mail) is None


def _value(name: FormField, typed: str) -> str:
    if name is FormField.MESSAGE:
        lines = typed.replace("\r\n", "\n").split("\n")
        return "\n".join(clean(line, LONGEST_MESSAGE) for line in lines)[:LONGEST_MESSAGE].strip()
    value = clean(typed, LONGEST_VALUE).strip()
    return normalize("NFKC", value).replace(" ", "") if name is FormField.MAIL else value


def _name_of(name: FormField, value: str) -> str:
    return "mail_typed" if name is FormField.MAIL and not ADDRESS.fullmatch(value) else name.value


def _is_trapped(posted: dict[str, list[str]]) -> bool:
    if first(posted, TRAP):
        return True
    shown_at = first(posted, "shown_at")
    took = host_time().timestamp() - int(shown_at) if shown_at.isascii() and shown_at.isdecimal() else TOO_FAST_SECONDS
    return 0 <= took < TOO_FAST_SECONDS


_BUTTONS = {
    True: {Language.JAPANESE: "資料をダウンロード", Language.ENGLISH: "Download"},
    False: {Language.JAPANESE: "送信する", Language.ENGLISH: "Send"},
}
