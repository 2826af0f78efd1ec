"""`abm import`: from a spreadsheet to a plan, from a plan to records, and back again."""

import uuid
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from abm.cli.options import act, as_option, find_acting, json_option, open_here, open_input, read_bytes, wants_json
from abm.cli.show import say, show, show_fields, show_table
from abm.config import Settings
from abm.customers.erased import refuse_erased_of_import
from abm.errors import BadConfiguration, Invalid
from abm.importers.apply import import_now, plan_import
from abm.importers.request import Request, Upload, read_choices
from abm.importers.result import import_result, rejected_file
from abm.importers.undo import undo_import
from abm.models import AuditEntry
from abm.scoring.document import read_yaml
from abm.words import ConsentBasis, FaultCode, ImportKind, Language

PARTIAL = 3
# How to read a file, beside the columns; the same words as on the import page.
READING = ("encoding", "delimiter", "sheet", "header_row")
PROBLEM_COLUMNS = ("line", "column", "code", "value", "message")


class FileOrUndo(click.Group):
    """`abm import FILE …` and `abm import undo ID` under one name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever is not `undo` is about a file."""
        words = [word for word in args if word != "--json"]
        if words[:1] != ["undo"]:
            args = ["file", *args]
        return super().parse_args(ctx, args)


class NamelessContext(click.Context):
    """Usage and hints name the command as people type it: without the `file` that was put in for them."""

    @property
    def command_path(self) -> str:
        """The group's own path."""
        return self.parent.command_path if self.parent else super().command_path


class Nameless(click.Command):
    """A command that is meant when its group's next word is none of its commands."""

    context_class = NamelessContext


@click.group(cls=FileOrUndo)
@json_option
def import_file() -> None:
    """Import a spreadsheet, or take an import back."""


@import_file.command("file", cls=Nameless, epilog="`abm import undo ID` takes an applied import back.")
@click.argument("file")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ImportKind]),
    help="What FILE holds (default: told by its columns).",
)
@click.option(
    "--map",
    "mapping",
    metavar="FILE",
    help="YAML or JSON: our field → its header (empty: leave the field out), and how to read the file.",
)
@click.option(
    "--consent",
    type=click.Choice([basis.value for basis in ConsentBasis]),
    help="Why its people may be mailed. Without a basis they are not.",
)
@click.option("--sample", is_flag=True, help="Sample data: its people are mailed to the local mailbox only.")
@click.option("--apply", "applies", is_flag=True, help="Change the records; without it there is a plan only.")
@as_option
@json_option
@click.pass_context
def file(
    ctx: click.Context,
    file: str,
    kind: str | None,
    mapping: str | None,
    consent: str | None,
    sample: bool,
    applies: bool,
    user: str | None,
) -> None:
    """Show what importing FILE would do; with --apply, do it.

    Reads .xlsx, and CSV or TSV in UTF-8, UTF-16, CP932, EUC-JP or ISO-2022-JP. Rows that cannot be imported do not
    stop the others: they are listed, written to a file of their own, and the exit code is 3.
    """
    chosen = read_map(mapping) if mapping else {}
    # A field without a column is left out.
    columns = {name: column or "" for name, column in chosen.items() if name not in READING} or None
    basis = ConsentBasis(consent) if consent else None
    settings = open_here().settings
    with open_input(file) as source, act() as work:
        by = find_acting(work.session, user)
        request = Request(ImportKind(kind) if kind else None, read_choices(columns, chosen), basis, sample, by)
        upload = Upload(Path(file).name, source)
        record = (import_now if applies else plan_import)(work.session, upload, request, settings, work.at)
        refuse_erased_of_import(work.session, record.id, open_here().signer.digests, work.at)
        result = import_result(work.session, record.id)
        result["rejected_file"] = _write_rejected(work.session, record.id, settings)
    _show_result(result)
    ctx.exit(PARTIAL if applies and result["rejected"] else 0)


@import_file.command()
@click.argument("import_id", metavar="ID", type=click.UUID)
@as_option
@json_option
def undo(import_id: uuid.UUID, user: str | None) -> None:
    """Take an applied import back: what it made goes, what it changed gets its old value."""
    with act() as work:
        result = undo_import(work.session, import_id, work.at)
        by = find_acting(work.session, user)
        work.session.add(
            AuditEntry(at=work.at, user_id=by, act="import.undone", subject="import", subject_id=import_id)
        )
    show(result)


def read_map(file: str) -> dict[str, Any]:
    """The columns and reading that a person chose."""
    text = read_yaml(read_bytes(file))
    for fault in text.faults:
        if fault.code != FaultCode.EMPTY:
            line = f"line {fault.line}: " if fault.line else ""
            raise Invalid(f"{file}: {line}{fault.message}", field="map", code="not_a_mapping")
    if not isinstance(text.document, dict):
        raise Invalid(f"{file}: give a mapping such as company: 会社名", field="map", code="not_a_mapping")
    return text.document


def _write_rejected(session: Session, import_id: uuid.UUID, settings: Settings) -> str | None:
    """Give the rejected rows back beside the installation's own files, where nothing is ever overwritten."""
    rejected = rejected_file(session, import_id, Language(settings.language))
    if rejected is None:
        return None
    place = settings.state_dir.absolute() / "rejected" / str(import_id) / rejected.name
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_bytes(rejected.content)
    except OSError as error:
        raise BadConfiguration(f"{place} cannot be written: {error.strerror}; set ABM_STATE_DIR") from error
    if rejected.fell_back:
        say(f"{place} is UTF-8 with BOM: its own encoding lacks a sign that stands in it")
    return str(place)


def _show_result(result: dict[str, Any]) -> None:
    if wants_json():
        show(result)
        return
    lists = {name: result[name] for name in ("rejected", "flagged")}
    show_fields({name: value for name, value in result.items() if name not in lists})
    for name, rows in lists.items():
        if rows:
            click.echo(f"\n{name}")
            show_table(rows, PROBLEM_COLUMNS)
    if not result["applied"]:
        say("nothing was changed; --apply does it")
