"""Compiling a mail as it lies on disk, for whoever writes it: what became of its links, and how it reads filled in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from abm.errors import Invalid, NotFound
from abm.words import Language
from campaigns.addressing import Recipient, merge_values
from campaigns.compile import Compiled, MailSource, compile_mail
from campaigns.mails import read_source, read_text
from campaigns.mime import one_line
from campaigns.placeholders import is_own, split

# Fields of a person that a mail may say, by their names in the data.
PERSON = ("full_name", "family_name", "given_name", "title", "department")
SENDER = ("name", "mail", "address")
LANG = re.compile(r"<html[^>]*\blang\s*=\s*[\"']?([a-z]{2})", re.IGNORECASE)
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def compile_file(
    place: Path, *, language: Language | None = None, data: Mapping[str, Any] | None = None, base: str | None = None
) -> dict[str, Any]:
    """What `abm mail compile` answers about a page or a mail's folder; needs no installation."""
    folder = _folder_in(place, language) if place.is_dir() else place
    source = read_source(folder) if folder.is_dir() else _read_page(folder)
    language = language or _language_of(folder, source)
    compiled = compile_mail(source, language)
    return _told(compiled, _fillers(language, data or {}, base))


def _folder_in(place: Path, language: Language | None) -> Path:
    """The folder itself, or the one of a language within it."""
    if (place / "body.html").exists() or (place / "body.mjml").exists():
        return place
    found = [one for one in ([language] if language else Language) if (place / one).is_dir()]
    if not found:
        raise Invalid(f"{place} holds no mail: body.html or body.mjml, subject.txt and body.txt", field="folder")
    return place / found[0]


def _read_page(file: Path) -> MailSource:
    """A page by itself; its title serves as subject."""
    if not file.exists():
        raise NotFound(f"there is no file or folder {file}")
    page = read_text(file)
    title = TITLE.search(page)
    return MailSource(title.group(1) if title else None, page, is_mjml=file.suffix.lower() == ".mjml")


def _language_of(folder: Path, source: MailSource) -> Language:
    """As the folder is called, else as the page says, else Japanese."""
    said = LANG.search(source.html)
    for name in (folder.name, said and said.group(1).lower()):
        if name in set(Language):
            return Language(name)
    return Language.JAPANESE


def _told(compiled: Compiled, fillers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subject": one_line(_fill(compiled.subject, fillers, str)),
        "html": (html := _fill(compiled.html, fillers, escape)),
        "text": _fill(compiled.text, fillers, str),
        "links": [{"n": link.n, "url": link.url, "place": link.place} for link in compiled.links],
        "left_alone": list(compiled.left_alone),
        "placeholders": [name for name in compiled.placeholders if not is_own(name)],
        "pixel": compiled.pixel,
        "honeypot": compiled.honeypot,
        "bytes": len(html.encode()),
        "warnings": [asdict(warning) for warning in compiled.warnings],
    }


def _fillers(language: Language, data: Mapping[str, Any], base: str | None) -> dict[str, str]:
    """What is known without sending: where links lead, and what the data says of person, account and sender."""
    contact, account, sender = (_table(data, name) for name in ("contact", "account", "sender"))
    fillers = {f"sender.{name}": one_line(sender[name]) for name in SENDER if name in sender}
    if contact or account:
        said = {name: one_line(contact[name]) for name in PERSON if name in contact}
        who = Recipient(contact.get("email", ""), one_line(account.get("name", "")), **said)
        fillers |= merge_values(who, language)
    if base is not None:
        fillers["base"] = _checked(base)
    return fillers


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, str]:
    table = data.get(name, {})
    if not isinstance(table, Mapping):
        raise Invalid(f"{name} must be a mapping of names and texts", field=f"data.{name}", code="not_a_mapping")
    return {key: str(value) for key, value in table.items() if value is not None}


def _checked(base: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"'<>{}]+", base):
        raise Invalid("give an address such as https://mail.firm.co.jp", field="base", code="not_an_address")
    return base.rstrip("/")


def _fill(text: str, fillers: Mapping[str, str], write: Callable[[str], str]) -> str:
    """Known placeholders as they will read; the others stay as they were typed."""
    parts = split(text)
    if not fillers:
        return text
    for index in range(1, len(parts), 2):
        name = parts[index]
        parts[index] = write(fillers[name]) if name in fillers else f"{{{{{name}}}}}"
    return "".join(parts)
