"""The live policy: the version of `guard_policies` that counts now; and the versions before it."""

from importlib.resources import files
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.guard.policy import DEFAULT, Policy, read_policy
from abm.models import GuardPolicy
from abm.scoring.document import read_yaml


def live_policy(session: Session) -> Policy:
    """The policy in force; until one is published it is the default one."""
    row = session.execute(select(GuardPolicy.document, GuardPolicy.version).where(GuardPolicy.is_live)).one_or_none()
    return DEFAULT if row is None else read_policy(row.document, row.version)


def get_version(session: Session, version: int | None = None) -> GuardPolicy:
    """A version as it was published; without a number the live one, which an installation starts with."""
    wanted = GuardPolicy.is_live if version is None else GuardPolicy.version == version
    found = session.scalars(select(GuardPolicy).where(wanted)).one_or_none()
    if found is None and not session.scalar(select(GuardPolicy.id).limit(1)):
        _publish_default(session)
        found = session.scalars(select(GuardPolicy).where(wanted)).one_or_none()
    if found is None:
        raise NotFound(f"there is no version {version} of the guard's policy; `abm guard policy versions` lists them")
    return found


def default_document() -> dict[str, Any]:
    """The policy an installation starts with, as written."""
    document = read_yaml(files("abm.guard").joinpath("default_policy.yaml").read_bytes()).document
    assert isinstance(document, dict)
    return document


def _publish_default(session: Session) -> None:
    # Two at once: the second waits for the first and then reads what it published.
    first = insert(GuardPolicy).values(version=1, document=default_document(), published_at=text("now()"), is_live=True)
    session.execute(first.on_conflict_do_nothing())
