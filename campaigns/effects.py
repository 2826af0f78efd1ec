"""Writing what steps bring about besides mail: rows, each once for an enrollment, a step and a visit of it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.moves import Effect, Standing
from campaigns.plans import Version


def write_effects(
    session: Session,
    effects: Sequence[tuple[Standing, Effect]],
    versions: Mapping[uuid.UUID, Version],
    at: datetime,
) -> None:
    """Do all of these, each kind in as few statements as it takes."""
