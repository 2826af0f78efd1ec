"""Mails: the list, one with its text, checks, links and versions, publishing it, and sending it to oneself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Contact
from abm.reports.mail_readers import find_reader, list_readers
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.i18n import current_language
from abm.web.labels import label, problem
from abm.web.labels_mails import REMEDIES, say_fault
from abm.words import Language, MailKind, Role
from campaigns.checks import check_mail
from campaigns.compile import Compiled, Warn
from campaigns.link_check import check_links
from campaigns.mail_templates import (
    STOPS_PUBLISHING,
    LinkAbout,
    MailText,
    Written,
    compile_written,
    create_mail,
    get_version,
    get_written,
    list_versions,
    list_written,
    publish_mail,
    save_mail_text,
)
from campaigns.mail_uses import list_uses
from campaigns.trial import plan_trial

bp = Blueprint("mails", __name__, url_prefix="/mails")

START = {
    MailKind.MJML: (
        '<mjml lang="{language}">\n  <mj-body background-color="#f3f4f6">\n'
        '    <mj-section background-color="#ffffff">\n      <mj-column>\n'
        "        <mj-text>{{{{contact.addressee}}}}</mj-text>\n        <mj-text></mj-text>\n"
        "      </mj-column>\n    </mj-section>\n  </mj-body>\n</mjml>\n"
    ),
    MailKind.HTML: (
        '<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8"></head>\n<body>\n'
        "<p>{{{{contact.addressee}}}}</p>\n</body>\n</html>\n"
    ),
    MailKind.TEXT: "",
}


@dataclass(frozen=True)
class Told:
    """One line of the checks."""

    title: str
    line: int
    sentence: str
    must_be_mended: bool


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Every mail in every language, where it stands, and which sequences send it."""
    with work() as act:
        mails, uses = list_written(act.session), list_uses(act.session)
    by_name: dict[str, list[Written]] = {}
    # What is one's own stands before what is ready-made.
    for mail in sorted(mails, key=lambda one: (one.is_library, one.name)):
        by_name.setdefault(mail.name, []).append(mail)
    return render_template("mails/index.html", rows=[_row(mails) for mails in by_name.values()], uses=uses)


def _row(languages: list[Written]) -> tuple[Written, list[Written]]:
    """The mail in the reader's language where there is one, and in all of them."""
    mine = next((mail for mail in languages if mail.language == current_language()), languages[0])
    return mine, sorted(languages, key=lambda mail: list(Language).index(mail.language))


@bp.get("/new")
@requires(Role.MARKETER)
def new() -> ResponseReturnValue:
    """A form for a new mail, or for a mail in a further language."""
    return _new_page(request.args, "")


@bp.post("")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """Begin a mail as a draft."""
    given = request.form
    language, kind = read_language(given.get("language", "")), _kind(given.get("kind", ""))
    body = START[kind].format(language=language)
    text = MailText(kind, given.get("subject", ""), body=body, text="{{contact.addressee}}\n" * (kind == "text"))
    try:
        with work() as act:
            mail = create_mail(
                act.session, given.get("name", "").strip(), language, text, at=act.at, by=current_user().id
            )
    except Invalid as error:
        return _new_page(given, problem(error)), 422
    return redirect(url_for("mails.show", name=mail.name, language=mail.language), 303)


@bp.get("/<name>/<language>")
@requires(Role.VIEWER)
def show(name: str, language: str) -> ResponseReturnValue:
    """One mail: its text, what the checks say, its links, its readers, its versions."""
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
        return _page(act.session, mail, mail.text)


@bp.get("/<name>/<language>/design")
@requires(Role.MARKETER)
def design(name: str, language: str) -> ResponseReturnValue:
    """The visual editor, for mails in MJML."""
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
    if mail.text.kind != MailKind.MJML:
        return redirect(url_for("mails.show", name=name, language=language), 303)
    page = render_template("mails/design.html", mail=mail)
    return page, {"Content-Security-Policy": EDITOR_POLICY}


