"""Whatever happens in whatever order, what is stored is what the pure rules make of the events: to a billionth."""

import random
import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from abm.customers.contact_merges import merge_contacts, undo_contact_merge
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.refolds import ask_refold
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AccountMerge, Contact, ContactMerge, Event, Strike
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import ensure_model
from abm.scoring.strikes import strike_events, withdraw_strike
from abm.words import EventKind, EventReason, ExcludedReason, Role, Seniority, Verdict
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.abm.scoring.replayed import check_all
from tests.worlds import make_account, make_contact, make_user

KINDS = (
    EventKind.CLICK,
    EventKind.OPEN,
    EventKind.DOWNLOAD,
    EventKind.REPLY,
    EventKind.WEBINAR_ATTENDED,
    EventKind.UNSUBSCRIBE,
    EventKind.DEMO_REQUEST,
)
# The last minutes are of no webinar anybody ever held.
MINUTES = (None, 0.0, -5.0, 12.5, 45.0, 1e9, float("inf"), float("nan"), 5e-324)
END = MONDAY + timedelta(days=40)
DEEDS = (
    *["act"] * 12,
    *["day", "again", "promote", "judge", "judge", "strike", "withdraw", "exclude", "move", "fold", "fold", "fold"],
    *["merge", "part", "join", "split"],
)


