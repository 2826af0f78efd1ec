"""Users: their passwords, their log-ins, and the one-time links with which they set a password."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, CalendarLink, SetupLink, User, UserSession
from abm.words import Language, Role

# A log-in ends after two weeks without a visit; a link that nobody used, after three days.
SESSION_LENGTH = timedelta(days=14)
LINK_LENGTH = timedelta(days=3)
# Writing "seen" at every request would make each page view a commit.
SEEN_AFTER = timedelta(hours=1)
SHORTEST_PASSWORD = 10
CALENDAR_KEY_BYTES = 16

_hasher = PasswordHasher()
# An unknown address costs as much as a wrong password, so that the answer's time tells nothing.
_nobody = _hasher.hash(secrets.token_hex())


def add_user(
    session: Session,
    email: str,
    role: Role,
    at: datetime,
    *,
    name: str = "",
    password: str = "",
    by: User | None = None,
) -> User:
    """A new user; without a password nobody can log in until a set-up link is used."""
    email = _checked_email(email)
    if session.scalar(select(User.id).where(User.email == email)):
        raise Invalid("a user with this address exists already", field="email", code="email_taken")
    password_hash = _hasher.hash(_checked_password(password)) if password else None
    user = User(email=email, name=name.strip() or email.partition("@")[0], role=role, password_hash=password_hash)
    session.add(user)
    session.flush()
    note_change(session, at, by or user, "user.added", user, role=role)
    return user


def list_users(session: Session) -> list[User]:
    """Every user, by name; disabled ones last."""
    return list(session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)))


def has_users(session: Session) -> bool:
    """Whether anybody can log in, or could after using a link; the demo's colleagues do not count."""
    return session.scalar(select(User.id).where(~User.is_sample).limit(1)) is not None


def get_user(session: Session, user_id: uuid.UUID) -> User:
    """The user, or NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("no such user")
    return user


def find_user(session: Session, email: str) -> User | None:
    """The user with this address."""
    return session.scalar(select(User).where(User.email == email.strip()))


def disable_user(session: Session, user: User, at: datetime, *, by: User) -> None:
    """Take the log-in away at once, everywhere; the last administrator stays."""
    if user.role == Role.ADMIN and not _other_admin(session, user):
        raise Conflict("the last administrator cannot be disabled; make somebody else one first")
    user.disabled_at = at
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    session.execute(delete(SetupLink).where(SetupLink.user_id == user.id))
    session.execute(delete(CalendarLink).where(CalendarLink.user_id == user.id))
    note_change(session, at, by, "user.disabled", user)


def enable_user(session: Session, user: User, at: datetime, *, by: User) -> None:
    """Let a disabled user log in again."""
    user.disabled_at = None
    note_change(session, at, by, "user.enabled", user)


def set_role(session: Session, user: User, role: Role, at: datetime, *, by: User) -> None:
    """Change what a user may do; the last administrator stays one."""
    if user.role == Role.ADMIN != role and not _other_admin(session, user):
        raise Conflict("the last administrator stays one; make somebody else one first")
    note_change(session, at, by, "user.role_changed", user, old=user.role, new=role)
    user.role = role


def make_setup_link(session: Session, user: User | None = None) -> str:
    """The secret part of a one-time link; without a user it makes the first administrator."""
    token = secrets.token_urlsafe(24)
    expires_at = _now(session) + LINK_LENGTH
    session.add(SetupLink(token_hash=digest(token), user_id=user.id if user else None, expires_at=expires_at))
    session.flush()
    return token


def find_setup_link(session: Session, token: str) -> SetupLink | None:
    """The link while it can still be used."""
    good = (SetupLink.token_hash == digest(token)) & SetupLink.used_at.is_(None) & (SetupLink.expires_at > func.now())
    return session.scalar(select(SetupLink).where(good).with_for_update())


def use_setup_link(
    session: Session, token: str, password: str, at: datetime, *, email: str = "", name: str = ""
) -> User:
    """Set the password, and make the first administrator if the link is for that; works once."""
    link = find_setup_link(session, token)
    if link is None or (link.user_id is None and has_users(session)):
        raise Conflict("this link has been used or is too old; ask for a new one")
    _checked_password(password)
    user = get_user(session, link.user_id) if link.user_id else add_user(session, email, Role.ADMIN, at, name=name)
    user.password_hash = _hasher.hash(password)
    link.used_at = at
    # Whoever lost a password may have lost a log-in with it.
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    note_change(session, at, user, "user.password_set", user)
    return user


def check_password(session: Session, email: str, password: str) -> User | None:
    """The user with this address and password who may log in."""
    user = find_user(session, email)
    kept = user.password_hash if user and user.password_hash and not user.disabled_at else _nobody
    try:
        _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return user if kept is not _nobody else None


def change_password(session: Session, user_id: uuid.UUID, old: str, new: str, at: datetime, *, keep: str = "") -> None:
    """A new password for who knows the old one; every other log-in but the one to keep ends."""
    user = get_user(session, user_id)
    if check_password(session, user.email, old) is None:
        raise Invalid("this is not the present password", field="old", code="password_wrong")
    user.password_hash = _hasher.hash(_checked_password(new))
    others = (UserSession.user_id == user_id) & (UserSession.token_hash != digest(keep))
    session.execute(delete(UserSession).where(others))
    note_change(session, at, user, "user.password_set", user)


def open_session(session: Session, user: User) -> str:
    """Log the user in; the answer is the cookie's secret, of which only a hash is kept."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(UserSession).where(UserSession.expires_at < func.now()))
    session.add(UserSession(token_hash=digest(token), user_id=user.id, expires_at=_now(session) + SESSION_LENGTH))
    session.flush()
    return token


