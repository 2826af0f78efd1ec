"""The Feedback-ID header: by what a mailbox provider counts complaints, without saying to whom a mail went."""

# Document: support.google.com/mail/answer/6254652 ("Feedback Loop"): up to three identifiers and, last, who sends.

import re
from functools import lru_cache
from hashlib import blake2b

# What may stand in the header as it is; a colon would begin the next identifier.
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,60}")
DIGEST_BYTES = 5


@lru_cache(maxsize=1024)
def feedback_id(campaign: str, sequence: str, step: str, sender_mail: str) -> str:
    """campaign:sequence:step:sender, the sender known by a digest of the domain."""
    domain = sender_mail.rpartition("@")[2].lower()
    return ":".join((_part(campaign), _part(sequence), _part(step), _digest(domain)))


def _part(name: str) -> str:
    """The name where it is plain, else what stands for it."""
    return name if PLAIN.fullmatch(name) else _digest(name)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()
