"""A provider's report in our words: what every reader of webhooks answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from abm.words import ProviderEventKind


@dataclass(frozen=True)
class ProviderEvent:
    """One thing a provider tells of; told twice under the same `id` it is one thing."""

    kind: ProviderEventKind
    id: str
    at: datetime
    address: str = ""
    # The Message-ID of our own mail in angle brackets, where the provider keeps it.
    message_id: str = ""
    # Of bounces: whether the address is of no use for good.
    hard: bool = False
    reason: str = ""
    status: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
