"""What the answer of a mail service's API means for the mail."""

from abm.connectors.mail.smtp import ACCEPTED, BROKEN_OFF, LONGEST_SAID, Fate, Outcome
from abm.connectors.posting import Posted
from abm.words import DeliveryReason, SendReason

# Nothing is wrong with the mail: our key, account or settings are, and somebody has to mend them.
ACCOUNT = Outcome(Fate.DEFERRED, SendReason.PROVIDER_LOGIN)
BUSY = Outcome(Fate.DEFERRED, SendReason.PROVIDER_BUSY)
REFUSED = Outcome(Fate.REFUSED, SendReason.PROVIDER_REFUSED)
SUPPRESSED = Outcome(Fate.REFUSED, SendReason.PROVIDER_SUPPRESSED)
STATUSES = {
    401: ACCOUNT,
    402: ACCOUNT,
    403: ACCOUNT,
    404: ACCOUNT,
    405: ACCOUNT,
    408: BUSY,
    425: BUSY,
    429: BUSY,
    # A gateway that waited in vain: nobody knows what was done with the mail behind it.
    504: BROKEN_OFF,
}


def judge_answer(posted: Posted, meaning: Outcome | None = None, said: str = "") -> Outcome:
    """The mail's fate: by what the service's own error code means where it is known, else by the status."""
    if posted.status is None:
        if posted.fate is Fate.UNKNOWN:
            return BROKEN_OFF
        unsafe = posted.reason is DeliveryReason.UNSAFE
        return Outcome(Fate.DEFERRED, SendReason.SMTP_UNSAFE if unsafe else SendReason.PROVIDER_UNREACHABLE)
    found = meaning or _by_status(posted.status)
    if found is ACCEPTED:
        return found
    return Outcome(found.fate, found.reason, posted.status, said[:LONGEST_SAID], posted.wait)


def _by_status(status: int) -> Outcome:
    if 200 <= status <= 299:
        return ACCEPTED
    if 300 <= status <= 399:
        return ACCOUNT
    return STATUSES.get(status) or (BUSY if status >= 500 else REFUSED)
