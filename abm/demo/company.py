"""What happens in the sample company's month: each act goes through the doors a user would take."""

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.demo.files import CUSTOMERS_CSV, CUSTOMERS_XLSX, booth_cards_file, sample_file, webinar_file
from abm.demo.recipients import ReceivedMail, Visitor, read_mail
from abm.handoff.answers import Said, answer_task
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.models import Account, CaughtMail, Import, Sequence, SequenceVersion, Task
from abm.users import add_user, find_user
from abm.words import AnswerCode, ConsentBasis, ImportKind, Role, TaskKind, TaskState
from abm.work import Installation, Work, unit_of_work
from campaigns.sequences import apply_sequence, publish_sequence

SEQUENCE = "first_steps"
BOOTH_CARDS = "booth-cards.csv"
WEBINAR = "webinar.csv"
SALES = (("suzuki@sample.example", "鈴木 一郎"), ("kato@sample.example", "加藤 美和"))
ACCEPTED = "みなと物流株式会社"
DOWNLOADER = "kimura.0@aoba-seiki.example"
# One firm of the list writes from its provider's addresses: they are nobody's own domain.
PROVIDER = "isp-mail.example"


@dataclass
class Company:
    """The sample company on an installation, and which mails its recipients have seen."""

    installation: Installation
    visitor: Visitor
    mails_seen: int = 0

    def act(self) -> AbstractContextManager[Work]:
        """One unit of work on this installation."""
        return unit_of_work(self.installation.engine)


def hire(company: Company) -> None:
    """Two sales people join."""
    with company.act() as work:
        for email, name in SALES:
            if find_user(work.session, email) is None:
                add_user(work.session, email, Role.SALES, work.at, name=name).is_sample = True


def import_list(company: Company) -> None:
    """The six-column list every small firm starts with."""
    _import(company, CUSTOMERS_CSV, lambda work: sample_file(CUSTOMERS_CSV), ImportKind.CUSTOMERS)


def import_workbook(company: Company) -> None:
    """The same people again, now with departments and titles."""
    _import(company, CUSTOMERS_XLSX, lambda work: sample_file(CUSTOMERS_XLSX), ImportKind.CUSTOMERS)


def import_booth_cards(company: Company) -> None:
    """Cards from this morning's fair."""
    _import(company, BOOTH_CARDS, lambda work: booth_cards_file(_today(company, work)), ImportKind.CUSTOMERS)


def import_webinar(company: Company) -> None:
    """This afternoon's webinar: who registered, who came, for how long."""
    _import(company, WEBINAR, lambda work: webinar_file(_today(company, work)), ImportKind.WEBINAR)


def publish_to_list(company: Company) -> None:
    """Everybody of the list starts the ready-made sequence."""
    _publish(company, CUSTOMERS_CSV)


def publish_to_booth(company: Company) -> None:
    """The people of the fair start it too, and are still on their way when the demo ends."""
    _publish(company, BOOTH_CARDS)


def read_mails(company: Company) -> None:
    """Recipients read what arrived since they last looked."""
    with company.act() as work:
        mails = list(_caught(work.session, after=company.mails_seen))
        company.mails_seen = work.session.scalar(select(func.max(CaughtMail.number))) or 0
    for mail in mails:
        company.visitor.react(mail)


def accept_one(company: Company) -> None:
    """Sales takes one of the first tasks on."""
    with company.act() as work:
        waiting = select(Task).join(Account, Account.id == Task.account_id)
        waiting = waiting.where(Task.kind == TaskKind.HAND_OFF, Task.state == TaskState.ASSIGNED)
        task = work.session.scalar(waiting.where(Account.name == ACCEPTED, Task.owner_id.is_not(None)).limit(1))
        if task is not None and task.owner_id is not None:
            answer_task(work.session, task.id, Said(AnswerCode.ACCEPT, by=task.owner_id, at=work.at))


def download_later(company: Company) -> None:
    """A head of department goes back to an older mail and fetches its file: the account is warm from then on."""
    with company.act() as work:
        offering = [mail for mail in _caught(work.session, to=DOWNLOADER) if mail.files]
    for mail in offering[:1]:
        company.visitor.visit(*mail.files[:1])


def _import(company: Company, name: str, content: Callable[[Work], bytes], kind: ImportKind) -> None:
    settings = company.installation.settings
    with company.act() as work:
        if _find_import(work.session, name) is None:
            request = Request(kind, consent=ConsentBasis.BUSINESS_CARD, is_sample=True)
            knowing = replace(settings, shared_domains=(*settings.shared_domains, PROVIDER))
            import_now(work.session, Upload(name, io.BytesIO(content(work))), request, knowing, work.at)


def _publish(company: Company, name: str) -> None:
    with company.act() as work:
        found = _find_import(work.session, name)
        if found is None or _is_published_to(work.session, found):
            return
        apply_sequence(work.session, SEQUENCE, work.at)
        publish_sequence(work.session, SEQUENCE, at=work.at, import_id=found)


def _find_import(session: Session, name: str) -> uuid.UUID | None:
    return session.scalar(select(Import.id).where(Import.filename == name, Import.is_sample))


def _is_published_to(session: Session, import_id: uuid.UUID) -> bool:
    versions = select(SequenceVersion.id).join(Sequence).where(Sequence.name == SEQUENCE)
    to_import = versions.where(SequenceVersion.segment["import"].astext == str(import_id))
    return session.scalar(to_import.limit(1)) is not None


def _caught(session: Session, *, after: int = 0, to: str | None = None) -> Iterator[ReceivedMail]:
    rows = select(CaughtMail.rcpt_to, CaughtMail.raw).where(CaughtMail.number > after).order_by(CaughtMail.number)
    if to is not None:
        rows = rows.where(func.lower(CaughtMail.rcpt_to) == to)
    return (read_mail(raw, address.lower()) for address, raw in session.execute(rows))


def _today(company: Company, work: Work) -> date:
    return local_day(work.at, company.installation.settings.zone)
