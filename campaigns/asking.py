"""Asking the contact guard for a batch of moves: what each mail is about, and what the batch has planned already."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.guard.batch import Batch
from abm.guard.facts import Question, open_batch
from abm.guard.guard import Decision, MailAbout
from abm.guard.sent import Counting, load_abouts
from campaigns.gathering import Members, Near, addressed
from campaigns.known import Person
from campaigns.plans import Version
from campaigns.steps import MailStep

Abouts = Mapping[uuid.UUID, MailAbout]


class VersionGuard:
    """The guard about the mails of one version."""

    def __init__(self, batch: Batch, version: Version, abouts: Abouts) -> None:
        self._batch, self._version, self._abouts = batch, version, abouts
        self._known: dict[tuple[str, str], MailAbout] = {}

    def ask(self, to: Person, step: MailStep) -> Decision:
        """What is said about this step's mail to this person, with what the batch has planned already."""
        key = step.key, to.language
        about = self._known.get(key)
        if about is None:
            about = self._known[key] = about_step(self._version, step, to.language, self._abouts)
        return self._batch.ask(to.contact_id, about)

    def note(self, to: Person) -> None:
        """A mail to this person is planned: caps count it."""
        self._batch.note(to.contact_id)


def open_guards(
    session: Session,
    nears: Sequence[Near],
    versions: Mapping[uuid.UUID, Version],
    members: Members,
    at: datetime,
    zone: ZoneInfo,
) -> dict[uuid.UUID, VersionGuard]:
    """The guard by version, for everybody a mail may be planned for now."""
    contacts: set[uuid.UUID] = set()
    mails: set[uuid.UUID] = set()
    for near in nears:
        version = versions[near.standing.version_id]
        for step in near.steps:
            if isinstance(step, MailStep):
                contacts |= _contacts(near, step, members)
                mails |= {id for name in (step.mail, step.swap) if name for id in version.in_all_languages(name)}
    abouts = load_abouts(session, mails) if mails else {}
    batch = open_batch(session, contacts, at, Question(list(abouts.values()), zone, Counting(planned=True)))
    return {id: VersionGuard(batch, version, abouts) for id, version in versions.items()}


def about_step(version: Version, step: MailStep, language: str, abouts: Abouts) -> MailAbout:
    """What the mail of a step is about in this language, how much it matters, and what may go in its place."""
    about = abouts[version.mail_for(step.mail, language)]
    swap = abouts[version.mail_for(step.swap, language)] if step.swap else None
    return MailAbout(about.topics, about.products, about.assets, version.course.priority, swap)


def _contacts(near: Near, step: MailStep, members: Members) -> set[uuid.UUID]:
    standing = near.standing
    if standing.contact_id is not None:
        return {standing.contact_id}
    return {person.contact_id for person in addressed(step, standing.account_id, members)}