class History:
    """Three firms, five people, and whatever is done to them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by = make_user(session, Role.MARKETER).id
        self.firms = [make_account(session, f"会社{n}").id for n in range(3)]
        homes = [session.get_one(Account, self.firms[n]) for n in (0, 0, 0, 1, 1)]
        self.people = [make_contact(session, home, f"人 {n}", f"{n}@a.example").id for n, home in enumerate(homes)]
        self.at = MONDAY

    def do(self, deed: str, chance: random.Random) -> None:
        """One thing that happens; what cannot happen just now is refused, as anywhere."""
        with suppress(Conflict, Invalid, NotFound), self.session.begin_nested():
            getattr(self, f"do_{deed}")(chance)
        self.session.expire_all()

    def do_act(self, chance: random.Random) -> None:
        """Somebody does something, told now or long after."""
        self._tell(chance, chance.choice(KINDS), MONDAY + timedelta(minutes=chance.randrange(60 * 24 * 35)))

    def do_day(self, chance: random.Random) -> None:
        """More in a day than counts, out of order."""
        morning = MONDAY + timedelta(days=chance.randrange(30))
        for _ in range(7):
            self._tell(chance, EventKind.CLICK, morning + timedelta(minutes=chance.randrange(9)), chance.choice((0, 1)))

    def do_again(self, chance: random.Random) -> None:
        """The same event is told a second time."""
        if found := self._any_event(chance):
            values = {"id": found.id, "contact_id": found.contact_id, "account_id": found.account_id}
            twice = {**values, "kind": found.kind, "happened_at": found.happened_at, "verdict": Verdict.PROVEN}
            self.session.execute(upsert(Event).values(**twice).on_conflict_do_nothing())

    def do_promote(self, chance: random.Random) -> None:
        """A title is corrected."""
        self._change(chance, {"seniority": chance.choice(list(Seniority))})

    def do_move(self, chance: random.Random) -> None:
        """Somebody changes to another firm."""
        self._change(chance, {"account_id": chance.choice(self._standing())})

    def do_judge(self, chance: random.Random) -> None:
        """A verdict changes, or sales call it a false signal."""
        if found := self._any_event(chance):
            reasons = chance.choice(([], [], [EventReason.FALSE_SIGNAL.value]))
            judged = {"verdict": chance.choice(list(Verdict)), "reasons": reasons}
            self.session.execute(update(Event).where(Event.id == found.id).values(**judged))
            ask_refold(self.session, [found.contact_id])

    def do_strike(self, chance: random.Random) -> None:
        """A marketer strikes an event."""
        if found := self._any_event(chance):
            strike_events(self.session, [found.id], "自社のデモ", by=self.by, at=self.at)

    def do_withdraw(self, chance: random.Random) -> None:
        """A strike is taken back."""
        for event_id in self.session.scalars(select(Strike.event_id).where(Strike.withdrawn_at.is_(None)).limit(1)):
            withdraw_strike(self.session, event_id, by=self.by, at=self.at)

    def do_exclude(self, chance: random.Random) -> None:
        """A firm turns out to be a competitor, or is none after all."""
        firm = chance.choice(self.firms)
        reason = chance.choice((None, ExcludedReason.COMPETITOR))
        self.session.execute(update(Account).where(Account.id == firm).values(excluded_reason=reason))
        ask_refold(self.session, self.session.scalars(select(Contact.id).where(Contact.account_id == firm)))

    def do_merge(self, chance: random.Random) -> None:
        """Two firms are found to be one."""
        merge_accounts(self.session, *chance.sample(self.firms, 2), by=self.by, at=self.at)

    def do_part(self, chance: random.Random) -> None:
        """They are not."""
        for merge in self.session.scalars(select(AccountMerge.id).where(AccountMerge.undone_at.is_(None)).limit(1)):
            undo_merge(self.session, merge, by=self.by, at=self.at)

    def do_join(self, chance: random.Random) -> None:
        """Two records are of one person."""
        merge_contacts(self.session, *chance.sample(self.people, 2), by=self.by, at=self.at)

    def do_split(self, chance: random.Random) -> None:
        """They are not."""
        for merge in self.session.scalars(select(ContactMerge.id).where(ContactMerge.undone_at.is_(None)).limit(1)):
            undo_contact_merge(self.session, merge, by=self.by, at=self.at)

    def do_fold(self, chance: random.Random) -> None:
        """Workers fold a little; their clock mostly goes on, and now and then it jumps back."""
        self.at += timedelta(minutes=chance.randrange(-60 * 24, 60 * 24 * 4))
        for _ in range(chance.randrange(1, 4)):
            fold_next_batch(self.session, min(self.at, END), TOKYO, limit=chance.randrange(1, 9))

    def settle(self) -> None:
        """Workers fold and evaluate whatever is left."""
        while fold_next_batch(self.session, END, TOKYO, limit=7):
            pass
        evaluate_due(self.session, END, ensure_model(self.session), TOKYO)
        self.session.expire_all()

    def _tell(self, chance: random.Random, kind: EventKind, when: datetime, person: int | None = None) -> None:
        who = self.session.get_one(Contact, chance.choice(self.people) if person is None else self.people[person])
        values = {"id": uuid.UUID(int=chance.getrandbits(128)), "kind": kind, "happened_at": when}
        whose = {"contact_id": who.id, "account_id": who.account_id, "minutes": chance.choice(MINUTES)}
        self.session.execute(insert(Event).values(**values, **whose, verdict=chance.choice(list(Verdict))))

    def _change(self, chance: random.Random, values: dict[str, object]) -> None:
        who = chance.choice(self.people)
        self.session.execute(update(Contact).where(Contact.id == who).values(**values))
        ask_refold(self.session, [who])

    def _standing(self) -> list[uuid.UUID]:
        """The firms that are not merged into another."""
        return list(
            self.session.scalars(select(Account.id).where(Account.merged_into_id.is_(None)).order_by(Account.name))
        )

    def _any_event(self, chance: random.Random) -> Event | None:
        return next(
            iter(self.session.scalars(select(Event).order_by(Event.id).offset(chance.randrange(20)).limit(1))), None
        )


# A failing history is its seed: shrinking one takes minutes and tells little more.
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@example(seed=1642135)
@given(seed=st.integers(0, 2**32))
def test_any_history_comes_to_what_the_pure_rules_make_of_it(database: Engine, seed: int) -> None:
    chance = random.Random(seed)
    with database.connect() as connection, connection.begin() as outer:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            history = History(session)
            for deed in chance.choices(DEEDS, k=60):
                history.do(deed, chance)
            history.settle()

            check_all(session, END)
        outer.rollback()
