"""Why a leaf of a condition holds or not, as one sentence for programs and logs."""

from datetime import timedelta

from abm.conditions.holds import Finding, Known, One
from abm.conditions.language import Check, Did
from abm.conditions.parse import write_value
from abm.words import EventKind

HOURS_OF_DAY = timedelta(days=1)


def because(finding: Finding) -> str:
    """What was found where the condition asks, for example "contact.seniority is executive"."""
    leaf = finding.leaf
    return _of_check(leaf, finding.found) if isinstance(leaf, Check) else _of_did(leaf, finding.found)


def _of_check(check: Check, found: Known) -> str:
    if found is None or found in ("", ()):
        return f"{check.field} is not known"
    values = found if isinstance(found, tuple) else (found,)
    return f"{check.field} is {', '.join(map(_said, values))}"


def _said(found: One) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return f"{found:.15g}" if isinstance(found, float) else str(write_value(found))


def _of_did(did: Did, found: Known) -> str:
    kinds = "anything" if did.kinds == tuple(EventKind) else " or ".join(did.kinds)
    topic = f" about {did.topic}" if did.topic else ""
    return f"did {kinds}{topic} {found} times {_span(did.within)}, {did.at_least} needed"


def _span(within: timedelta | None) -> str:
    if within is None:
        return "ever"
    if within % HOURS_OF_DAY:
        return f"in the last {within // timedelta(hours=1)} hours"
    return f"in the last {within.days} days"
