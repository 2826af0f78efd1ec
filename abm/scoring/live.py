"""The live model: the version of `score_models` that counts now; and the versions before it."""

from importlib.resources import files
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import ScoreModel
from abm.scoring.document import read_yaml
from abm.scoring.model import Model, read_model


def ensure_model(session: Session) -> Model:
    """The live model; an installation that has none yet starts with the default one."""
    return _find_live(session) or _publish_default(session)


def get_version(session: Session, version: int | None = None) -> ScoreModel:
    """A version as it was published; without a number the live one."""
    ensure_model(session)
    wanted = ScoreModel.is_live if version is None else ScoreModel.version == version
    found = session.scalars(select(ScoreModel).where(wanted)).one_or_none()
    if found is None:
        raise NotFound(f"there is no version {version} of the scoring model; `abm model versions` lists them")
    return found


def default_document() -> dict[str, Any]:
    """The model an installation starts with, as written."""
    document = read_yaml(files("abm.scoring").joinpath("default_model.yaml").read_bytes()).document
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
