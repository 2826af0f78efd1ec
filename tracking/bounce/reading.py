"""What was read from a mail that came back."""

from dataclasses import dataclass

from abm.words import BounceKind, BounceReason, BounceStrength


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the mail says of one address; without a strength it says nothing against it."""

    address: str
    strength: BounceStrength | None
    reason: BounceReason
    # The enhanced status code of RFC 3463, where one was given.
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail that came back: its kind, of whom it speaks, and the Message-ID of what we had sent."""

    kind: BounceKind
    recipients: tuple[Recipient, ...] = ()
    message_id: str | None = None


OTHER = Reading(BounceKind.OTHER)
