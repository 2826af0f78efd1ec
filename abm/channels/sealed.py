"""Addresses and secrets of channels: sealed in the database, open only for a moment in memory."""

from collections.abc import Sequence

from abm.models import Channel
from abm.seal import Seal


def address_of(channel: Channel, seal: Seal) -> str:
    """Where it is."""
    return seal.open(channel.url)


def secrets_of(channel: Channel, seal: Seal) -> list[str]:
    """What its posts are signed with, the newest first."""
    return [seal.open(secret) for secret in channel.secrets]


def keep_address(channel: Channel, url: str, seal: Seal) -> None:
    """Write its address down."""
    channel.url = seal.close(url)


def keep_secrets(channel: Channel, secrets: Sequence[str], seal: Seal) -> None:
    """Write its secrets down."""
    channel.secrets = [seal.close(secret) for secret in secrets]


def seal_anew(channel: Channel, seal: Seal) -> None:
    """Close what an older release left open, or what a replaced key closed."""
    if not seal.is_newest(channel.url):
        keep_address(channel, address_of(channel, seal), seal)
    if not all(map(seal.is_newest, channel.secrets)):
        keep_secrets(channel, secrets_of(channel, seal), seal)
