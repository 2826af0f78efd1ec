"""Compiling a mail as it lies on disk, for whoever writes it: what became of its links, and how it reads filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

from abm.errors import Invalid, NotFound
from abm.words import Language
from campaigns.addressing import Recipient, known_values, with_words
from campaigns.blocks import chosen
from campaigns.checks import check_mail
from campaigns.compile import Compiled, MailSource, compile_mail
from campaigns.mail_templates import read_source, read_text
from campaigns.mime import one_line
from campaigns.placeholders import fallback_of, is_own, name_of, split

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
    told = _told(compiled, read_filling(language, data or {}, base))
    warnings = check_mail(source, compiled, language)
    return told | {"warnings": [{"code": one.code, "line": one.line, "message": one.message} for one in warnings]}


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


@dataclass(frozen=True)
class Filling:
    """What is known of a mail without sending it; placeholders of what is not known stay as they were typed."""

    fixed: Mapping[str, str]
    who: Recipient | None = None
    language: Language = Language.JAPANESE

    def fill(self, text: str, *, in_html: bool = False) -> str:
        """The text as this person reads it."""
        if self.who is None and not self.fixed:
            return text
        known = known_values(self.who, self.language) if self.who else {}
        merge = with_words(known, self.language) if known else {}
        parts = split(chosen(text, self.who) if self.who else text)
        for index in range(1, len(parts), 2):
            parts[index] = self._said(parts[index], known, merge, in_html=in_html)
        return "".join(parts)

    def _said(self, key: str, known: Mapping[str, str], merge: Mapping[str, str], *, in_html: bool) -> str:
        name, words = name_of(key), fallback_of(key)
        if name in self.fixed:
            said = self.fixed[name]
        elif name not in known:
            return f"{{{{{key}}}}}"
        elif words is None or known[name]:
            said = one_line(merge[name])
        else:
            # Within HTML they were written as such.
            said = unescape(words) if in_html else words
        return escape(said) if in_html else said


def _told(compiled: Compiled, filling: Filling) -> dict[str, Any]:
    return {
        "subject": one_line(filling.fill(compiled.subject)),
        "html": (html := filling.fill(compiled.html, in_html=True)),
        "text": filling.fill(compiled.text),
        "links": [{"n": link.n, "url": link.url, "place": link.place} for link in compiled.links],
        "left_alone": list(compiled.left_alone),
        "placeholders": [name for name in compiled.placeholders if not is_own(name)],
        "pixel": compiled.pixel,
        "honeypot": compiled.honeypot,
        "bytes": len(html.encode()),
    }


def read_filling(language: Language, data: Mapping[str, Any], base: str | None) -> Filling:
    """Where links lead, and what the data says of person, account and sender."""
    contact, account, sender = (_table(data, name) for name in ("contact", "account", "sender"))
    fixed = {f"sender.{name}": one_line(sender[name]) for name in SENDER if name in sender}
    if base is not None:
        fixed["base"] = _checked(base)
    if not contact and not account:
        return Filling(fixed, language=language)
    who = Recipient(
        email=contact.get("email", ""),
        account_name=one_line(account.get("name", "")),
        full_name=one_line(contact.get("full_name", "")),
        family_name=one_line(contact.get("family_name", "")),
        given_name=one_line(contact.get("given_name", "")),
        title=one_line(contact.get("title", "")),
        department=one_line(contact.get("department", "")),
        role=contact.get("role", ""),
        topics=frozenset(str(topic) for topic in data.get("contact", {}).get("topics") or ()),
    )
    return Filling(fixed, who, language)


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, str]:
    table = data.get(name, {})
    if not isinstance(table, Mapping):
        raise Invalid(f"{name} must be a mapping of names and texts", field=f"data.{name}", code="not_a_mapping")
    return {key: str(value) for key, value in table.items() if value is not None}


def _checked(base: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"'<>{}]+", base):
        raise Invalid("give an address such as https://mail.firm.co.jp", field="base", code="not_an_address")
    return base.rstrip("/")
