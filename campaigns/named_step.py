"""The mail of a step as people name it, `STEP` or `SEQUENCE/STEP`, and what it is about for one contact."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid, NotFound
from abm.guard.guard import MailAbout
from abm.guard.sent import load_abouts
from abm.models import Contact, Enrollment, SequenceVersion
from abm.words import EnrollmentState
from campaigns.advance import load_versions
from campaigns.asking import about_step
from campaigns.newest import published_versions
from campaigns.plans import Version
from campaigns.steps import MailStep


def about_named_step(session: Session, contact: Contact, named: str) -> MailAbout:
    """What this step's mail is about; of several sequences with such a step the one the contact is in is meant."""
    version, step = _find_step(_versions_for(session, contact.id), named)
    mails = {id for name in (step.mail, step.swap) if name for id in version.in_all_languages(name)}
    return about_step(version, step, contact.language, load_abouts(session, mails))


def _versions_for(session: Session, contact_id: uuid.UUID) -> list[tuple[bool, Version]]:
    """Every version the contact is in, and the newest published one of every other sequence."""
    taken = select(Enrollment.sequence_version_id).where(
        Enrollment.contact_id == contact_id, Enrollment.state == EnrollmentState.ACTIVE
    )
    own = set(session.scalars(taken))
    newest = published_versions().with_only_columns(SequenceVersion.id)
    ids: list[uuid.UUID] = [*own, *(one for one in session.scalars(newest) if one not in own)]
    versions: Mapping[uuid.UUID, Version] = load_versions(session, ids)
    return [(id in own, versions[id]) for id in ids]


def _find_step(versions: list[tuple[bool, Version]], named: str) -> tuple[Version, MailStep]:
    sequence, _, key = named.rpartition("/")
    found = [
        (is_own, version, step)
        for is_own, version in versions
        if (not sequence or version.sequence == sequence)
        and isinstance(step := version.course.steps.get(key), MailStep)
    ]
    meant = [one for one in found if one[0]] or found
    if len(meant) == 1:
        return meant[0][1], meant[0][2]
    if meant:
        which = ", ".join(sorted(f"{version.sequence}/{key}" for _, version, _ in meant))
        raise Invalid(f"several sequences have a mail step {key!r}: {which}; name one of these", "step", "several")
    known = {
        f"{version.sequence}/{step.key}"
        for _, version in versions
        for step in version.course.steps.values()
        if isinstance(step, MailStep)
    }
    told = ", ".join(sorted(known)) or "none yet"
    raise NotFound(f"there is no published mail step {named!r}; there are: {told}")
