"""What follows when a mail comes back: once, however often it is told, and never for a passing trouble of ours."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.connectors.mail.return_path import write_return_path
from abm.models import Contact, InboundPost, Message, ProviderReport, Suppression, TimelineItem
from abm.tokens import Signer
from abm.words import BounceKind, BounceReason, BounceStrength
from tests.conftest import SECRET
from tests.tracking.world import make_mail, make_message, send_mail
from tests.worlds import NOON, make_account, make_contact
from tracking.bounce import Reading, Recipient
from tracking.bounces import keep_unread, take_bounce, with_return_path
from tracking.effects import Standards
from tracking.refusals import SOFT_WITHIN

ANNA = "anna@acme.example"
SOFT_LIMIT = Standards().soft_limit
LATER = NOON + timedelta(hours=1)


def anna(session: Session, **over: Any) -> Message:
    """A message that Anna got."""
    return send_mail(session, Signer([SECRET.encode()]), **over).message


def another(session: Session, message: Message) -> Message:
    """The next message to the same person."""
    return make_message(session, session.get_one(Contact, message.contact_id), make_mail(session))


def came_back(
    message: Message | None,
    strength: BounceStrength | None = BounceStrength.HARD,
    reason: BounceReason = BounceReason.NO_SUCH_USER,
    address: str = ANNA,
) -> Reading:
    """A bounce of this message."""
    sent = message.message_id if message else None
    return Reading(BounceKind.BOUNCE, (Recipient(address, strength, reason, "5.1.1"),), sent)


def complaint(message: Message, *addresses: str) -> Reading:
    """Somebody pressed "spam"."""
    told = tuple(Recipient(address, None, BounceReason.COMPLAINED) for address in addresses)
    return Reading(BounceKind.COMPLAINT, told, message.message_id)


def suppressed(session: Session) -> dict[str, str]:
    """Addresses with the reason."""
    return {row.email: row.reason for row in session.scalars(select(Suppression))}


def contact_of(session: Session, message: Message) -> Contact:
    contact = session.get_one(Contact, message.contact_id)
    session.refresh(contact)
    return contact


def test_a_hard_bounce_ends_mail_to_the_address_and_asks_to_look_at_the_record(session: Session) -> None:
    message = anna(session)

    take_bounce(session, came_back(message), LATER)

    session.refresh(message)
    assert suppressed(session) == {ANNA: "bounced"}
    assert (message.state, message.reason) == ("failed", "no_such_user")
    assert contact_of(session, message).stale_reason == "bounced"
    kinds = session.scalars(select(TimelineItem.kind).where(TimelineItem.contact_id == message.contact_id))
    assert sorted(kinds) == ["mail_failed", "suppressed"]


def test_the_same_mail_twice_counts_once(session: Session) -> None:
    message = anna(session)

    first = take_bounce(session, came_back(message), LATER)
    second = take_bounce(session, came_back(message), LATER + timedelta(days=1))

    assert (len(first), len(second)) == (1, 0)
    assert session.scalar(select(func.count()).select_from(ProviderReport)) == 1
    assert session.scalar(select(func.count()).select_from(TimelineItem)) == 2


def test_a_mail_without_message_id_is_told_from_others_by_its_bytes(session: Session) -> None:
    anna(session)

    taken = [len(take_bounce(session, came_back(None), LATER, raw=raw)) for raw in (b"one", b"one", b"two")]

    assert taken == [1, 0, 1]


def test_a_soft_bounce_alone_changes_nothing_but_the_fate_of_the_mail(session: Session) -> None:
    message = anna(session)

    take_bounce(session, came_back(message, BounceStrength.SOFT, BounceReason.MAILBOX_FULL), LATER)

    session.refresh(message)
    assert suppressed(session) == {}
    assert (message.state, message.reason) == ("failed", "mailbox_full")
    assert contact_of(session, message).stale_reason is None


def test_too_many_soft_bounces_within_the_period_end_mail(session: Session) -> None:
    message = anna(session)
    for day in range(SOFT_LIMIT):
        assert suppressed(session) == {}
        full = came_back(another(session, message), BounceStrength.SOFT, BounceReason.MAILBOX_FULL)
        take_bounce(session, full, LATER + timedelta(days=day))

    assert suppressed(session) == {ANNA: "bounced"}
    assert contact_of(session, message).stale_reason == "bounced"


def test_how_many_soft_bounces_are_too_many_is_for_the_operator_to_say(session: Session) -> None:
    message = anna(session)
    strict = Standards(soft_limit=1)

    full = came_back(message, BounceStrength.SOFT, BounceReason.MAILBOX_FULL)
    take_bounce(session, full, LATER, standards=strict)

    assert suppressed(session) == {ANNA: "bounced"}


def test_soft_bounces_far_apart_do_not_add_up(session: Session) -> None:
    message = anna(session)

    for step in range(SOFT_LIMIT + 2):
        full = came_back(another(session, message), BounceStrength.SOFT, BounceReason.MAILBOX_FULL)
        take_bounce(session, full, LATER + step * SOFT_WITHIN / 2)

    assert suppressed(session) == {}


def test_refusals_of_our_mail_or_server_never_count_against_an_address(session: Session) -> None:
    message = anna(session)

    for day in range(SOFT_LIMIT + 2):
        blocked = came_back(another(session, message), BounceStrength.SOFT, BounceReason.BLOCKED_SPAM)
        take_bounce(session, blocked, LATER + timedelta(days=day))

    assert suppressed(session) == {}


def test_a_complaint_ends_mail_at_once_also_when_the_address_was_taken_out(session: Session) -> None:
    message = anna(session)

    take_bounce(session, complaint(message), LATER)

    assert suppressed(session) == {ANNA: "complained"}


def test_a_complaint_about_an_old_address_ends_mail_to_the_present_one(session: Session) -> None:
    message = anna(session)
    contact_of(session, message).email = "anna@new.example"
    session.flush()

    take_bounce(session, complaint(message, ANNA), LATER)

    assert suppressed(session) == {ANNA: "complained", "anna@new.example": "complained"}


def test_a_hard_bounce_of_an_old_address_leaves_the_new_one_alone(session: Session) -> None:
    message = anna(session)
    contact_of(session, message).email = "anna@new.example"
    session.flush()

    take_bounce(session, came_back(message), LATER)

    assert suppressed(session) == {ANNA: "bounced"}
    assert contact_of(session, message).stale_reason is None


def test_behind_a_forward_the_address_we_mailed_is_given_up(session: Session) -> None:
    message = anna(session)

    take_bounce(session, came_back(message, address="anna@private.example"), LATER)

    assert suppressed(session) == {ANNA: "bounced", "anna@private.example": "bounced"}
    assert contact_of(session, message).stale_reason == "bounced"


def test_an_address_of_nobody_is_remembered_all_the_same(session: Session) -> None:
    make_contact(session, make_account(session))

    outcomes = take_bounce(session, came_back(None, address="nobody@acme.example"), LATER, raw=b"mail")

    assert [became for _, became in outcomes] == ["taken"]
    assert suppressed(session) == {"nobody@acme.example": "bounced"}


def test_delays_and_answers_change_nothing(session: Session) -> None:
    message = anna(session)
    delayed = Reading(BounceKind.DELAY, (Recipient(ANNA, None, BounceReason.CONNECTION, "4.4.1"),), message.message_id)
    answered = Reading(BounceKind.AUTO_REPLY, (Recipient(ANNA, None, BounceReason.ANSWERED),), message.message_id)

    take_bounce(session, delayed, LATER)
    take_bounce(session, answered, LATER)

    session.refresh(message)
    assert (message.state, suppressed(session)) == ("sent", {})


def test_a_mail_nobody_can_read_is_kept_once_for_people_to_look_at(session: Session) -> None:
    for _ in range(2):
        keep_unread(session, b"noise", LATER)

    [kept] = session.scalars(select(InboundPost))
    assert (kept.source, kept.state, kept.reason, kept.body) == ("mail", "failed", "unreadable", b"noise")


def test_a_report_that_quotes_nothing_finds_its_mail_by_the_address_it_came_to(session: Session) -> None:
    signer = Signer([SECRET.encode()])
    message = anna(session)
    path = write_return_path(signer, message.key, "bounce.sender.example")
    raw = f"Delivered-To: {path.upper()}\nFrom: MAILER-DAEMON@firm.example\n\nNo such user.".encode()
    foreign = write_return_path(Signer([b"x" * 32]), message.key, "bounce.sender.example")

    found = with_return_path(session, came_back(None), signer, raw)

    assert found.message_id == message.message_id
    assert len(path.partition("@")[0]) <= 64
    assert with_return_path(session, came_back(None), signer, foreign.encode()).message_id is None
    assert with_return_path(session, came_back(message), signer, b"To: bounces+aaaa@x") == came_back(message)
    take_bounce(session, found, LATER)
    session.refresh(message)
    assert message.state == "failed"
