"""`abm doctor`: what is wrong, and what to do about it."""

import sys
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from abm.cli.options import json_option, wants_json
from abm.cli.show import write_json
from abm.config import load_settings
from abm.doctor import Finding, examine


@click.command()
@json_option
def doctor() -> None:
    """Look this installation over and say in words what is wrong and what to do. Exits 1 when something is."""
    findings = examine(load_settings())
    if wants_json():
        write_json({"ok": all(finding.ok for finding in findings), "findings": [asdict(f) for f in findings]})
    else:
        _show(findings)
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _show(findings: list[Finding]) -> None:
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    for finding in findings:
        mark = Text("✓", style="green") if finding.ok else Text("✗", style="red")
        console.print(mark, Text(f"{finding.what}: {finding.message}"))
        if finding.remedy:
            console.print(Text(f"  → {finding.remedy}"))