@bp.post("/<name>/<language>")
@requires(Role.MARKETER)
def save(name: str, language: str) -> ResponseReturnValue:
    """Keep the text as the draft."""
    text = _read_text(request.form)
    seen = _read_moment(request.form.get("seen", ""))
    with work() as act:
        try:
            written = get_written(act.session, name, read_language(language))
            by = current_user().id
            save_mail_text(act.session, name, written.language, text, seen=seen, at=act.at, by=by)
        except (Invalid, Conflict) as error:
            act.session.rollback()
            return _page(act.session, written, text, error=_refusal(error)), 422
    flash(_("The draft was kept. Sequences go on with what was published."), "success")
    return _back(name, language)


@bp.post("/<name>/<language>/publish")
@requires(Role.MARKETER)
def publish(name: str, language: str) -> ResponseReturnValue:
    """Let sequences take the draft up from their next publishing on."""
    with work() as act:
        try:
            publish_mail(act.session, name, read_language(language), at=act.at, by=current_user().id)
        except (Invalid, Conflict) as error:
            act.session.rollback()
            mail = get_written(act.session, name, read_language(language))
            told = _refusal(error) if isinstance(error, Conflict) else _("Mend first what is red under Checks.")
            return _page(act.session, mail, mail.text, error=told), 422
    flash(_("Published. A sequence takes it up when it is published the next time."), "success")
    return _back(name, language)


@bp.post("/<name>/<language>/links")
@requires(Role.MARKETER)
def save_links(name: str, language: str) -> ResponseReturnValue:
    """Keep what the mail's links are about."""
    urls, topics = request.form.getlist("url"), request.form.getlist("topics")
    products = request.form.getlist("product")
    if not len(urls) == len(topics) == len(products):
        abort(400)
    about = {
        url: LinkAbout(tuple(_topics(said)), product.strip() or None)
        for url, said, product in zip(urls, topics, products, strict=True)
        if _topics(said) or product.strip()
    }
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
        seen = _read_moment(request.form.get("seen", ""))
        try:
            save_mail_text(
                act.session, name, mail.language, mail.text, seen=seen, at=act.at, by=current_user().id, links=about
            )
        except Conflict as error:
            return _page(act.session, mail, mail.text, error=_refusal(error)), 422
    flash(_("Kept. Clicks on these links count for the topics once the mail is published."), "success")
    return _back(name, language, "links")


@bp.post("/<name>/<language>/look-at-links")
@requires(Role.MARKETER)
def look_at_links(name: str, language: str) -> ResponseReturnValue:
    """Ask the addresses that the mail leads to, within seconds, and show which do not answer."""
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
    compiled = _compiled(mail)
    # Outside the act: other people's servers take their time.
    found = check_links(compiled.links, allow_private=settings().allow_private_targets) if compiled else []
    if not found:
        flash(_("Every link answers."), "success")
    with work() as act:
        return _page(act.session, mail, mail.text, found=found)


@bp.post("/<name>/<language>/trial")
@requires(Role.MARKETER)
def send_trial(name: str, language: str) -> ResponseReturnValue:
    """Send it to oneself, as it reads to the chosen contact."""
    try:
        with work() as act:
            mail = get_written(act.session, name, read_language(language))
            contact = _chosen(act.session)
            if contact is None:
                raise Invalid("choose a contact first", field="contact", code="reader_missing")
            domain = settings().sender_mail.rpartition("@")[2]
            plan_trial(act.session, mail, contact.id, current_user().email, domain, act.at)
    except Invalid as error:
        with work() as act:
            return _page(act.session, mail, mail.text, error=problem(error)), 422
    flash(_("On its way to %(mail)s. What you do in it counts nowhere.", mail=current_user().email), "success")
    return _back(name, language, contact=contact.id)