def find_session_user(session: Session, token: str) -> User | None:
    """Who is logged in with this cookie; a visit now and then keeps the log-in alive."""
    mine = (UserSession.token_hash == digest(token)) & (UserSession.expires_at > func.now())
    user = session.scalar(select(User).join(UserSession).where(mine, User.disabled_at.is_(None)))
    if user:
        stale = UserSession.seen_at < func.now() - SEEN_AFTER
        session.execute(
            update(UserSession)
            .where(mine, stale)
            .values(seen_at=func.now(), expires_at=func.now() + SESSION_LENGTH)
            .execution_options(synchronize_session=False)
        )
    return user


def close_session(session: Session, token: str) -> None:
    """Log out: the cookie is worth nothing from now on."""
    session.execute(delete(UserSession).where(UserSession.token_hash == digest(token)))


def set_language(session: Session, user_id: uuid.UUID, language: Language) -> None:
    """The language this user reads."""
    session.execute(update(User).where(User.id == user_id).values(language=language))


def set_task_mails(session: Session, user: User, at: datetime, *, wanted: bool) -> None:
    """Whether mails tell this user of their tasks; the board shows them either way."""
    if user.mails_tasks != wanted:
        user.mails_tasks = wanted
        note_change(session, at, user, "user.task_mails_on" if wanted else "user.task_mails_off", user)


def make_calendar_link(session: Session, user: User, at: datetime) -> bytes:
    """What the private address of this user's calendar carries from now on; the one before is good for nothing."""
    revoke_calendar_link(session, user, at)
    link = CalendarLink(key=secrets.token_bytes(CALENDAR_KEY_BYTES), user_id=user.id, made_at=at)
    session.add(link)
    session.flush()
    note_change(session, at, user, "user.calendar_published", user)
    return link.key


def revoke_calendar_link(session: Session, user: User, at: datetime) -> None:
    """Take the private address of this user's calendar back."""
    # Two at once would both find the place free: the later one waits here.
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    mine = delete(CalendarLink).where(CalendarLink.user_id == user.id).returning(CalendarLink.user_id)
    if session.scalar(mine):
        note_change(session, at, user, "user.calendar_withdrawn", user)


def find_calendar_key(session: Session, user_id: uuid.UUID) -> bytes | None:
    """What the address of this user's calendar carries, when there is one."""
    return session.scalar(select(CalendarLink.key).where(CalendarLink.user_id == user_id))


def find_calendar_user(session: Session, key: bytes) -> User | None:
    """Whose calendar it is; nobody's when the address was taken back or its user can no longer log in."""
    owner = select(User).join(CalendarLink, CalendarLink.user_id == User.id)
    return session.scalar(owner.where(CalendarLink.key == key, User.disabled_at.is_(None)))


def note_change(session: Session, at: datetime, by: User, act: str, user: User, **detail: str) -> None:
    """The audit row of a change to a user, without any address in it."""
    session.add(AuditEntry(at=at, user_id=by.id, act=act, subject="user", subject_id=user.id, detail=detail))


def _checked_email(email: str) -> str:
    try:
        # A user's own firm may live under any name; whether mail arrives there is not asked here.
        return validate_email(email.strip(), check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise Invalid("this is no mail address", field="email", code="email_invalid") from error


def _checked_password(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        message = f"a password has at least {SHORTEST_PASSWORD} characters"
        raise Invalid(message, field="password", code="password_short")
    return password


def _other_admin(session: Session, user: User) -> bool:
    others = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.id != user.id)
    return session.scalar(others.limit(1)) is not None


def digest(secret: str) -> bytes:
    """What is kept of a secret that nobody shall read back."""
    return hashlib.sha256(secret.encode()).digest()


def _now(session: Session) -> datetime:
    # Log-ins and links are leases: they follow the database's real clock, never business time.
    return session.execute(select(func.now())).scalar_one()
