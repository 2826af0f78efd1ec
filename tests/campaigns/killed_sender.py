"""A sender in a process of its own that is killed at a named place."""

import multiprocessing
import signal

from abm import crash
from abm.config import Settings
from abm.connectors.mail.dialogue import Limits
from abm.connectors.mail.pool import SmtpPool
from abm.db import make_engine
from abm.tokens import Signer
from campaigns.parcels import Post, Skeletons
from campaigns.sending import send_due, settle_stranded

# Imported once in a process without threads, from which each sender is a copy: a start of its own would cost a second.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


def send_and_die(settings: Settings, place: str, passes: int) -> None:
    """Send until that place has been passed so often and is come by once more."""
    sender = _CONTEXT.Process(target=_send, args=(settings, place, passes), daemon=True)
    sender.start()
    sender.join(30)
    assert sender.exitcode == -signal.SIGKILL, f"nobody was killed at {place}"


def _send(settings: Settings, place: str, passes: int) -> None:
    crash._place, crash._times_left = place, passes
    engine = make_engine(settings.database_url, pool_size=3)
    skeletons, limits = Skeletons(settings), Limits(connections=3)
    post = Post(settings, engine, Signer([b"a sender that dies"]), SmtpPool(5), skeletons, 0, limits)
    settle_stranded(post)
    send_due(post)
