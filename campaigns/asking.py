"""Asking the contact guard for a batch of moves: what each mail is about, and what the batch has planned already."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
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
    mailing = [near for near in nears if near.has(MailStep)]
    abouts = load_abouts(session, _mails(mailing, versions)) if mailing else {}
    contacts = {contact_id for near in mailing for contact_id in _contacts(near, members)}
    batch = open_batch(session, contacts, at, Question(list(abouts.values()), zone, Counting(planned=True)))
    return {id: VersionGuard(batch, version, abouts) for id, version in versions.items()}


def about_step(version: Version, step: MailStep, language: str, abouts: Abouts) -> MailAbout:
    """What the mail of a step is about in this language, how much it matters, and what may go in its place."""
    about = abouts[version.mail_for(step.mail, language)]
    swap = abouts[version.mail_for(step.swap, language)] if step.swap else None
    return MailAbout(about.topics, about.products, about.assets, version.course.priority, swap)


def _mails(nears: Sequence[Near], versions: Mapping[uuid.UUID, Version]) -> set[uuid.UUID]:
    """The mails that may be planned now, in every language."""
    # Of one version and step the steps near it are the same list.
    places = {(near.standing.version_id, near.standing.step): near.steps for near in nears}
    return {
        mail_id
        for (version_id, _), steps in places.items()
        for step in steps
        if isinstance(step, MailStep)
        for name in (step.mail, step.swap)
        if name
        for mail_id in versions[version_id].in_all_languages(name)
    }


def _contacts(near: Near, members: Members) -> Iterator[uuid.UUID]:
    standing = near.standing
    if standing.contact_id is not None:
        yield standing.contact_id
        return
    for step in near.steps:
        if isinstance(step, MailStep):
            yield from (person.contact_id for person in addressed(step, standing.account_id, members))
