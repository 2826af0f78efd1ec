"""The scheduler sees that a change waits to be told, and the bell does the rest."""

from dataclasses import replace

from dramatiq.brokers.stub import StubBroker

from abm.due import SWEEPS
from abm.queue import ring
from abm.scheduler import Bells, look
from abm.work import Installation, use_installation
from tests.abm.channels.worlds import SENT, listen, open_task, states
from tests.bells import run_bells
from tests.receiver import receiving

OURS = {name: SWEEPS[name] for name in ("plan_deliveries", "make_deliveries")}


def look_once(installation: Installation) -> list[str]:
    """What the scheduler does each second."""
    with installation.engine.connect() as connection:
        return look(connection, Bells(ring), OURS)


def test_a_change_is_told_by_the_bell_the_scheduler_rings(installation: Installation, broker: StubBroker) -> None:
    use_installation(replace(installation, settings=replace(installation.settings, allow_private_targets=True)))
    open_task(None)
    with receiving() as receiver:
        listen(receiver.url)
        due = look_once(installation)
        run_bells(broker)

    assert due == ["plan_deliveries"]
    assert (states(), look_once(installation)) == ([SENT], [])
