"""`abm sequence simulate`: what a sequence would have done over recorded history, without doing anything."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from abm.cli.options import Moment, act, json_option, open_here, open_input, wants_json, zone
from abm.cli.sequence_source import read_named
from abm.cli.show import say, show, show_table
from abm.clock import rfc3339
from campaigns.simulate import AS_OF_NOW, Plan, find_live, simulate
from campaigns.simulate_lines import HistoryLine, read_history
from campaigns.simulate_rows import as_json, difference

MONTHS = timedelta(days=90)
COLUMNS = ("at", "account_name", "contact_name", "step", "outcome", "reason", "until")
# A line of progress for each tenth of the way.
PARTS = 10
LISTS = ("gained", "lost", "moved")


@click.command("simulate")
@click.argument("file", metavar="FILE|NAME")
@click.option("--from", "since", type=Moment(), help="Where it begins; 90 days before the end without it.")
@click.option("--to", "until", type=Moment(), help="Where it ends; now without it.")
@click.option("--segment", metavar="NAME", help="Only the people of this segment, and their colleagues.")
@click.option("--history", metavar="FILE.jsonl", help="Run through this file instead of what was recorded here.")
@click.option("--live", is_flag=True, help="Also say how it differs from the version that is published.")
@json_option
def simulate_(
    file: str, since: datetime | None, until: datetime | None, segment: str | None, history: str | None, live: bool
) -> None:
    """Run a sequence through recorded history by the engine itself; writes nothing and sends nothing.

    It begins as if it had been published at --from, with nobody on the way. Triggers, exits, goals, the contact guard
    and all windows act on what was recorded up to each moment: events, stages, deals, tickets, tasks, consent. What has
    no recorded time (scores, segments by hand, fields) is as it is today. A sequence that people are put on by hand
    takes on everybody at --from, or the segment.

    Nobody can know how people would have answered mails that were never sent: branches and waits are decided by what
    each person is recorded to have done in that window, whatever it came from.

    --history has one JSON object a line: {"at", "kind", "contact", "account"} with kind an event (click, download,
    reply …), call, visit, meeting, sales_mail, contact (name, email, title, role, language, consent), enroll or stop;
    or {"at", "kind", "account"} with stage ("to"), deal ("stage"), task or ticket ("state"). Whoever has no line
    `contact` is known from the beginning, with consent.
    """
    document = read_named(file)
    plan = _plan(document, since, until, segment)
    lines = _read(history) if history else None
    with open_here().engine.connect() as connection:
        connection.execute(AS_OF_NOW)
        run = simulate(connection, plan, _teller(plan), lines)
        found = as_json(run)
        if live and (published := find_live(connection, str(document["name"]))):
            say(f"and version {published.number}, which is published")
            found["difference"] = difference(
                run, simulate(connection, plan.of(published.document), _teller(plan), lines)
            )
        connection.rollback()
    _show(found)


def _plan(document: Mapping[str, Any], since: datetime | None, until: datetime | None, segment: str | None) -> Plan:
    if until is None:
        with act() as work:
            until = work.at
    return Plan(document, since or until - MONTHS, until, zone(), segment)


def _read(file: str) -> Sequence[HistoryLine]:
    with open_input(file) as lines:
        return read_history(lines, zone())


def _teller(plan: Plan) -> Callable[[datetime], None]:
    """Says how far it is, a few times on the way."""
    told = 0

    def tell(at: datetime) -> None:
        nonlocal told
        part = int((at - plan.since) / (plan.until - plan.since) * PARTS)
        if part > told:
            told = part
            say(f"{rfc3339(at)}: {part * 100 // PARTS} %")

    return tell


def _show(found: Mapping[str, Any]) -> None:
    if wants_json():
        show(found)
        return
    show({name: value for name, value in found.items() if name not in ("rows", "difference", "totals")})
    show(found["totals"])
    show_table(found["rows"], COLUMNS)
    for name in LISTS if "difference" in found else ():
        say(f"{name}: {len(found['difference'][name])}")
        show_table(found["difference"][name], COLUMNS)
