"""How every process begins and learns that it should end."""

import signal
import threading
from types import FrameType

from abm.config import Settings, load_settings
from abm.engines.check import refuse_unfit
from abm.engines.place import addresses
from abm.logs import set_up_logging


def begin(process: str) -> Settings:
    """The settings, with logging already under way."""
    settings = load_settings()
    set_up_logging(settings, process)
    return settings


def begin_on_engines(process: str) -> Settings:
    """The same, for whoever lives by the queue: on engines that would lose work it does not begin at all."""
    settings = begin(process)
    refuse_unfit(addresses(settings), settings.language)
    return settings


def stop_signal() -> threading.Event:
    """Set by SIGTERM or Ctrl-C; a second one ends the process at once."""
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    return stop
