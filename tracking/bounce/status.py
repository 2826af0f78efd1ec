"""Codes and words of a refusal to its reason and strength.

What is weighed: the enhanced status (RFC 3463 and its registry), the reply code of SMTP, and the words beside them.
Words that mean one thing win over a code, as servers send `5.1.1` for full mailboxes and `5.7.1` for unknown people; a
code that means one thing wins over vague words. What stays undecided is soft.
"""

import re
from typing import NamedTuple

from abm.words import BounceReason, BounceStrength
from tracking.bounce.finding import find_group, is_weakly_hard

HARD, SOFT = BounceStrength.HARD, BounceStrength.SOFT
# Reasons behind a refusal are said within this; what follows are other people's explanations.
LONGEST = 4_000
# A reply to RCPT TO that means "not this person" when nothing else is said.
AT_RECIPIENT = ("rcpt to", "does not like recipient")
REFUSED_CODES = (550, 551, 553)


class Judgement(NamedTuple):
    """Why, and whether for good."""

    reason: BounceReason
    strength: BounceStrength


UNDECIDED = Judgement(BounceReason.UNKNOWN, SOFT)
_USER = Judgement(BounceReason.NO_SUCH_USER, HARD)
_HOST = Judgement(BounceReason.NO_SUCH_HOST, HARD)
_DISABLED = Judgement(BounceReason.MAILBOX_DISABLED, HARD)
_FULL = Judgement(BounceReason.MAILBOX_FULL, SOFT)
_LARGE = Judgement(BounceReason.TOO_LARGE, SOFT)
_POLICY = Judgement(BounceReason.BLOCKED_POLICY, SOFT)
_RATE = Judgement(BounceReason.RATE_LIMITED, SOFT)
_LOOP = Judgement(BounceReason.LOOP, SOFT)
_CONNECTION = Judgement(BounceReason.CONNECTION, SOFT)
_SYSTEM = Judgement(BounceReason.SYSTEM, SOFT)
_CONTENT = Judgement(BounceReason.CONTENT, SOFT)

# By what follows the class: x.1.1 and so on; the IANA registry of enhanced status codes, and Exchange Online's own.
STATUSES = {
    "1.1": _USER,
    "1.2": _HOST,
    "1.3": _USER,
    "1.6": Judgement(BounceReason.MOVED, HARD),
    "1.7": _POLICY,
    "1.8": _POLICY,
    "1.10": _HOST,
    "1.90": _RATE,
    "2.1": _DISABLED,
    "2.2": _FULL,
    "2.3": _LARGE,
    "3.1": _SYSTEM,
    "3.2": _SYSTEM,
    "3.3": _SYSTEM,
    "3.4": _LARGE,
    "3.5": _SYSTEM,
    "4.2": _CONNECTION,
    "4.3": _CONNECTION,
    "4.4": _HOST,
    "4.5": _RATE,
    "4.6": _LOOP,
    "4.7": _CONNECTION,
    "4.14": _LOOP,
    "4.300": _CONNECTION,
    "4.310": _HOST,
    "4.312": _CONNECTION,
    "4.316": _CONNECTION,
    "5.3": _RATE,
    "7.17": Judgement(BounceReason.MOVED, HARD),
    "7.18": Judgement(BounceReason.MOVED, HARD),
}
# What a subject of codes means where the detail says nothing.
SUBJECTS = {"6": _CONTENT, "7": _POLICY}
# Codes that speak of the sender's address: whatever "does not exist" beside them is ours.
OF_SENDER = ("1.7", "1.8")
# Words of these decide nothing against a code that says the person is not there.
VAGUE = (BounceReason.BLOCKED_POLICY, BounceReason.CONTENT, BounceReason.CONNECTION, BounceReason.SYSTEM)

_STATUS = re.compile(r"(?<![\d.])([45]\.\d\.\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ \-:]|$)(?![ -]\d\d)", re.MULTILINE)
_ADDRESS = re.compile(r"<?[^\s<>()\[\]:;,\"@]{1,64}@[A-Za-z0-9.-]{1,255}>?")
_SAYS = re.compile(r"\bhost \S{1,255} sa(?:id|ys):|\bremote-mta:[^\n]*|\bhttps?://\S+", re.IGNORECASE)


def judge(words: str, status: str | None) -> Judgement:
    """Why a refused address was refused; `status` is what the report's own field says."""
    words = words[:LONGEST]
    told = best_status(words, status)
    reply = find_reply(words)
    flat = flatten(words)
    group = find_group(flat)
    judged = Judgement(group.reason, group.strength) if group else None
    if is_passing(told, reply):
        return Judgement((judged or _by_status(told) or UNDECIDED).reason, SOFT)
    coded = _by_status(told)
    if told and told[2:] in OF_SENDER:
        return _POLICY
    if judged and not (judged.reason in VAGUE and _is_vague(flat) and _is_hard(coded, told, flat)):
        return judged
    return coded or _by_reply(flat, reply) or UNDECIDED


def _is_hard(coded: Judgement | None, status: str | None, flat: str) -> bool:
    """Whether the code says the person is not there, alone or together with words that alone would not."""
    if coded:
        return coded.strength == HARD
    # Exchange Online refuses whom it does not know with 5.4.1 "Recipient address rejected: Access denied".
    return status is not None and status[2] in "145" and is_weakly_hard(flat)


def best_status(words: str, status: str | None) -> str | None:
    """The most telling code: the field's, unless it is a mere x.0.0 and the words hold a better one."""
    found = find_status(words)
    if status is None or (found and is_generic(status)):
        return found or status
    # A server's own words overrule a code that somebody on the way made up from the reply.
    return found if found and not is_generic(found) and found[0] == status[0] else status


def find_status(words: str) -> str | None:
    """The first enhanced status in these words that says something, else the first one."""
    found = _STATUS.findall(words)
    return next((one for one in found if not is_generic(one)), found[0] if found else None)


def find_reply(words: str) -> int | None:
    """The first reply code of SMTP in these words."""
    found = _REPLY.search(words)
    return int(found[1]) if found else None


def is_generic(status: str) -> bool:
    """Whether a status names its class only."""
    return status.endswith(".0.0")


def is_passing(status: str | None, reply: int | None) -> bool:
    """Whether the refusal says of itself that it passes."""
    return status.startswith("4") if status else reply is not None and reply < 500


def flatten(words: str) -> str:
    """Lower case, one space between words, and no names that could look like reasons."""
    bare = _ADDRESS.sub("<@>", _SAYS.sub(" ", words)).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(bare.split())


def _by_status(status: str | None) -> Judgement | None:
    if status is None:
        return None
    return STATUSES.get(status[2:]) or SUBJECTS.get(status[2])


def _by_reply(flat: str, reply: int | None) -> Judgement | None:
    """The answer to a recipient without a telling code or word."""
    if is_weakly_hard(flat):
        return _USER
    if reply == 552:
        return _FULL
    is_refused = reply in REFUSED_CODES and any(words in flat for words in AT_RECIPIENT)
    return _USER if is_refused else None


def _is_vague(flat: str) -> bool:
    """Vague words that stand beside none of those which name our mail as the cause."""
    return not any(word in flat for word in ("policy", "blocked", "spam", "sender"))
