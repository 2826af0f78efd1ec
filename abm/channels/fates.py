"""What a try means for its delivery: sent, tried again later, given up, or uncertain; facts in, decision out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from abm.channels.events import PATIENCE, pause_after
from abm.words import DeliveryReason, DeliveryState

# A channel that took nothing for so long is switched off, and administrators are told.
OFF_AFTER = timedelta(days=5)


@dataclass(frozen=True)
class Try:
    """One try: whether it was taken, refused for good, or nobody knows, and since when it has been tried."""

    is_taken: bool = False
    is_final: bool = False
    is_uncertain: bool = False
    # The receiver knows a repetition by its id, so that uncertainty only means another try.
    is_repeatable: bool = False
    reason: DeliveryReason | None = None
    attempts: int = 1
    tried_since: datetime | None = None
    # Seconds the receiver asked us to wait.
    wait: float | None = None


@dataclass(frozen=True)
class Settled:
    """A delivery's state from now on; `due_at` is set while it is still under way."""

    state: DeliveryState
    reason: DeliveryReason | None = None
    due_at: datetime | None = None


def settle_try(tried: Try, at: datetime, luck: float) -> Settled:
    """What becomes of the delivery after this try."""
    if tried.is_taken:
        return Settled(DeliveryState.SENT)
    if tried.is_final:
        return Settled(DeliveryState.FAILED, tried.reason)
    if tried.is_uncertain and not tried.is_repeatable:
        return Settled(DeliveryState.UNKNOWN, tried.reason)
    if at - (tried.tried_since or at) >= PATIENCE:
        return Settled(DeliveryState.FAILED, tried.reason)
    pause = max(pause_after(tried.attempts, luck), timedelta(seconds=tried.wait or 0))
    return Settled(DeliveryState.PLANNED, tried.reason, at + pause)


def rescue(*, is_leaving: bool, is_repeatable: bool, is_caught: bool | None, at: datetime) -> Settled:
    """What becomes of a delivery whose sender died; `is_caught` is what the local mailbox knows, if it was asked."""
    if is_caught:
        return Settled(DeliveryState.SENT)
    if not is_leaving or is_repeatable or is_caught is False:
        return Settled(DeliveryState.PLANNED, None, at)
    return Settled(DeliveryState.UNKNOWN, DeliveryReason.BROKEN_OFF)


def is_worn_out(failing_since: datetime | None, reason: DeliveryReason | None, at: datetime) -> bool:
    """Whether a channel that just failed is switched off: it said that it is gone, or has taken nothing for days."""
    return reason is DeliveryReason.GONE or (failing_since is not None and at - failing_since >= OFF_AFTER)
