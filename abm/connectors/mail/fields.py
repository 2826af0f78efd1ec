"""A rendered mail taken apart into the fields that services ask for instead of its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

from abm.connectors.mail.smtp import Envelope

# What a service writes itself, or asks for under names of its own.
NOT_AMONG_HEADERS = frozenset(
    (
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "dkim-signature",
        "return-path",
        "received",
    )
)


@dataclass(frozen=True)
class Fields:
    """What a mail says; `message_id` stands in angle brackets, `headers` are the further ones."""

    sender: Address
    recipient: Address
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: Mapping[str, str]


def read_fields(envelope: Envelope) -> Fields:
    """The fields of a mail of ours; it goes to the one recipient of its envelope."""
    mail = message_from_bytes(envelope.raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    to = _first(mail, "To")
    return Fields(
        sender=_first(mail, "From") or Address(addr_spec=envelope.mail_from),
        recipient=Address(to.display_name if to else "", addr_spec=envelope.rcpt_to),
        reply_to=str(mail.get("Reply-To", "")),
        subject=str(mail.get("Subject", "")),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        message_id=str(mail.get("Message-ID", "")).strip(),
        headers={name: str(value) for name, value in mail.items() if name.lower() not in NOT_AMONG_HEADERS},
    )


def _first(mail: EmailMessage, name: str) -> Address | None:
    addresses = getattr(mail.get(name), "addresses", ())
    return addresses[0] if addresses else None


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
