"""Files that are there whole or not at all: other processes read the old one or the new one."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place at once; OSError leaves what was there, and nothing beside it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.replace(draft.name, path)
        except OSError:
            # On a full disk every try would leave a part of the file behind, and fill it further.
            os.unlink(draft.name)
            raise
