"""The doors of a mail: one function a route, for whichever web layer stands in front.

The answer never waits for more than the spool's fsync; whatever is down, people get their picture,
page and file, and what we learn from it never delays or breaks that.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.tokens import Token, TokenKind
from abm.words import Language
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.desk import Desk, ask_database, note, show, unknown
from tracking.intake import Asked, Known
from tracking.links import Link
from tracking.pages import Page
from tracking.stops import stop_mail

# A stop waits this long for the database before it is answered "takes effect within minutes".
STOP_WITHIN = 0.3
# A link that appeared a moment ago is looked up within this.
LINK_WITHIN = 0.3


def show_pixel(desk: Desk, asked: Asked) -> Answer:
    """The picture of an opened mail; whoever asks gets it."""
    token = desk.signer.read(asked.token.removesuffix(".gif"), TokenKind.OPEN)
    return answers.pixel(note(desk, asked, Known(token)))


def follow_link(desk: Desk, asked: Asked) -> Answer:
    """Send the reader on to where the link of a mail leads."""
    return _follow(desk, asked, TokenKind.CLICK)


def hand_out_file(desk: Desk, asked: Asked) -> Answer:
    """The file behind a link of a mail."""
    return _follow(desk, asked, TokenKind.DOWNLOAD)


def show_stop(desk: Desk, asked: Asked) -> Answer:
    """The page that asks; looking at it changes nothing."""
    token = desk.signer.read(asked.token, TokenKind.STOP)
    if token is None:
        return unknown(desk)
    return show(desk, "200 OK", Page.STOP, token.language)


def show_why(desk: Desk, asked: Asked) -> Answer:
    """The page that says why we write to people; looking at it is no event."""
    token = desk.signer.read(asked.token, TokenKind.WHY)
    if token is None:
        return unknown(desk)
    return show(desk, "200 OK", Page.WHY, token.language)


def stop(desk: Desk, asked: Asked) -> Answer:
    """Stop all mail to this recipient, at once when the database answers, else within minutes."""
    token = desk.signer.read(asked.token, TokenKind.STOP)
    if token is None:
        return plain_or_page(desk, asked, "404 Not Found", Page.UNKNOWN, desk.language)
    at = desk.offset.now()
    hit_id = note(desk, asked, Known(token), at)
    status, page = _outcome(spooled=hit_id is not None, committed=_stop_now(desk, token, at))
    metrics.STOPS.labels(page.value).inc()
    return plain_or_page(desk, asked, status, page, token.language, hit_id)


def plain_or_page(
    desk: Desk, asked: Asked, status: str, page: Page, language: Language, hit_id: str | None = None
) -> Answer:
    """Mail programs that unsubscribe by one click read the status only."""
    return answers.plain(status, hit_id) if asked.one_click else show(desk, status, page, language, hit_id)


def refuse_method(allow: str) -> Answer:
    """Nothing is done by this method here."""
    return answers.plain("405 Method Not Allowed", allow=allow)


def _outcome(*, spooled: bool, committed: bool) -> tuple[str, Page]:
    if committed:
        return "200 OK", Page.STOPPED
    return ("202 Accepted", Page.RECEIVED) if spooled else ("503 Service Unavailable", Page.FAILED)


def _stop_now(desk: Desk, token: Token, at: datetime) -> bool:
    def commit(session: Session) -> bool:
        stop_mail(session, [(token.message_key, at)])
        session.commit()
        return True

    return ask_database(desk, commit, STOP_WITHIN) or False


def _follow(desk: Desk, asked: Asked, kind: TokenKind) -> Answer:
    token = desk.signer.read(asked.token, kind)
    link = _find_link(desk, token)
    known = Known(token, link.kind if link else None)
    hit_id = note(desk, asked, known)
    if token is None or link is None:
        return unknown(desk, token.language if token else None)
    if link.file:
        content = desk.links.content(link.file)
        if content is None:
            return show(desk, "503 Service Unavailable", Page.LATER, token.language, hit_id)
        return answers.download(link.file, content, hit_id)
    # A honeypot may lead nowhere.
    if not link.url:
        return show(desk, "404 Not Found", Page.UNKNOWN, token.language, hit_id)
    return answers.redirect(link.url, hit_id)


def _find_link(desk: Desk, token: Token | None) -> Link | None:
    if token is None or (key := token.link_key) is None:
        return None
    return desk.links.find(key) or ask_database(desk, lambda s: desk.links.refresh_one(s, key), LINK_WITHIN)
