"""`abm match`: which account each company of a stream is, and why."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

import click

from abm.cli.options import act, json_option, open_here
from abm.cli.show import stream
from abm.config import load_settings
from abm.customers.domains import SharedDomains
from abm.errors import Invalid
from abm.importers.firms import Firm, match_known, match_stored, read_firm, read_known

# Lines asked for together when the records are in the database.
TOGETHER = 500

Answer = dict[str, Any]


@click.command()
@click.option(
    "--against",
    metavar="FILE",
    type=click.File("rb"),
    help="Match against these JSON lines (the same fields and `id`) instead of the records.",
)
@json_option
def match(against: BinaryIO | None) -> None:
    """Match companies on standard input, one JSON object a line.

    Fields: ref, company, and what is known of corporate_number, email, phone, postcode, prefecture, person. Lines do
    not influence each other and nothing is changed. A line that cannot be read is answered with its error; the exit
    code is then 1.
    """
    shared = SharedDomains((load_settings() if against else open_here().settings).shared_domains)
    read = (_read(number, line, shared) for number, line in enumerate(sys.stdin.buffer, 1) if line.strip())
    if against:
        known = read_known(against, shared, against.name)
        answers: Iterable[Answer] = (one if isinstance(one, dict) else match_known(one, known) for one in read)
    else:
        answers = _against_records(read)
    failed = False
    for answer in answers:
        stream([answer])
        failed |= "error" in answer
    sys.exit(1 if failed else 0)


def _read(number: int, line: bytes, shared: SharedDomains) -> Firm | Answer:
    try:
        return read_firm(line, shared)
    except Invalid as error:
        return {"line": number, "error": {"code": error.code, "field": error.field, "message": str(error)}}


def _against_records(read: Iterator[Firm | Answer]) -> Iterator[Answer]:
    while piece := list(islice(read, TOGETHER)):
        with act() as work:
            found = match_stored(work.session, [one for one in piece if isinstance(one, Firm)])
            yield from [one if isinstance(one, dict) else next(found) for one in piece]
