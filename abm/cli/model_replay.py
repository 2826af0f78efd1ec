"""`abm model replay`: what a model would have done over recorded months, beside the live one."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from abm.cli.options import Moment, act, json_option, read_bytes, wants_json, zone
from abm.cli.show import say, show, show_table
from abm.errors import Invalid
from abm.handoff.replays import compare
from abm.scoring.difference import span_of
from abm.scoring.draft import get_draft, list_drafts
from abm.scoring.faults import refuse
from abm.scoring.live import ensure_model
from abm.scoring.model import Model, read_model
from abm.scoring.validate import check_yaml

LISTS = ("gained", "lost", "earlier", "later")


@click.command()
@click.argument("file", required=False)
@click.option("--draft", "newest", is_flag=True, help="The newest draft instead of a file.")
@click.option("--draft-id", type=click.UUID, metavar="ID", help="This draft instead of a file.")
@click.option("--from", "since", type=Moment(), help="Begin of the months; 90 days before their end without it.")
@click.option("--to", "until", type=Moment(), help="End of the months; now without it.")
@json_option
def replay(
    file: str | None, newest: bool, draft_id: uuid.UUID | None, since: datetime | None, until: datetime | None
) -> None:
    """Walk a model through recorded months and say how its hand-offs differ from the live model's; changes nothing."""
    if sum(map(bool, (file, newest, draft_id))) != 1:
        raise click.UsageError("give FILE, --draft or --draft-id")
    named = _read_file(file) if file else None
    with act() as work:
        session, zone_here = work.session, zone()
        draft = named or read_model(_draft(session, draft_id))
        answer = compare(session, draft, ensure_model(session), span_of(since, until, work.at), zone_here, _tell)
    if wants_json():
        show(answer)
    else:
        _show(answer)


def _read_file(file: str) -> Model:
    checked = check_yaml(read_bytes(file))
    if checked.model is None:
        raise refuse(checked.faults)
    return checked.model


def _draft(session: Session, draft_id: uuid.UUID | None) -> Mapping[str, Any]:
    if draft_id is not None:
        return get_draft(session, draft_id).document
    if not (drafts := list_drafts(session)):
        raise Invalid("there is no draft to replay: give FILE, or keep one with `abm model draft FILE`", "file")
    return drafts[0].document


def _tell(accounts: int) -> None:
    say(f"{accounts} accounts walked")


def _show(answer: Mapping[str, Any]) -> None:
    """The counts, and below them who is concerned."""
    tables = {name: answer[name] for name in (*LISTS, "rejects", "wins", "weeks", "reps")}
    counts = {name: value for name, value in answer.items() if name not in tables}
    show({**counts, **{name: answer[name]["count"] for name in LISTS}})
    show({f"{name}_{part}": answer[name][part] for name in ("rejects", "wins") for part in ("recorded", "gone")})
    show_table(answer["weeks"], ("week", "draft", "live"))
    show_table(answer["reps"], ("name", "draft_a_week", "live_a_week", "capacity"))
    for name in LISTS:
        if rows := answer[name]["rows"]:
            say(name)
            show_table([_line(row) for row in rows], ("account", "draft", "live", "points", "threshold", "people"))


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: row[name]["at"] if row[name] else None for name in ("draft", "live")}
    why = row["why"]
    points, people = round(why["counted"], 1), f"{why['people']}/{why['people_needed']}"
    return {
        "account": row["account"]["name"],
        **times,
        "points": points,
        "threshold": why["threshold"],
        "people": people,
    }
