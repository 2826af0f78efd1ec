"""Tokens with which other systems ask: made once, kept as a hash, good for their scopes until revoked."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import ApiToken, AuditEntry
from abm.users import SEEN_AFTER, digest
from abm.words import ApiScope

# Told apart from other secrets by whoever finds one in a log or a file.
PREFIX = "abm_"
LONGEST_NAME = 100


def make_api_token(
    session: Session, name: str, scopes: Sequence[ApiScope], at: datetime, by: uuid.UUID | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody can read again."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("say which system it is for, in at most 100 signs", field="name", code="missing")
    if not scopes:
        raise Invalid("a token without a scope is good for nothing", field="scopes", code="missing")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(name=name, token_hash=digest(secret), scopes=[str(one) for one in scopes], made_at=at, made_by=by)
    session.add(token)
    session.flush()
    _note(session, "api_token.made", token, at, by)
    return token, secret


def list_api_tokens(session: Session) -> list[ApiToken]:
    """Every token, good ones first."""
    order = (ApiToken.revoked_at.is_not(None), ApiToken.name, ApiToken.id)
    return list(session.scalars(select(ApiToken).order_by(*order)))


def find_api_token(session: Session, secret: str) -> ApiToken | None:
    """The token with this secret while it is good; that it was used is noted now and then."""
    good = (ApiToken.token_hash == digest(secret)) & ApiToken.revoked_at.is_(None)
    token = session.scalar(select(ApiToken).where(good))
    if token:
        stale = or_(ApiToken.seen_at.is_(None), ApiToken.seen_at < func.now() - SEEN_AFTER)
        seen = update(ApiToken).where(ApiToken.id == token.id, stale).values(seen_at=func.now())
        session.execute(seen.execution_options(synchronize_session=False))
    return token


def revoke_api_token(session: Session, token_id: uuid.UUID, at: datetime, by: uuid.UUID | None = None) -> ApiToken:
    """Make a token worth nothing from now on."""
    token = session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound("there is no such token; `abm token list` shows them")
    if token.revoked_at:
        raise Conflict("this token was revoked already", "token_revoked")
    token.revoked_at = at
    _note(session, "api_token.revoked", token, at, by)
    return token


def _note(session: Session, act: str, token: ApiToken, at: datetime, by: uuid.UUID | None) -> None:
    detail = {"name": token.name, "scopes": token.scopes}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="api_token", subject_id=token.id, detail=detail))