@bp.post("/<name>/<language>/restore/<int:number>")
@requires(Role.MARKETER)
def restore(name: str, language: str, number: int) -> ResponseReturnValue:
    """Take an earlier version over as the draft."""
    seen = _read_moment(request.form.get("seen", ""))
    with work() as act:
        old = get_version(act.session, name, read_language(language), number)
        try:
            save_mail_text(
                act.session,
                name,
                old.language,
                old.text,
                seen=seen,
                at=act.at,
                by=current_user().id,
                links=old.links or {},
            )
        except Conflict as error:
            mail = get_written(act.session, name, old.language)
            return _page(act.session, mail, mail.text, error=_refusal(error)), 422
    flash(_("Version %(number)s is the draft now.", number=number), "success")
    return _back(name, language)


# The editor writes styles of its own into the page and into its frame; scripts stay ours, and nothing calls out.
EDITOR_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: https:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


def _page(session: Session, mail: Written, text: MailText, *, error: str = "", found: list[Warn] | None = None) -> str:
    """The mail's page; `text` is what stands in its fields, kept or not."""
    fault, compiled = "", None
    try:
        compiled = compile_written(Written(mail.name, mail.language, text))
    except Invalid as refused:
        fault = say_fault(refused)
    warnings = check_mail(text.source, compiled, mail.language) if compiled else []
    reader = _chosen(session)
    return render_template(
        "mails/show.html",
        mail=mail,
        text=text,
        seen=mail.changed_at.isoformat() if mail.changed_at else "",
        compiled=compiled,
        links=_links(mail, compiled),
        told=list(dict.fromkeys(_tell(warning) for warning in [*warnings, *(found or [])])),
        fault=fault,
        error=error,
        reader=reader,
        readers=list_readers(session),
        versions=list_versions(session, mail.name, mail.language),
        uses=list_uses(session).get(mail.name, []),
        languages=[one.language for one in list_written(session) if one.name == mail.name],
    )


def _refusal(error: Invalid | Conflict) -> str:
    """Why something was not done: what others did meanwhile reads the same for every record."""
    if isinstance(error, Conflict):
        return _("Somebody changed this record meanwhile. Reload the page, look, and change it again.")
    return problem(error)


def _links(mail: Written, compiled: Compiled | None) -> list[tuple[str, str, str, LinkAbout]]:
    """Each address once: label, place and what it is about."""
    if compiled is None:
        return []
    first = {link.url: link for link in reversed(compiled.links)}
    urls = dict.fromkeys(link.url for link in compiled.links)
    return [(url, first[url].label, first[url].place.partition(":")[2], mail.about(url)) for url in urls]


def _tell(warning: Warn) -> Told:
    sentence = str(REMEDIES[warning.code]) % {"about": warning.about}
    title = label(warning.code, "MailWarning")
    return Told(title, warning.line, sentence, warning.code in STOPS_PUBLISHING)


def _compiled(mail: Written) -> Compiled | None:
    try:
        return compile_written(mail)
    except Invalid:
        return None


def _chosen(session: Session) -> Contact | None:
    """The contact to read as: the one asked for, else the first there is."""
    return find_reader(session, request.values.get("contact", ""))


def _new_page(given: Mapping[str, Any], error: str) -> str:
    return render_template(
        "mails/new.html",
        name=given.get("name", ""),
        subject=given.get("subject", ""),
        chosen=given.get("language") or current_language(),
        kind=given.get("kind") or MailKind.MJML,
        error=error,
    )


def _back(name: str, language: str, anchor: str | None = None, **values: Any) -> ResponseReturnValue:
    return redirect(url_for("mails.show", name=name, language=language, _anchor=anchor, **values), 303)


def read_language(text: str) -> Language:
    """The language of an address, or NotFound."""
    if text not in set(Language):
        raise NotFound("there is no such language")
    return Language(text)


def _kind(text: str) -> MailKind:
    return MailKind(text) if text in set(MailKind) else MailKind.MJML


def _read_text(form: Mapping[str, str]) -> MailText:
    return MailText(
        _kind(form.get("kind", "")),
        form.get("subject", ""),
        form.get("preheader", ""),
        form.get("body", "").replace("\r\n", "\n"),
        form.get("text", "").replace("\r\n", "\n"),
    )


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _topics(said: str) -> list[str]:
    parts = (part.strip() for part in said.replace("、", ",").replace("，", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))[:20]
