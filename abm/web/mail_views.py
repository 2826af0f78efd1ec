"""How a mail reads: as a real contact gets it, wide and narrow, in the dark, and as plain text."""

from html import escape

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from abm.config import Settings
from abm.errors import Invalid
from abm.reports.mail_readers import find_reader, list_readers
from abm.web.access import requires
from abm.web.acts import settings, work
from abm.web.frames import shut_in
from abm.web.labels_mails import say_fault
from abm.web.mails import read_language
from abm.words import Language, Role
from campaigns.addressing import Recipient
from campaigns.compile import Compiled, rewritten
from campaigns.mail_templates import compile_written, get_written
from campaigns.mime import one_line
from campaigns.preview import Filling
from campaigns.readers import read_reader

bp = Blueprint("mail_views", __name__, url_prefix="/mails")

# As mail programs do it that turn every mail dark: colours inverted, pictures left alone.
DARK = (
    "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img,[background]{filter:invert(1) hue-rotate(180deg)}</style>"
)
NOBODY = Recipient("", "")


@bp.get("/<name>/<language>/preview")
@requires(Role.VIEWER)
def show(name: str, language: str) -> ResponseReturnValue:
    """The mail in every look, as one contact reads it."""
    fault, subject, text = "", "", ""
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
        contact = find_reader(act.session, request.args.get("contact", ""))
        readers = list_readers(act.session)
        who = read_reader(act.session, contact.id, act.at) if contact else NOBODY
    try:
        compiled = compile_written(mail)
        filling = make_filling(settings(), mail.language, who)
        subject, text = one_line(filling.fill(compiled.subject)), filling.fill(_leading(compiled.text, compiled))
    except Invalid as error:
        fault = say_fault(error)
    return render_template(
        "mails/preview.html",
        mail=mail,
        contact=contact,
        readers=readers,
        subject=subject,
        text=text,
        fault=fault,
    )


@bp.get("/<name>/<language>/body")
@requires(Role.VIEWER)
def body(name: str, language: str) -> Response:
    """The mail's own page, for a frame."""
    with work() as act:
        mail = get_written(act.session, name, read_language(language))
        contact = find_reader(act.session, request.args.get("contact", ""))
        who = read_reader(act.session, contact.id, act.at) if contact else NOBODY
    try:
        compiled = compile_written(mail)
    except Invalid as error:
        return shut_in(f"<p>{escape(say_fault(error))}</p>")
    leading = _leading(compiled.html, compiled, in_html=True)
    html = make_filling(settings(), mail.language, who).fill(leading, in_html=True)
    return shut_in(_darkened(html) if request.args.get("dark") else html)


def make_filling(installation: Settings, language: Language, who: Recipient) -> Filling:
    """What this contact would read; links of their own lead nowhere, for nobody got the mail."""
    fixed = {
        "sender.name": one_line(installation.sender_name),
        "sender.mail": installation.sender_mail,
        "sender.address": one_line(installation.sender_address),
        "stop_url": "#",
        "why_url": "#",
        "base": "#",
        "honeypot": "",
        "pixel": "",
    }
    return Filling(fixed, who, language)


def _leading(text: str, compiled: Compiled, *, in_html: bool = False) -> str:
    """The text with its links as they were written, so that they can be tried."""
    for link in compiled.links:
        text = text.replace(rewritten(link), escape(link.url) if in_html else link.url)
    return text


def _darkened(html: str) -> str:
    head = html.lower().find("</head>")
    return DARK + html if head < 0 else html[:head] + DARK + html[head:]
