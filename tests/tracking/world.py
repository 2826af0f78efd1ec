"""A mail that Anna got, with a page, a file and a honeypot in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from abm.models import Asset, Contact, Enrollment, Link, Mail, Message, Sequence, SequenceVersion
from abm.tokens import Signer, Token, TokenKind, new_link_key, new_message_key
from abm.words import AssetKind, HitKind, Language, LinkKind
from tests.worlds import NOON, make_account, make_contact
from tracking.hit import Hit, new_hit_id

PAGE = "https://www.sender.example/products?plan=a&utm=見積"
CONTENT = "サンプル資料".encode()
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"
SCANNER = "BarracudaCentral Scanner 1.0"


@dataclass(frozen=True)
class Sent:
    """What a test needs of a sent mail."""

    message: Message
    contact: Contact
    page: Link
    file: Link
    honeypot: Link
    signer: Signer

    def token(self, kind: TokenKind, link: Link | None = None, language: Language = Language.JAPANESE) -> str:
        """The token as it stands in the mail."""
        return self.signer.write(Token(kind, language, self.message.key, link.key if link else None))

    @property
    def pixel(self) -> str:
        return f"/o/{self.token(TokenKind.OPEN)}.gif"

    @property
    def click(self) -> str:
        return f"/c/{self.token(TokenKind.CLICK, self.page)}"

    @property
    def trap(self) -> str:
        return f"/c/{self.token(TokenKind.CLICK, self.honeypot)}"

    @property
    def download(self) -> str:
        return f"/d/{self.token(TokenKind.DOWNLOAD, self.file)}"

    @property
    def stop(self) -> str:
        return f"/u/{self.token(TokenKind.STOP)}"


def send_mail(session: Session, signer: Signer, contact: Contact | None = None, **over: Any) -> Sent:
    """A message to Anna of Acme, sent at noon, with its three links."""
    contact = contact or make_contact(session, make_account(session))
    mail = make_mail(session)
    asset = make_asset(session)
    message = make_message(session, contact, mail, **over)
    page = make_link(session, mail, LinkKind.URL, PAGE, topics=["在庫管理"], label="製品ページ")
    file = make_link(session, mail, LinkKind.FILE, "", asset_id=asset.id)
    trap = make_link(session, mail, LinkKind.HONEYPOT, "")
    return Sent(message, contact, page, file, trap, signer)


def did(sent: Sent, kind: HitKind, seconds: float = 0, **over: object) -> Hit:
    """A hit of Anna's on this mail, seconds after noon."""
    link = {HitKind.CLICK: sent.page, HitKind.DOWNLOAD: sent.file}.get(kind)
    values = {
        "id": new_hit_id(),
        "kind": kind,
        "at": NOON + timedelta(seconds=seconds),
        "method": "GET",
        "message_key": sent.message.key,
        "link_key": link.key if link else None,
        "honeypot": False,
        "user_agent": BROWSER,
        "ip": "192.0.2.7",
    }
    return Hit(**{**values, **over})


def make_mail(session: Session, name: str = "first") -> Mail:
    """A mail of a sequence of its own."""
    sequence = _added(session, Sequence(name=f"sequence-{new_message_key().hex()}", title={"ja": "導入"}))
    version = _added(session, SequenceVersion(sequence_id=sequence.id, number=1, document={}))
    return _added(session, Mail(sequence_version_id=version.id, name=name, language="ja", compiled={}))


def make_message(session: Session, contact: Contact, mail: Mail, sent_at: datetime = NOON, **over: Any) -> Message:
    """A message of that mail, sent."""
    enrollment = _added(
        session,
        Enrollment(
            sequence_version_id=mail.sequence_version_id,
            account_id=contact.account_id,
            contact_id=contact.id,
            step="first",
            step_since=sent_at,
            enrolled_at=sent_at,
        ),
    )
    key = new_message_key()
    values = {
        "key": key,
        "enrollment_id": enrollment.id,
        "step": "first",
        "contact_id": contact.id,
        "account_id": contact.account_id,
        "mail_id": mail.id,
        "email": contact.email,
        "state": "sent",
        "message_id": f"<{key.hex()}@sender.example>",
        "due_at": sent_at,
        "planned_at": sent_at - timedelta(minutes=1),
        "sent_at": sent_at,
    }
    return _added(session, Message(**{**values, **over}))


def make_link(session: Session, mail: Mail, kind: LinkKind, url: str, **over: Any) -> Link:
    """A link of that mail."""
    return _added(session, Link(key=new_link_key(), kind=kind, url=url, mail_id=mail.id, **over))


def make_asset(session: Session, **over: Any) -> Asset:
    """A file to download."""
    values = {
        "name": f"guide-{new_message_key().hex()}",
        "kind": AssetKind.FILE,
        "title": {"ja": "導入ガイド", "en": "Guide"},
        "filename": "導入ガイド.pdf",
        "content_type": "application/pdf",
        "content": CONTENT,
        "topics": ["導入"],
    }
    return _added(session, Asset(**{**values, **over}))


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
