"""The local mailbox: mails that never left the machine, shown without letting them touch the page."""

from unicodedata import east_asian_width

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from abm.reports.mailbox import list_caught_mails, read_mail
from abm.web.access import requires
from abm.web.acts import settings, work
from abm.web.asked import asked_page, fragment
from abm.web.frames import shut_in
from abm.words import Role

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

# How the text part's length tells the height of the HTML part in pixels, measured on the mails of the library.
COLUMNS_PER_ROW = 70
ROW_HEIGHT = 29
MARGINS = 40


@bp.before_request
def only_locally() -> None:
    """A mailbox exists while it is what catches the mail."""
    if not settings().local_mailbox:
        abort(404)


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The caught mails, newest first."""
    search = request.args.get("q", "")
    with work() as act:
        found = list_caught_mails(act.session, search, asked_page())
    template = "mailbox/_list.html" if fragment() else "mailbox/index.html"
    return render_template(template, search=search, found=found)


@bp.get("/<int:number>")
@requires(Role.VIEWER)
def show(number: int) -> ResponseReturnValue:
    """One mail: as the recipient sees it, as text, and as it came."""
    with work() as act:
        mail = read_mail(act.session, number)
    source = mail.raw.decode("utf-8", "replace")
    return render_template("mailbox/show.html", mail=mail, source=source, height=frame_height(mail.text))


@bp.get("/<int:number>/body")
@requires(Role.VIEWER)
def body(number: int) -> ResponseReturnValue:
    """The mail's own page, for the frame."""
    with work() as act:
        mail = read_mail(act.session, number)
    return shut_in(mail.html)


@bp.get("/<int:number>/source")
@requires(Role.VIEWER)
def source(number: int) -> ResponseReturnValue:
    """The mail as it came."""
    with work() as act:
        mail = read_mail(act.session, number)
    headers = {"Content-Disposition": f'attachment; filename="{number}.eml"'}
    return Response(mail.raw, content_type="message/rfc822", headers=headers)


def frame_height(text: str) -> int:
    """About as high as the mail is on a wide screen: its page is shut in too well for the one around it to measure."""
    rows = sum(max(1, -(-_columns(line) // COLUMNS_PER_ROW)) for line in text.splitlines())
    return MARGINS + rows * ROW_HEIGHT


def _columns(line: str) -> int:
    return sum(2 if east_asian_width(sign) in "FWA" else 1 for sign in line)
