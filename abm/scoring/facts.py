"""What is known of one account when it is evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abm.conditions.holds import Known


@dataclass(frozen=True)
class Facts:
    """What is known of one account at a moment; `scores` are its people's, now and a while later."""

    tier: str
    scores: Sequence[float] = ()
    scores_later: Sequence[float] = ()
    last_human_at: datetime | None = None
    last_proven_at: datetime | None = None
    last_act_now_at: datetime | None = None
    has_contact: bool = False
    # The stages it was in before, as far as the model asks.
    was: frozenset[str] = frozenset()
    in_sales: bool = False
    has_open_deal: bool = False
    # The newest deal that ended was lost.
    last_deal_lost: bool = False
    has_contract: bool = False
    # The first moment at which no product is owned any more; the end of time for one owned without an end.
    owned_until: datetime | None = None
    is_excluded: bool = False
    is_mqa: bool = False
    blocked_until: datetime | None = None
    # The buying roles of the same people; asked for only where a model weighs by them.
    roles: Sequence[str | None] = ()
    # What its record says, by the name that conditions have for it: account.industry and the like.
    record: Mapping[str, Known] = field(default_factory=dict)

    def owns_product(self, at: datetime) -> bool:
        """True while a product is owned."""
        return self.owned_until is not None and self.owned_until > at


def is_within(moment: datetime | None, window_days: float, at: datetime) -> bool:
    """True while a moment lies in the last so many days."""
    return moment is not None and at - moment < timedelta(days=window_days)
