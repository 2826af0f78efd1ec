"""`abm model`: the scoring model as a document, its versions, and how a new one comes to count."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from abm.cli.documents import faults_told, show_document
from abm.cli.model_replay import replay
from abm.cli.options import act, as_option, find_acting, json_option, read_bytes, wants_json
from abm.cli.show import say, show, show_table
from abm.errors import Invalid
from abm.models import ModelDraft, ScoreModel, User
from abm.scoring.draft import list_drafts, open_draft
from abm.scoring.faults import refuse
from abm.scoring.live import get_version
from abm.scoring.model import in_order
from abm.scoring.publish import Progress, Publishing, list_versions, publish_draft, publish_model, read_progress
from abm.scoring.validate import Checked, add_goldens, check_golden_file, check_yaml

golden_option = click.option(
    "--golden",
    "goldens",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Golden accounts of your own, which become part of the model: a YAML file, or a folder of them. Repeatable.",
)


@click.group()
@json_option
def model() -> None:
    """Check, change and publish the scoring model.

    FILE is a YAML document, as `abm model show` writes it; - is standard input. Nothing but `publish` changes a score.
    """


model.add_command(replay)


@model.command(name="show")
@click.option("--version", type=int, metavar="N", help="This version instead of the live one.")
@json_option
def show_model(version: int | None) -> None:
    """Write the live model as a document that can be changed and given back."""
    with act() as work:
        found = get_version(work.session, version)
        document = in_order(found.document)
    show_document(found, document)


@model.command()
@click.argument("file")
@golden_option
@json_option
def validate(file: str, goldens: Sequence[Path]) -> None:
    """Check a model without keeping it; exits 1 and names every fault with its line, its place and what would be right.

    A sound model is run over the golden accounts as well: what comes out otherwise than expected stops a publish.
    """
    checked = _check(file, goldens)
    show(_told(checked))
    sys.exit(1 if checked.faults else 0)


@model.command()
@click.argument("file")
@click.option("--note", metavar="TEXT", help="What it is for, shown beside the version.")
@golden_option
@as_option
@json_option
def draft(file: str, note: str | None, goldens: Sequence[Path], user: str | None) -> None:
    """Keep a model as a draft, to be looked at, replayed and published later."""
    checked = _read_sound(file, goldens)
    with act() as work:
        by = find_acting(work.session, user)
        kept = open_draft(work.session, checked.document, at=work.at, by=by, note=note)
        answer = _draft(kept)
    say(f"kept; `abm model publish --draft {answer['draft']}` makes it the live model")
    show({**answer, "golden": _goldens(checked)})


@model.command()
@click.argument("file", required=False)
@click.option("--draft", "draft_id", type=click.UUID, help="A draft that was kept, instead of a file.")
@click.option("--note", metavar="TEXT", help="What it is for, shown beside the version.")
@click.option("--despite", metavar="TEXT", help="Why it is right although a golden account comes out otherwise.")
@golden_option
@as_option
@json_option
def publish(
    file: str | None,
    draft_id: Any,
    note: str | None,
    despite: str | None,
    goldens: Sequence[Path],
    user: str | None,
) -> None:
    """Make a model the live one: FILE, a draft, or without either the newest draft.

    Every account is folded again by it: at once where something happens, else by the workers.
    """
    if file and draft_id:
        raise click.UsageError("give FILE or --draft ID, not both")
    if goldens and not file:
        raise click.UsageError("--golden goes with FILE: a draft has its own golden accounts")
    checked = _read_sound(file, goldens) if file else None
    with act() as work:
        by = find_acting(work.session, user)
        if checked is not None:
            publishing = Publishing(get_version(work.session).version, work.at, by, note, despite)
            publish_model(work.session, checked.document, publishing)
        else:
            chosen = draft_id or _newest_draft(list_drafts(work.session))
            publish_draft(work.session, chosen, at=work.at, by=by, despite=despite)
        answer = _version(get_version(work.session), read_progress(work.session))
    say("published; the workers fold every account again, `abm model versions` shows how far they are")
    show(answer)


@model.command()
@json_option
def versions() -> None:
    """List every version, how far the live one has come, and the open drafts."""
    with act() as work:
        names: dict[Any, str] = {user.id: user.name for user in work.session.scalars(select(User))}
        progress = read_progress(work.session)
        rows = [
            {**_version(one, progress), "published_by": names.get(one.published_by)}
            for one in list_versions(work.session)
        ]
        drafts = [{**_draft(one), "changed_by": names.get(one.changed_by)} for one in list_drafts(work.session)]
    if wants_json():
        show({"versions": rows, "drafts": drafts})
        return
    show_table(rows, list(rows[0]))
    if drafts:
        show_table(drafts, ("draft", "based_on", "changed_at", "changed_by", "note"))


def _check(file: str, goldens: Sequence[Path]) -> Checked:
    files = [one for path in goldens for one in (sorted(path.glob("*.y*ml")) if path.is_dir() else [path])]
    if goldens and not files:
        raise Invalid(f"no YAML file lies in {goldens[0]}: name a file, or a folder that holds some", "golden")
    read = [check_golden_file(one.name, read_bytes(str(one))) for one in files]
    return add_goldens(check_yaml(read_bytes(file)), read)


def _read_sound(file: str, goldens: Sequence[Path]) -> Checked:
    checked = _check(file, goldens)
    if checked.model is None:
        raise refuse(checked.faults)
    return checked


def _newest_draft(drafts: Any) -> Any:
    if not drafts:
        raise Invalid("there is no draft to publish: give FILE, or keep one with `abm model draft FILE`", "file")
    return drafts[0].id


def _told(checked: Checked) -> dict[str, Any]:
    return {**faults_told(checked.faults), "golden": _goldens(checked)}


def _goldens(checked: Checked) -> list[dict[str, Any]]:
    return [result.as_json() for result in checked.goldens]


def _draft(one: ModelDraft) -> dict[str, Any]:
    return {"draft": str(one.id), "based_on": one.based_on, "changed_at": one.changed_at, "note": one.note}


def _version(one: ScoreModel, progress: Progress) -> dict[str, Any]:
    reached = f"{progress.accounts - progress.behind} of {progress.accounts}" if one.is_live else None
    return {
        "version": one.version,
        "is_live": one.is_live,
        "published_at": one.published_at,
        "note": one.note,
        "golden_failed": [failed["name"] for failed in one.golden.get("failed", [])],
        "despite": one.golden.get("despite"),
        "folded": reached,
    }
