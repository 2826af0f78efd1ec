"""`abm verdict`: how surely a person stood behind each hit of a stream, and why."""

import sys
from typing import Any

import click

from abm.cli.options import json_option
from abm.cli.show import stream
from abm.config import load_settings
from abm.customers.domains import SharedDomains
from abm.errors import Invalid
from tracking.networks import read_networks
from tracking.verdict import Facts, Known, judge
from tracking.verdict_lines import FactsReader, answer


@click.command()
@json_option
def verdict() -> None:
    """Judge hits on standard input, one JSON object a line; needs no installation.

    Fields: id, at, kind (open, click, download, page, form, reply, attendance …), method, user_agent, message, contact,
    domain, and what is known of ip, link, honeypot, delivered_at, minutes. The whole input is one set and is judged
    after its end: what came later may say who came before. A line that cannot be read is answered with its error; the
    exit code is then 1.
    """
    settings = load_settings()
    reader = FactsReader(SharedDomains(settings.shared_domains), settings.zone)
    lines = [_read(reader, number, line) for number, line in enumerate(sys.stdin.buffer, 1) if line.strip()]
    hits = [one for one in lines if isinstance(one, Facts)]
    judged = iter(judge(hits, Known(networks=read_networks(settings.networks_file))))
    stream(answer(one, next(judged)) if isinstance(one, Facts) else one for one in lines)
    sys.exit(0 if len(hits) == len(lines) else 1)


def _read(reader: FactsReader, number: int, line: bytes) -> Facts | dict[str, Any]:
    try:
        return reader.read(line)
    except Invalid as error:
        return {"line": number, "error": {"code": error.code, "field": error.field, "message": str(error)}}
