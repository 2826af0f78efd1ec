"""The `abm` command: data on stdout, progress and errors on stderr, exit codes that scripts can rely on."""

from abm.cli.root import main

__all__ = ["main"]
