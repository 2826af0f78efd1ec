"""`abm user`: who may log in."""

import json
import os
import secrets
import sys
from pathlib import Path

import click

from abm.cli.options import act, json_option, open_here, wants_json
from abm.cli.show import say, show
from abm.errors import Conflict, Invalid
from abm.models import User
from abm.users import LINK_LENGTH, add_user, check_password, find_user, has_users, list_users, make_setup_link
from abm.words import Role

COLUMNS = ("id", "email", "name", "role", "disabled_at")
SETUP_PATH = "/setup/"
DEMO_MAIL = "demo@firm.example"
DEMO_NOTE = "demo-login.json"


@click.group()
@json_option
def user() -> None:
    """Add users and see who may log in."""


@user.command("list")
@json_option
def list_() -> None:
    """List users and their roles."""
    with act() as work:
        show([_record(found) for found in list_users(work.session)], COLUMNS)


@user.command()
@click.argument("email", metavar="MAIL")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What the user may do.")
@click.option("--name", default="", help="The name that others see; the mail address's first part by default.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making a link.")
@json_option
def add(email: str, role: str, name: str, password_stdin: bool) -> None:
    """Add a user; prints a one-time link with which that user sets a password."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and not password:
        raise Invalid("no password on standard input", field="password", code="password_missing")
    with act() as work:
        added = add_user(work.session, email, Role(role), work.at, name=name, password=password)
        link = None if password else setup_url(make_setup_link(work.session, added))
        document = {**_record(added), "setup_link": link}
    if wants_json():
        show(document)
    elif link:
        click.echo(link)
        say(f"this link sets the password once, within {LINK_LENGTH.days} days")


@user.command()
@click.argument("email", metavar="MAIL")
@json_option
def link(email: str) -> None:
    """Print a new one-time link for a user who lost a password."""
    with act() as work:
        found = find_user(work.session, email)
        if found is None or found.disabled_at:
            raise Conflict("no user with this address may log in; `abm user list` shows who may")
        document = {"setup_link": setup_url(make_setup_link(work.session, found))}
    _show_link(document["setup_link"])


@user.command()
@click.option("--link", "kind", flag_value="link", default=True, help="A one-time link (the default).")
@click.option("--demo", "kind", flag_value="demo", help="The log-in of the sample company, made when it is missing.")
@json_option
def first(kind: str) -> None:
    """Print how the first user gets in; nothing once somebody can log in."""
    if kind == "demo":
        _first_demo_user()
        return
    with act() as work:
        url = None if has_users(work.session) else setup_url(make_setup_link(work.session))
    _show_link(url)


def setup_url(token: str) -> str:
    """The address of a one-time link."""
    return f"{open_here().settings.public_url}{SETUP_PATH}{token}"


def _show_link(url: str | None) -> None:
    if wants_json():
        show({"setup_link": url})
    elif url:
        click.echo(url)


def _first_demo_user() -> None:
    """The demo's password is made up per state folder and kept in it, so that a restart can print it again."""
    note = open_here().settings.state_dir / DEMO_NOTE
    with act() as work:
        password = _demo_password(note, make=not has_users(work.session))
        if password and find_user(work.session, DEMO_MAIL) is None and not has_users(work.session):
            add_user(work.session, DEMO_MAIL, Role.ADMIN, work.at, name="デモ 管理者", password=password)
        good = bool(password) and check_password(work.session, DEMO_MAIL, password) is not None
    if wants_json():
        show({"email": DEMO_MAIL if good else None, "password": password if good else None})
    elif good:
        click.echo(f"  {DEMO_MAIL} / {password}")


def _demo_password(note: Path, *, make: bool) -> str:
    if note.exists():
        return str(json.loads(note.read_text(encoding="utf-8"))["password"])
    if not make:
        return ""
    password = secrets.token_urlsafe(9)
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"password": password}, out)
    return password


def _record(found: User) -> dict[str, object]:
    return {
        "id": found.id,
        "email": found.email,
        "name": found.name,
        "role": found.role,
        "disabled_at": found.disabled_at,
    }
