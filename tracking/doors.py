"""The doors of a mail: one function a route, for whichever web layer stands in front.

The answer never waits for more than the spool's fsync; whatever is down, people get their picture,
page and file, and what we learn from it never delays or breaks that.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.tokens import Token, TokenKind
from abm.words import HitKind, Language, LinkKind
from tracking import answers, metrics
from tracking.answers import Answer
from tracking.desk import Desk, accept, ask_database, fill, note, show, unknown
from tracking.forms import file_of, form_page, has_said, note_form
from tracking.hit import new_hit_id
from tracking.intake import Asked, Known, SetAside, take_more
from tracking.links import Link
from tracking.pages import Filled, Page
from tracking.posted import posted_fields
from tracking.preferences import apply_wish, known_preferences
from tracking.reasons import why_written
from tracking.stops import stop_mail
from tracking.visits import with_sign
from tracking.wishes import Wish, read_wish, to_detail

# A stop waits this long for the database before it is answered "takes effect within minutes".
STOP_WITHIN = 0.3
# A link that appeared a moment ago is looked up within this.
LINK_WITHIN = 0.3
# A page shows what holds now when the database says so within this.
LOOK_WITHIN = 0.3
ADDRESSES = {TokenKind.STOP: "u", TokenKind.PREFERENCES: "p", TokenKind.WHY: "why"}


def show_pixel(desk: Desk, asked: Asked) -> Answer:
    """The picture of an opened mail; whoever asks gets it."""
    token = desk.signer.read(asked.token.removesuffix(".gif"), TokenKind.OPEN)
    # Who took back that opens are counted is not counted by old mails either.
    if token and token.message_key in desk.board.withdrawn:
        metrics.SET_ASIDE.labels(SetAside.WITHDRAWN.value).inc()
        return answers.pixel(None)
    return answers.pixel(note(desk, asked, Known(token)))


def follow_link(desk: Desk, asked: Asked) -> Answer:
    """Send the reader on to where the link of a mail leads."""
    return _follow(desk, asked, TokenKind.CLICK)


def hand_out_file(desk: Desk, asked: Asked) -> Answer:
    """The file behind a link of a mail, or the form that stands before it."""
    return _follow(desk, asked, TokenKind.DOWNLOAD)


def take_gate(desk: Desk, asked: Asked) -> Answer:
    """Hand out the file whatever was filled in; who wants it is kept."""
    token = desk.signer.read(asked.token, TokenKind.DOWNLOAD)
    link = _find_link(desk, token)
    if token is None or link is None or link.file is None:
        return unknown(desk, token.language if token else None)
    form, posted = desk.board.gate(link.file), posted_fields(asked.body)
    if form and has_said(form, posted):
        hit_id = note_form(desk, asked, form, posted, token.language, token)
    else:
        # Who filled in nothing has proven nothing, and came for the file all the same.
        hit_id = note(desk, asked, Known(token, link.kind))
    return file_of(desk, link.file, token.language, hit_id)


def join_webinar(desk: Desk, asked: Asked) -> Answer:
    """Send the guest on to where the webinar takes place; that somebody followed the link proves no attendance."""
    token = desk.signer.read(asked.token, TokenKind.WEBINAR)
    link = _find_link(desk, token)
    hit_id = note(desk, asked, Known(token, link.kind if link else None))
    if token is None or link is None:
        return unknown(desk, token.language if token else None)
    if url := desk.board.join_url(link.webinar) or link.url:
        return answers.redirect(url, hit_id)
    return show(desk, "503 Service Unavailable", Page.LATER, token.language, hit_id)


def show_stop(desk: Desk, asked: Asked) -> Answer:
    """The page that asks; looking at it changes nothing."""
    token = desk.signer.read(asked.token, TokenKind.STOP)
    if token is None:
        return unknown(desk)
    return fill(desk, "200 OK", Filled.STOP, token.language, preferences=other_door(desk, token, TokenKind.PREFERENCES))


def show_why(desk: Desk, asked: Asked) -> Answer:
    """The page that says why we wrote, as exactly as the database tells in time; looking at it is no event."""
    token = desk.signer.read(asked.token, TokenKind.WHY)
    if token is None:
        return unknown(desk)
    why = ask_database(desk, lambda s: why_written(s, token.message_key, token.language), LOOK_WITHIN)
    return fill(
        desk,
        "200 OK",
        Filled.WHY,
        token.language,
        why=why,
        since=_day(desk, why.since) if why and why.since else "",
        stop=other_door(desk, token, TokenKind.STOP),
        preferences=other_door(desk, token, TokenKind.PREFERENCES),
    )


def show_preferences(desk: Desk, asked: Asked) -> Answer:
    """How this person wants mail, to be changed; what holds now is shown when the database tells in time."""
    token = desk.signer.read(asked.token, TokenKind.PREFERENCES)
    if token is None:
        return unknown(desk)
    known = ask_database(desk, lambda s: known_preferences(s, token.message_key), LOOK_WITHIN)
    is_paused = bool(known and known.paused_until and known.paused_until > desk.offset.now())
    return fill(
        desk,
        "200 OK",
        Filled.PREFERENCES,
        token.language,
        known=known,
        paused_until=_day(desk, known.paused_until) if known and known.paused_until and is_paused else "",
        stop=other_door(desk, token, TokenKind.STOP),
        why=other_door(desk, token, TokenKind.WHY),
    )


def save_preferences(desk: Desk, asked: Asked) -> Answer:
    """Do what the person asked for, at once when the database answers, else within minutes."""
    token = desk.signer.read(asked.token, TokenKind.PREFERENCES)
    if token is None:
        return unknown(desk)
    wish, at, hit_id = read_wish(posted_fields(asked.body)), desk.offset.now(), new_hit_id()
    kind, detail = HitKind.PREFERENCES, to_detail(wish)
    stored = accept(desk, take_more(asked, kind, detail, hit_id, at, message_key=token.message_key))
    applied = ask_database(desk, lambda s: _apply(s, hit_id, token, wish, at), STOP_WITHIN)
    if not applied and not stored:
        return show(desk, "503 Service Unavailable", Page.UNSAVED, token.language)
    status, page = ("200 OK", Page.SAVED) if applied else ("202 Accepted", Page.NOTED)
    return show(desk, status, page, token.language, stored)


def other_door(desk: Desk, token: Token, kind: TokenKind) -> str:
    """The address of another door for the same recipient."""
    return f"/{ADDRESSES[kind]}/{desk.signer.write(Token(kind, token.language, token.message_key))}"


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


def _apply(session: Session, hit_id: str, token: Token, wish: Wish, at: datetime) -> bool:
    apply_wish(session, hit_id, token.message_key, wish, at)
    session.commit()
    return True


def _day(desk: Desk, moment: datetime) -> str:
    return f"{moment.astimezone(desk.settings.zone):%Y/%m/%d}"


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
    form = desk.board.gate(link.file) if link and link.file else None
    # Who stands before a form has followed a link, no more.
    hit_id = note(desk, asked, Known(token, LinkKind.URL if form else link.kind if link else None))
    if token is None or link is None:
        return unknown(desk, token.language if token else None)
    if form and kind is TokenKind.DOWNLOAD:
        return form_page(desk, form, token.language, hit_id=hit_id)
    if link.file:
        return file_of(desk, link.file, token.language, hit_id)
    # A honeypot may lead nowhere.
    if not link.url:
        return show(desk, "404 Not Found", Page.UNKNOWN, token.language, hit_id)
    return answers.redirect(with_sign(desk, token, link.url), hit_id)


def _find_link(desk: Desk, token: Token | None) -> Link | None:
    if token is None or (key := token.link_key) is None:
        return None
    return desk.links.find(key) or ask_database(desk, lambda s: desk.links.refresh_one(s, key), LINK_WITHIN)
