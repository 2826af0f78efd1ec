"""What the pure rules make of all events, and whether what is stored is the same: to a billionth."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import fsum

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, AccountHeat, Contact, ContactScore, Event, ScoreEntry, Strike
from abm.scoring.report import score_report
from abm.scoring.score import Act, Entry, decay, make_entries, person_scores
from abm.words import NEVER_SCORED, EventReason
from tests.abm.scoring.ledgers import MODEL, TOKYO


def check_all(session: Session, at: datetime) -> int:
    """Entries, sums and receipts; answers how many entries there are."""
    entries = pure(session)
    check_entries(session, entries)
    check_sums(session, entries, at)
    return len(entries)


def pure(session: Session) -> dict[uuid.UUID, Entry]:
    """The ledger by the pure rules, from the events as they stand at the end."""
    struck = set(session.scalars(select(Strike.event_id).where(Strike.withdrawn_at.is_(None))))
    told = select(Event, Contact.seniority, Account.excluded_reason).join(Contact, Contact.id == Event.contact_id)
    acts = [
        Act(
            id=event.id,
            contact_id=event.contact_id,
            kind=event.kind,
            happened_at=event.happened_at,
            verdict=event.verdict,
            seniority=seniority,
            minutes=event.minutes,
            struck=event.id in struck or excluded in NEVER_SCORED or EventReason.FALSE_SIGNAL in event.reasons,
        )
        for event, seniority, excluded in session.execute(told.join(Account, Account.id == Contact.account_id))
    ]
    return make_entries(acts, MODEL, TOKYO)


def stored(session: Session, at: datetime) -> dict[uuid.UUID, float]:
    """What the stored sums of each person are worth."""
    sums: dict[uuid.UUID, float] = {}
    for row in session.scalars(select(ContactScore)):
        left = row.points * decay((at - row.as_of) / timedelta(days=1), row.half_life_days)
        sums[row.contact_id] = sums.get(row.contact_id, 0.0) + left
    return sums


def check_entries(session: Session, expected: Mapping[uuid.UUID, Entry]) -> None:
    """Row by row, with where it belongs."""
    homes = dict(session.execute(select(Contact.id, Contact.account_id)).all())
    rows = {row.event_id: row for row in session.scalars(select(ScoreEntry))}
    assert rows.keys() == expected.keys()
    for key, entry in expected.items():
        row = rows[key]
        assert (row.contact_id, row.account_id) == (entry.act.contact_id, homes[entry.act.contact_id])
        assert (row.capped, row.struck, row.verdict) == (entry.capped, entry.act.struck, entry.act.verdict)
        assert [row.base, row.seniority, row.factor, row.entry] == pytest.approx(
            [entry.base, entry.seniority, entry.factor, entry.entry], abs=1e-12
        )


def check_sums(session: Session, entries: Mapping[uuid.UUID, Entry], at: datetime) -> None:
    """People, accounts, what they are ranked by, and the receipts of today and of three weeks before."""
    expected = person_scores(entries.values(), at)
    found = stored(session, at)
    people = list(session.scalars(select(Contact.id)))
    assert {who: found.get(who, 0.0) for who in people} == pytest.approx(
        {who: expected.get(who, 0.0) for who in people}, abs=1e-9
    )
    for firm in session.scalars(select(Account).where(Account.merged_into_id.is_(None))):
        mine = set(session.scalars(select(Contact.id).where(Contact.account_id == firm.id)))
        seen_at = firm.evaluated_at or at
        depth = fsum(entry.value(seen_at) for entry in entries.values() if entry.act.contact_id in mine)
        assert firm.depth == pytest.approx(depth, abs=1e-9)
        heat = session.get(AccountHeat, firm.id)
        assert heat is None or (heat.depth, heat.is_mqa) == (firm.depth, firm.is_mqa)
        for moment in (at, at - timedelta(days=21)):
            report = score_report(session, firm.id, at=moment)
            values = [entry.value(moment) for entry in entries.values() if entry.act.contact_id in mine]
            assert report["points"] == pytest.approx(fsum(values), abs=1e-9)
            assert abs(fsum(row["value"] for row in report["entries"]) - report["points"]) <= 1e-9
            assert round(sum(row["shown"] for row in report["entries"]), 1) == pytest.approx(report["shown"], abs=1e-9)
