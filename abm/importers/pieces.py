"""Some rows of a file, read and ready to be decided about together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abm.importers.rows import CustomerRow


@dataclass(frozen=True)
class Piece:
    """Some rows of a file: what each says of a firm and a person, and all its cells by line."""

    rows: Sequence[CustomerRow]
    cells: Mapping[int, list[str]]
