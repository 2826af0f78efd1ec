"""What a try means for its delivery, and when a channel is switched off."""

from datetime import timedelta

from abm.channels.events import PATIENCE
from abm.channels.fates import OFF_AFTER, Try, is_worn_out, rescue, settle_try
from abm.words import DeliveryReason, DeliveryState
from tests.worlds import NOON


def test_what_was_taken_is_sent_and_what_was_refused_for_good_has_failed() -> None:
    assert settle_try(Try(is_taken=True), NOON, 0.5).state is DeliveryState.SENT
    assert settle_try(Try(is_final=True), NOON, 0.5).state is DeliveryState.FAILED


def test_an_uncertain_post_is_repeated_only_where_it_is_known_by_its_id() -> None:
    chat = settle_try(Try(is_uncertain=True), NOON, 0.5)
    webhook = settle_try(Try(is_uncertain=True, is_repeatable=True), NOON, 0.5)

    assert (chat.state, webhook.state) == (DeliveryState.UNKNOWN, DeliveryState.PLANNED)


def test_what_failed_is_tried_later_each_time_and_given_up_after_a_day() -> None:
    failing = Try(reason=DeliveryReason.THEIR_FAULT, attempts=3, tried_since=NOON)

    soon = settle_try(failing, NOON + timedelta(minutes=1), 0.5)
    late = settle_try(failing, NOON + PATIENCE, 0.5)

    assert soon.due_at == NOON + timedelta(minutes=1, seconds=45)
    assert (late.state, late.reason) == (DeliveryState.FAILED, DeliveryReason.THEIR_FAULT)


def test_whoever_asks_for_a_pause_gets_it() -> None:
    assert settle_try(Try(attempts=1, wait=600.0), NOON, 0.5).due_at == NOON + timedelta(minutes=10)


def test_a_delivery_whose_sender_died_is_sent_again_only_when_that_is_safe() -> None:
    def state(*, is_leaving: bool = True, is_repeatable: bool = False, is_caught: bool | None = None) -> DeliveryState:
        return rescue(is_leaving=is_leaving, is_repeatable=is_repeatable, is_caught=is_caught, at=NOON).state

    assert state(is_leaving=False) is DeliveryState.PLANNED
    assert state(is_repeatable=True) is DeliveryState.PLANNED
    assert state(is_caught=True) is DeliveryState.SENT
    assert state(is_caught=False) is DeliveryState.PLANNED
    assert state() is DeliveryState.UNKNOWN


def test_a_channel_is_worn_out_after_days_or_when_it_says_that_it_is_gone() -> None:
    assert not is_worn_out(NOON, DeliveryReason.UNREACHABLE, NOON + OFF_AFTER - timedelta(seconds=1))
    assert is_worn_out(NOON, DeliveryReason.UNREACHABLE, NOON + OFF_AFTER)
    assert is_worn_out(NOON, DeliveryReason.GONE, NOON)
