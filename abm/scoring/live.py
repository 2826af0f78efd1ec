"""The live model: the version of `score_models` that counts now."""

from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.models import ScoreModel
from abm.scoring.model import Model, read_model


def ensure_model(session: Session) -> Model:
    """The live model; an installation that has none yet starts with the default one."""
    return _find_live(session) or _publish_default(session)


def default_document() -> dict[str, Any]:
    """The model an installation starts with, as written."""
    document = yaml.safe_load(files("abm.scoring").joinpath("default_model.yaml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def _find_live(session: Session) -> Model | None:
    row = session.execute(select(ScoreModel.document, ScoreModel.version).where(ScoreModel.is_live)).one_or_none()
    return None if row is None else read_model(row.document, row.version)


def _publish_default(session: Session) -> Model:
    # Two workers at once: the second waits for the first and then reads what it published.
    first = insert(ScoreModel).values(version=1, document=default_document(), published_at=text("now()"), is_live=True)
    session.execute(first.on_conflict_do_nothing())
    live = _find_live(session)
    assert live is not None
    return live
