"""`abm domain check`: whether receivers will take our mails, by what the DNS says of our domains."""

import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from abm.cli.options import json_option, wants_json
from abm.cli.show import write_json
from abm.config import load_settings
from abm.words import FindingState
from campaigns.domain.check import look_over
from campaigns.domain.facts import Finding
from campaigns.domain.texts import said

MARKS = {
    FindingState.WELL: ("✓", "green"),
    FindingState.WATCH: ("!", "yellow"),
    FindingState.BAD: ("✗", "red"),
    FindingState.UNASKED: ("?", "yellow"),
}


@click.group()
@json_option
def domain() -> None:
    """Look the domains over that send our mails."""


@domain.command()
@json_option
def check() -> None:
    """Ask the DNS for SPF, DKIM, DMARC, the stop link and who takes what comes back; needs no installation.

    What could not be asked is never called missing. Exits 1 when something is wrong.
    """
    settings = load_settings()
    findings = look_over(settings)
    is_well = not any(finding.state is FindingState.BAD for finding in findings)
    if wants_json():
        write_json({"ok": is_well, "findings": [finding_json(one, settings.language) for one in findings]})
    else:
        _show(findings, settings.language)
    sys.exit(0 if is_well else 1)


def finding_json(finding: Finding, language: str) -> dict[str, Any]:
    """A finding as scripts read it."""
    message, remedy = said(finding, language)
    return {
        "part": finding.part,
        "state": finding.state,
        "code": finding.code,
        "message": message,
        "remedy": remedy,
        "record": vars(finding.record) if finding.record else None,
        "document": finding.document,
    }


def _show(findings: list[Finding], language: str) -> None:
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    for finding in findings:
        sign, style = MARKS[finding.state]
        message, remedy = said(finding, language)
        console.print(Text(sign, style=style), Text(f"{finding.part.upper()}: {message}"))
        if remedy:
            console.print(Text(f"  → {remedy}"))
        if finding.record:
            console.print(Text(f"    {finding.record.name}  {finding.record.type}  {finding.record.value}"))
