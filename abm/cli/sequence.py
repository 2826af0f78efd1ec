"""`abm sequence`: scenarios as documents."""

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.cli.options import act, as_option, find_acting, json_option, wants_json, zone
from abm.cli.sequence_simulate import simulate_
from abm.cli.sequence_source import name_of, read_named
from abm.cli.show import say, show
from abm.clock import rfc3339
from abm.errors import Invalid, ServiceDown
from abm.models import Sequence
from abm.segments.segments import get_segment
from abm.words import RestartAnswer
from campaigns.flaws import Flaw
from campaigns.judging import judge, judge_alone
from campaigns.library import library_names, read_document
from campaigns.restarts import answer_restart
from campaigns.schema import document_schema
from campaigns.sequences import apply_sequence, end_sequence, pause_sequence, publish_sequence, resume_sequence
from campaigns.status import sequence_status
from campaigns.versions import Landing, move_people, preview_move

STAYS = "stays in the old version"


@click.group()
@json_option
def sequence() -> None:
    """Check, store, publish and watch sequences.

    FILE is a YAML or JSON document; NAME is one that ships with the product, or one that is stored here.
    """


sequence.add_command(simulate_)


@sequence.command()
@click.argument("file", metavar="FILE|NAME")
@json_option
def validate(file: str) -> None:
    """Check a sequence without storing it; exits 1 and names every problem with its place and step."""
    problems = [
        {"node": flaw.node, "place": flaw.place, "code": flaw.code, "message": flaw.message}
        for flaw in _flaws(read_named(file))
    ]
    show({"valid": not problems, "problems": problems})
    sys.exit(1 if problems else 0)


@sequence.command()
@json_option
def schema() -> None:
    """Print the JSON Schema of sequences, for editors that check while one types."""
    click.echo(json.dumps(document_schema(), ensure_ascii=False, indent=2))


@sequence.command()
@click.argument("file", metavar="FILE|NAME")
@json_option
def apply(file: str) -> None:
    """Store a sequence as a draft; people in flight keep the version they are in."""
    document = read_document(file)
    with act() as work:
        version = apply_sequence(work.session, document, work.at)
        status = sequence_status(work.session, str(document["name"]))
    say(f"version {version.number} stored; `abm sequence publish {document['name']}` takes people on")
    show(status)


@sequence.command()
@click.argument("name")
@click.option("--import", "import_id", type=click.UUID, help="Take on everybody of this import.")
@click.option("--segment", metavar="NAME", help="Take on everybody of this segment.")
@click.option("--nobody", is_flag=True, help="Take nobody on now, as before people are moved to a new version.")
@as_option
@json_option
def publish(name: str, import_id: uuid.UUID | None, segment: str | None, nobody: bool, user: str | None) -> None:
    """Publish the newest version of NAME to everybody of one import or segment, or to whomever its triggers bring.

    A sequence that ships is stored first if need be.
    """
    if (import_id is not None) + (segment is not None) + nobody > 1:
        raise click.UsageError("name whom to take on by one of --import ID, --segment NAME and --nobody")
    with act() as work:
        by = find_acting(work.session, user)
        if name in library_names() and not is_stored(work.session, name):
            apply_sequence(work.session, name, work.at)
        chosen = get_segment(work.session, segment).id if segment is not None else None
        try:
            publish_sequence(
                work.session,
                name,
                at=work.at,
                by=by,
                import_id=import_id,
                segment_id=chosen,
                zone=zone(),
                nobody_yet=nobody,
            )
        except Invalid as error:
            if error.field == "segment" and import_id is None and segment is None:
                raise click.UsageError(f"{error}: --import ID, --segment NAME or --nobody") from error
            raise
        status = sequence_status(work.session, name)
    show(status)


@sequence.command()
@click.argument("file", metavar="FILE|NAME")
@json_option
def status(file: str) -> None:
    """Show where the people of a sequence stand, step by step."""
    with act() as work:
        found = sequence_status(work.session, name_of(file))
    show(found)


@sequence.command()
@click.argument("name")
@as_option
@json_option
def pause(name: str, user: str | None) -> None:
    """Stop everybody of NAME where they are; nothing is sent until it is resumed."""
    _do(pause_sequence, name, user)


@sequence.command()
@click.argument("name")
@as_option
@json_option
def resume(name: str, user: str | None) -> None:
    """Let everybody of NAME go on from where they stopped."""
    _do(resume_sequence, name, user)


@sequence.command()
@click.argument("name")
@as_option
@json_option
def end(name: str, user: str | None) -> None:
    """Let everybody of NAME out and cancel what is planned; nobody begins until it is published again."""
    _do(end_sequence, name, user)


def _do(change: Callable[..., Any], name: str, user: str | None) -> None:
    """Change the sequence as this user and show how it stands."""
    with act() as work:
        change(work.session, name, work.at, find_acting(work.session, user))
        found = sequence_status(work.session, name)
    show(found)


@sequence.command()
@click.argument("name")
@click.option("--to", "targets", metavar="GONE=STEP", multiple=True, help="Where to go on for a step that is gone.")
@click.option("--apply", is_flag=True, help="Do it; without this only who would land where is shown.")
@as_option
@json_option
def move(name: str, targets: tuple[str, ...], apply: bool, user: str | None) -> None:
    """Move the people of NAME who are in older versions to the newest; without --apply only show who lands where.

    The same key is the same step. Whoever stands at a step that is gone stays, unless --to names where to go on.
    """
    if odd := [target for target in targets if not all(target.partition("="))]:
        raise click.UsageError(f"--to takes GONE=STEP, such as old_guide=guide; this is neither: {odd[0]}")
    chosen = dict(target.partition("=")[::2] for target in targets)
    with act() as work:
        if apply:
            moving = move_people(work.session, name, chosen, at=work.at, by=find_acting(work.session, user))
        else:
            moving = preview_move(work.session, name, chosen)
    landings = [_landing(landing) for landing in moving.landings]
    show({"version": moving.version, "moved" if apply else "would_move": moving.people, "landings": landings})


def _landing(landing: Landing) -> dict[str, Any]:
    """Programs read null where nobody lands; people read what that means."""
    found = asdict(landing)
    return found if wants_json() else {**found, "lands_on": landing.lands_on or STAYS}


@sequence.command()
@click.argument("answer", type=click.Choice([answer.value for answer in RestartAnswer]))
@as_option
@json_option
def release(answer: str, user: str | None) -> None:
    """Decide what becomes of what a long silence, or a restored database, has left overdue.

    `send` lets it go at once, `spread` over a day, `skip` leaves its mails out as too late and goes on.
    """
    with act() as work:
        by = find_acting(work.session, user)
        restart = answer_restart(work.session, RestartAnswer(answer), at=work.at, by=by)
    told = {"silent_from": rfc3339(restart.silent_from), "answer": answer}
    show({**told, "enrollments": restart.enrollments, "messages": restart.messages})


def is_stored(session: Session, name: str) -> bool:
    """Whether this installation has a sequence of this name, draft or published."""
    return session.scalar(select(Sequence.id).where(Sequence.name == name)) is not None


def _flaws(document: Mapping[str, Any]) -> list[Flaw]:
    """Everything wrong with a document, its mails, and the names it gives to things of this installation."""
    try:
        with act() as work:
            return judge(work.session, document)
    except ServiceDown:
        say("no installation runs here: names of lists, channels, users and sequences are not checked")
        return judge_alone(document)
