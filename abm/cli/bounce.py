"""`abm bounce`: what mails that came back say, and what follows from them."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from abm.cli.options import act, json_option, open_here, read_bytes
from abm.cli.show import stream
from abm.errors import Invalid
from abm.tokens import Signer
from abm.words import BounceKind
from tracking.bounce import Reading, read_bounce
from tracking.bounces import keep_unread, take_bounce, with_return_path
from tracking.effects import Standards, standards_of


@click.group()
@json_option
def bounce() -> None:
    """Read mails that came back: bounces, delays, complaints, automatic answers."""


@bounce.command("read")
@click.argument("files", metavar="FILE…|-", nargs=-1, required=True)
@json_option
def read(files: Sequence[str]) -> None:
    """Say what each mail is and of whom it speaks, a JSON line each; needs no installation.

    Every file, and standard input for `-`, holds one mail as it came, with or without a "From " line in front. A mail
    that cannot be made sense of is `other`. A file that cannot be read is answered with its error; the exit code is
    then 1.
    """
    failed = False
    for file in files:
        try:
            stream([reading_json(file, read_bounce(read_bytes(file)))])
        except Invalid as error:
            failed = True
            stream([{"file": file, "error": {"code": error.code, "field": error.field, "message": str(error)}}])
    sys.exit(1 if failed else 0)


@bounce.command("take")
@click.argument("files", metavar="FILE…|-", nargs=-1, required=True)
@json_option
def take(files: Sequence[str]) -> None:
    """Take each mail and do what follows from it, in one act; the same mail again changes nothing.

    For the alias to which mails come back: a JSON line with what became of each recipient. What cannot be made sense
    of is kept for people to look at. With an exit code other than 0 nothing was done; for Postfix write
    `bounces: "|abm bounce take - || exit 75"`, so that it tries again later.
    """
    mails = [(file, read_bytes(file)) for file in files]
    here = open_here()
    standards = standards_of(here.settings)
    with act() as work:
        lines = [_take(work.session, file, raw, work.at, standards, here.signer) for file, raw in mails]
    stream(lines)


def _take(
    session: Session, file: str, raw: bytes, at: datetime, standards: Standards, signer: Signer
) -> dict[str, Any]:
    reading = with_return_path(session, read_bounce(raw), signer, raw)
    outcomes = take_bounce(session, reading, at, raw=raw, standards=standards)
    if reading.kind == BounceKind.OTHER:
        keep_unread(session, raw, at)
    applied = [{"address": report.address, "applied": became} for report, became in outcomes]
    return {**reading_json(file, reading), "applied": applied}


def reading_json(file: str, reading: Reading) -> dict[str, Any]:
    """A reading as `abm bounce read` prints it."""
    recipients = [
        {"address": one.address, "strength": one.strength, "reason": one.reason, "status": one.status}
        for one in reading.recipients
    ]
    return {"file": file, "kind": reading.kind, "recipients": recipients, "message_id": reading.message_id}
