"""A mail sent to oneself to look at it: read as a real contact would, followed like any other, counted nowhere."""

import uuid
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Asset, Contact, Message
from abm.queue import enqueue
from abm.tokens import new_message_key
from abm.words import Language, LinkKind, MessageState
from campaigns.compile import ASSET, CompiledLink
from campaigns.document import list_assets
from campaigns.library import library_names, read_document
from campaigns.links import save_assets, save_mail
from campaigns.mail_templates import Written
from campaigns.mails import CompiledMail, compiled_of
from campaigns.mime import is_usable

MARK = {Language.JAPANESE: "【テスト】", Language.ENGLISH: "[Test] "}


def plan_trial(
    session: Session, written: Written, contact_id: uuid.UUID, to: str, domain: str, at: datetime
) -> uuid.UUID:
    """Have a mail sent to this address of one's own, as it would read to this contact; answers the message's id."""
    if not is_usable(to):
        raise Invalid("this address cannot be used", field="to", code="email_invalid")
    contact = session.get_one(Contact, contact_id)
    mail = _marked(compiled_of(written))
    row = save_mail(session, None, mail, _assets(session, mail.compiled.links), {})
    key = new_message_key()
    message = Message(
        key=key,
        step="trial",
        contact_id=contact.id,
        account_id=contact.account_id,
        mail_id=row.id,
        email=to,
        # Only `send_trial` looks at it: neither the outbox nor whoever settles what was left behind.
        state=MessageState.HELD,
        message_id=f"<{key.hex()}.trial@{domain}>",
        is_test=True,
        due_at=at,
        planned_at=at,
    )
    session.add(message)
    session.flush()
    enqueue(session, "send_trial", message_id=str(message.id))
    return message.id


def _marked(mail: CompiledMail) -> CompiledMail:
    """The mail with a subject that says what it is."""
    subject = f"{MARK[mail.language]}{mail.compiled.subject}"
    return replace(mail, compiled=replace(mail.compiled, subject=subject))


def _assets(session: Session, links: Collection[CompiledLink]) -> dict[str, Asset]:
    """The files a mail leads to, as they were published; those of the library that nobody published yet are kept."""
    wanted = {link.url.removeprefix(ASSET) for link in links if link.kind == LinkKind.FILE}
    if not wanted:
        return {}
    names = [f"{name}/{language}" for name in wanted for language in Language]
    found = {asset.name: asset for asset in session.scalars(select(Asset).where(Asset.name.in_(names)))}
    for source in library_names():
        document = read_document(source)
        new = [one for one in list_assets(document) if one["name"] in wanted and not _has(found, one["name"])]
        found |= save_assets(session, {"assets": new})
    return found


def _has(found: dict[str, Asset], name: str) -> bool:
    return any(f"{name}/{language}" in found for language in Language)
