"""Three companies that warm up over weeks, so that curves, maps and lists of engagement have something to show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from abm.models import Account, Contact, Product
from abm.scoring.fold import fold_next_batch
from abm.words import BuyingRole, EventKind, JobFunction, Seniority, Tier, Verdict
from abm.work import Installation, unit_of_work
from tests.worlds import make_account, make_contact, make_department, make_event, make_user

STEPS = (
    # Days ago, who of the account, what, minutes, topics.
    (80, 0, EventKind.CLICK, None, ["security"]),
    (72, 0, EventKind.DOWNLOAD, None, ["security"]),
    (60, 1, EventKind.CLICK, None, ["cost"]),
    (47, 1, EventKind.WEBINAR_ATTENDED, 45, ["cost", "efficiency"]),
    (33, 2, EventKind.CLICK, None, ["efficiency"]),
    (25, 0, EventKind.KEY_PAGE, None, ["cost"]),
    (18, 2, EventKind.DOWNLOAD, None, ["efficiency"]),
    (9, 1, EventKind.REPLY, None, ["cost"]),
    (4, 3, EventKind.BOOTH_TALK, None, ["introduction"]),
    (2, 0, EventKind.PREMIUM_DOWNLOAD, None, ["security"]),
)
PEOPLE = (
    ("佐藤 花子", "情報システム部", "部長", JobFunction.INFORMATION, BuyingRole.CHAMPION, Seniority.DEPARTMENT_HEAD),
    ("鈴木 一郎", "製造部", "課長", JobFunction.PRODUCTION, BuyingRole.PRACTITIONER, Seniority.SECTION_HEAD),
    ("高橋 健", "品質保証部", None, JobFunction.QUALITY, None, Seniority.OTHER),
    ("田中 美咲", "購買部", "係長", JobFunction.PURCHASING, BuyingRole.GATEKEEPER, Seniority.OTHER),
)
# Name, industry, tier, and how many days later all of it happened.
COMPANIES = (
    ("青葉精機株式会社", "製造業", Tier.ONE_TO_ONE, 0),
    ("みなと物流株式会社", "物流", Tier.ONE_TO_FEW, 14),
    ("つばさ設計有限会社", "建設", Tier.ONE_TO_MANY, -12),
)


@dataclass(frozen=True)
class Warmed:
    """The first company, the hottest one."""

    account: Account


def warm_up(installation: Installation) -> Warmed:
    """Each company's people act week after week, and the scores follow each evening."""
    with unit_of_work() as work:
        now, session = work.at, work.session
        session.add(Product(code="flow", name="業務フロー", topics=["efficiency"]))
        owner = make_user(session, name="営業 次郎")
        accounts = [
            _company(session, now - timedelta(days=later), name, industry=industry, tier=tier, owner_id=owner.id)
            for name, industry, tier, later in COMPANIES
        ]
    for days_ago in range(90, -1, -1):
        with unit_of_work() as work:
            at = now - timedelta(days=days_ago)
            while fold_next_batch(work.session, at, installation.settings.zone):
                pass
    return Warmed(accounts[0])


def _company(session: Session, now: datetime, name: str, **over: object) -> Account:
    account = make_account(session, name, created_at=now - timedelta(days=100), **over)
    people = [_person(session, account, *one) for one in PEOPLE]
    for days_ago, who, kind, minutes, topics in STEPS:
        at = now - timedelta(days=days_ago, hours=2)
        verdict = Verdict.LIKELY if kind in (EventKind.CLICK, EventKind.KEY_PAGE) else Verdict.PROVEN
        product = "flow" if "efficiency" in topics else None
        make_event(session, people[who], kind, at, verdict=verdict, minutes=minutes, topics=topics, product=product)
    return account


def _person(
    session: Session,
    account: Account,
    name: str,
    department: str,
    title: str | None,
    function: JobFunction,
    role: BuyingRole | None,
    seniority: Seniority,
) -> Contact:
    home = make_department(session, account, department)
    over = {"department_id": home.id, "title": title, "job_function": function, "buying_role": role}
    return make_contact(session, account, name, None, seniority=seniority, **over)
