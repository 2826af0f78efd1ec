"""Tasks whose changes are told, channels that listen, and a process that delivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from abm.channels.channels import Entering, Wish, add_channel
from abm.channels.deliver import Outlet, deliver_next_batch, settle_stranded
from abm.channels.planning import plan_next_deliveries
from abm.channels.sealed import secrets_of
from abm.connectors.mail.mailbox import MailboxServer
from abm.connectors.mail.pool import SmtpPool
from abm.handoff.changes import record_change
from abm.models import Channel, Delivery, Task, User
from abm.seal import Seal
from abm.words import ChannelKind, DeliveryState, Language, TaskCode, TaskKind, TaskState
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.conftest import SECRET
from tests.worlds import make_account, make_user

SEAL = Seal([SECRET.encode()])
WHY = [{"code": "score", "points": 48.2, "threshold": 40, "people": 2}, {"code": "nobody"}]


def add_rep(**over: Any) -> User:
    """Somebody in sales, whose mail ends in the local mailbox."""
    with unit_of_work() as work:
        return make_user(work.session, **over)


def open_task(rep: User | None, state: TaskState = TaskState.ASSIGNED, **over: Any) -> Task:
    """A hand-off that was just given to this rep, with the change that says so."""
    with unit_of_work() as work:
        account = make_account(work.session, "株式会社アクメ <&>")
        values = {"kind": TaskKind.HAND_OFF, "state": state, "account_id": account.id, "points": 48.2, "why": WHY}
        times = {"created_at": work.at, "assigned_at": work.at, "due_at": work.at + timedelta(hours=4)}
        brief = {"topic": "原価管理", "do_not_say": ["opens"]}
        task = Task(**{**values, **times, "brief": brief, "owner_id": rep.id if rep else None, **over})
        work.session.add(task)
        work.session.flush()
        record_change(work.session, task, old=None, code=TaskCode.OPENED, at=work.at)
    return task


def listen(url: str, kind: ChannelKind = ChannelKind.WEBHOOK, **over: Any) -> Channel:
    """A channel that hears of everything."""
    with unit_of_work() as work:
        by = make_user(work.session)
        wish = Wish(**{"kind": kind, "title": "CRM", "url": url, "events": (), "language": Language.ENGLISH, **over})
        return add_channel(work.session, wish, Entering(by.id, work.at, SEAL, allow_private=True))


def outlet_of(installation: Installation, **settings: Any) -> Outlet:
    """What delivers, allowed to reach this machine."""
    settings = {"allow_private_targets": True, **settings}
    changed = replace(installation.settings, **settings)
    return Outlet(changed, installation.signer, SmtpPool(5), changed.mailbox_port)


@contextmanager
def mailbox(installation: Installation, **settings: Any) -> Iterator[Outlet]:
    """The local mailbox running, and what delivers to it."""
    with MailboxServer(installation.engine, 0) as server:
        outlet = outlet_of(installation, mailbox_port=server.port, **settings)
        yield outlet
        outlet.pool.close()


def plan() -> int:
    """Decide for all new changes whom to tell."""
    with unit_of_work() as work:
        return plan_next_deliveries(work.session, work.at)


def tell(outlet: Outlet) -> None:
    """What a bell does: plan, look after what was left behind, deliver until nothing is due."""
    plan()
    settle_stranded(outlet)
    while deliver_next_batch(outlet):
        pass


def deliveries() -> list[Delivery]:
    """All of them, the oldest first."""
    with unit_of_work() as work:
        return list(work.session.scalars(select(Delivery).order_by(Delivery.id)))


def states() -> list[str]:
    """How they stand."""
    return [one.state for one in deliveries()]


def get_channel_now(channel: Channel) -> Channel:
    """The channel as it stands."""
    with unit_of_work() as work:
        return work.session.get_one(Channel, channel.id)


def secrets_now(channel: Channel) -> list[str]:
    """What its posts are signed with."""
    return secrets_of(channel, SEAL)


def let_hours_pass(hours: float) -> None:
    """Move business time."""
    with unit_of_work() as work:
        set_clock_offset(work.session, timedelta(hours=hours))


SENT, PLANNED, FAILED = DeliveryState.SENT, DeliveryState.PLANNED, DeliveryState.FAILED
