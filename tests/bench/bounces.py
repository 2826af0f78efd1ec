"""`bounce.read`: mails that came back read to the end, beside the standard library's parser on the same bytes."""

import statistics
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

from tests.bench import Context, Figure, benchmark, timed
from tracking.bounce import read_bounce

SAMPLES = Path(__file__).parents[1] / "data" / "bounces"
ROUNDS = 5


@benchmark("bounce.read")
def read(context: Context) -> Iterator[Figure]:
    """Mails a second: kind, recipients, strength and reason, against `email` taking the same mails apart."""
    mails = _mails(context.rows(5_000, 50_000))
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: [read_bounce(mail) for mail in mails],
        "parse": lambda: [message_from_bytes(mail) for mail in mails],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            seconds[name].append(timed(way))
    rates = {name: len(mails) / statistics.median(found) for name, found in seconds.items()}
    yield Figure(
        "bounce.read",
        rates["read"],
        "mails/s",
        "higher",
        "stdlib_parse",
        rates["parse"],
        len(mails),
        sum(sum(found) for found in seconds.values()),
    )


def _mails(rows: int) -> list[bytes]:
    """The samples over and over, each as often as the others."""
    samples = [sample.read_bytes() for sample in sorted(SAMPLES.glob("*.eml"))]
    return [samples[row % len(samples)] for row in range(rows)]
