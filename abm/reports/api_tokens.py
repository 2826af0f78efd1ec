"""API tokens as settings show them: what each is good for, who made and who revoked it, and when it was used."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from abm.models import ApiToken, AuditEntry, User


@dataclass(frozen=True)
class TokenRow:
    """One token; without a name somebody did it by command."""

    id: uuid.UUID
    name: str
    scopes: Sequence[str]
    made_at: datetime
    made_by: str | None
    seen_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


def list_tokens(session: Session) -> tuple[list[TokenRow], list[TokenRow]]:
    """The good ones by name, and the revoked ones, last revoked first."""
    maker, revoker = aliased(User), aliased(User)
    revoked = (AuditEntry.subject_id == ApiToken.id) & (AuditEntry.subject == "api_token")
    told = (ApiToken.scopes, ApiToken.made_at, maker.name, ApiToken.seen_at, ApiToken.revoked_at, revoker.name)
    statement = (
        select(ApiToken.id, ApiToken.name, *told)
        .outerjoin(maker, maker.id == ApiToken.made_by)
        .outerjoin(AuditEntry, revoked & (AuditEntry.act == "api_token.revoked"))
        .outerjoin(revoker, revoker.id == AuditEntry.user_id)
        .order_by(ApiToken.revoked_at.desc(), ApiToken.name, ApiToken.id)
    )
    rows = [TokenRow(*row) for row in session.execute(statement)]
    return [row for row in rows if not row.revoked_at], [row for row in rows if row.revoked_at]
