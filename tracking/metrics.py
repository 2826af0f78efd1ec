"""What tracking counts; shown by /metrics of the process that counted it."""

from prometheus_client import Counter, Gauge

from abm.words import HitKind

ACCEPTED = Counter("tracking_accepted", "Hits in the spool before the answer left", ["kind"])
UNSTORED = Counter("tracking_unstored", "Requests answered without a hit because the spool could not be written")
SET_ASIDE = Counter("tracking_set_aside", "Requests that became no hit", ["reason"])
REFUSED = Counter("tracking_refused", "Reports that did not prove to be genuine", ["source", "reason"])
STOPS = Counter("tracking_stops", "Stops by what the recipient was answered", ["answer"])
LOADED = Counter("tracking_loaded", "Hits committed to the database")
TORN = Counter("tracking_torn", "Half-written last lines cut off; they were never accepted")
CORRUPT = Counter("tracking_corrupt", "Spool lines that do not match their check sum, put into the corrupt folder")
WAITING = Gauge("tracking_waiting_segments", "Sealed spool segments not yet in the database")

# Looked up once: finding a labelled counter costs more than counting.
_ACCEPTED = {kind: ACCEPTED.labels(kind.value) for kind in HitKind}


def accepted(kind: HitKind) -> Counter:
    """The counter of accepted hits of a kind."""
    return _ACCEPTED[kind]
