"""The root of the command tree, and the one place where errors become messages and exit codes."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import click
from psycopg.errors import UndefinedColumn, UndefinedTable
from redis.exceptions import ConnectionError as QueueAway
from sqlalchemy.exc import OperationalError, ProgrammingError

from abm.errors import AbmError, BadConfiguration, Invalid, ServiceDown

FAILED, USAGE, DOWN, CONFIGURATION = 1, 2, 69, 78
# Classes of PostgreSQL's error codes: the connection broke, log-in refused, no such database, shutting down.
CONNECTION_TROUBLE = ("08", "28", "3D", "57")

# Loaded by name when asked for: a command must not wait for the libraries of the others, and those that run a
# process stand above this floor.
COMMANDS = {
    "up": ("abm.processes.up:up", "Start everything: engines, migrations and every process."),
    "doctor": ("abm.processes.doctor:doctor", "Say in words what is wrong with this installation."),
    "migrate": ("abm.cli.migrate:migrate", "Bring the database to this release."),
    "import": ("abm.cli.imports:import_file", "Plan, apply or undo the import of a spreadsheet."),
    "match": ("abm.cli.match:match", "Say which account each company of a stream is."),
    "account": ("abm.cli.account:account", "Show everything known of one account."),
    "export": ("abm.cli.person:export", "Write everything kept about a person."),
    "erase": ("abm.cli.person:erase", "Erase a person for good."),
    "merge": ("abm.cli.merge:merge", "Merge two accounts, or take a merge back."),
    "score": ("abm.cli.score:score", "Show a score with the receipt that adds up to it."),
    "model": ("abm.cli.model:model", "Check, change and publish the scoring model."),
    "tasks": ("abm.cli.tasks:tasks", "List sales tasks, or answer one."),
    "segment": ("abm.cli.segment:segment", "Count, explain and store who is meant."),
    "sequence": ("abm.cli.sequence:sequence", "Check, store, publish and watch sequences."),
    "mail": ("abm.cli.mail:mail", "Compile a mail, or send it to oneself to look at it."),
    "guard": ("abm.cli.guard:guard", "Ask whether a person may be mailed now."),
    "messages": ("abm.cli.messages:messages", "List mails and their fates."),
    "domain": ("abm.cli.domain:domain", "Say whether receivers will take our mails, by the DNS."),
    "mailbox": ("abm.cli.mailbox:mailbox", "List the mails caught here instead of leaving."),
    "bounce": ("abm.cli.bounce:bounce", "Read mails that came back: bounces, delays, complaints."),
    "verdict": ("abm.cli.verdict:verdict", "Say how surely a person stood behind each hit of a stream."),
    "hits": ("abm.cli.hits:hits", "List what tracking accepted."),
    "inbound": ("abm.cli.inbound:inbound", "See what other systems posted, and try it again."),
    "user": ("abm.cli.user:user", "Add users and see who may log in."),
    "token": ("abm.cli.token:token", "Say which other systems may ask, and what."),
    "bench": ("abm.cli.bench:bench", "Measure against plainer ways of doing the same work."),
    "front": ("abm.processes.servers:front", "Run the HTTP server for tracking and pages."),
    "web": ("abm.processes.servers:web", "Run the HTTP server for pages only."),
    "tracking": ("abm.processes.servers:tracking", "Run the HTTP server for tracking only, with its loader."),
    "loader": ("abm.processes.loading:loader", "Run what brings this host's hits into the database."),
    "worker": ("abm.processes.working:worker", "Run what does the work that is asked for."),
    "scheduler": ("abm.processes.scheduling:scheduler", "Run what notices that something is due."),
    "demo": ("abm.processes.demo:demo", "Play a month of the sample company on this installation."),
}


class Commands(click.Group):
    """A group whose commands are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        return load_command(COMMANDS[name][0]) if name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, without loading what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def load_command(place: str) -> click.Command:
    """The command at `module:name`."""
    module, _, name = place.partition(":")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("abm"), prog_name="abm")
def abm() -> None:
    """Account-based marketing: records, nurture, tracking, scores and sales tasks in one loop.

    Commands work on the installation that ABM_STATE_DIR (or DATABASE_URL and REDIS_URL) names, with the settings of
    abm.toml and ABM_*. Every command accepts --json. Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 imported but some
    rows were rejected, 69 a service is down or already running, 78 wrong configuration.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run_command(argv))


def run_command(argv: Sequence[str] | None = None, obj: Any = None) -> int:
    """Run one command; errors become one line on stderr and the exit code that says what kind they are."""
    try:
        return int(abm.main(argv, prog_name="abm", standalone_mode=False, obj=obj) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", FAILED)
    except BrokenPipeError:
        # Whoever read our lines has seen enough, as in `abm hits | head`.
        sys.stdout = None
        return 0
    except AbmError as error:
        return _fail(_placed(error), exit_code(error))
    except (OperationalError, ProgrammingError, QueueAway) as error:
        return _fail_of_engine(error)


def exit_code(error: AbmError) -> int:
    """The exit code of an error of ours."""
    if isinstance(error, BadConfiguration):
        return CONFIGURATION
    return DOWN if isinstance(error, ServiceDown) else FAILED


def _placed(error: AbmError) -> str:
    """The message behind the place it is about, unless it names that itself."""
    place = error.field if isinstance(error, Invalid) else ""
    return str(error) if not place or place in str(error) else f"{place}: {error}"


def _fail_of_engine(error: Exception) -> int:
    if isinstance(error, QueueAway):
        return _fail("Valkey does not answer; start the installation with `abm up` or check REDIS_URL", DOWN)
    # The server's own words carry statements and values, so only what kind of trouble it is goes on.
    trouble = getattr(error, "orig", None)
    if isinstance(trouble, UndefinedTable | UndefinedColumn):
        return _fail("the database lacks tables of this release; run `abm migrate`", CONFIGURATION)
    if (getattr(trouble, "sqlstate", None) or "08")[:2] in CONNECTION_TROUBLE:
        return _fail("PostgreSQL does not answer; start the installation with `abm up` or check DATABASE_URL", DOWN)
    if isinstance(error, OperationalError):
        return _fail(f"PostgreSQL gave up ({type(trouble).__name__}); nothing was changed, try again", FAILED)
    raise error


def _fail(message: str, code: int) -> int:
    click.echo(f"error: {message}", err=True)
    return code
