"""What a hand-off carries besides its score: why now, who, what they care about, what was sent, what not to say."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.customers.fiscal import USUAL_CLOSING_MONTH
from abm.handoff.rules import budgeting_day
from abm.models import Account
from abm.scoring.arrays import array
from abm.scoring.model import Model
from abm.words import EventKind, MessageState, MqaCause, SuppressionReason, TicketState, Verdict

PEOPLE_NAMED = 3
SHOWN = 10
RIVALS_SHOWN = 5
INQUIRIES = (EventKind.INQUIRY, EventKind.DEMO_REQUEST)

# People with their points now, the most engaged first.
PEOPLE = text(
    f"""
    select c.account_id, c.id, c.full_name, c.title, c.buying_role, c.department_id, d.name as department,
        s.email is not null as is_suppressed,
        c.no_phone_at is not null as wants_no_phone,
        c.refused_at is not null or s.reason is not distinct from '{SuppressionReason.DO_NOT_CONTACT}' as is_refused,
        coalesce(p.points, 0) as points
    from contacts c
    left join departments d on d.id = c.department_id
    left join suppressions s on s.email = c.email
    left join (
        select contact_id, sum(points_left(points, as_of, half_life_days, :at)) as points
        from contact_scores where account_id = any(cast(:accounts as uuid[])) group by contact_id
    ) p on p.contact_id = c.id
    where c.account_id = any(cast(:accounts as uuid[])) and c.archived_at is null
    order by coalesce(p.points, 0) desc, c.id
    """  # noqa: S608 only our own words are put in
)
# What earned points, the newest first, with what it was about; what was done for a product that the customer declined
# afterwards is no interest any more.
ACTS = text(
    f"""
    select n.account_id, x.* from unnest(cast(:accounts as uuid[])) as n (account_id) cross join lateral (
        select e.id, e.contact_id, e.kind, e.happened_at, e.minutes, e.verdict, s.entry,
            case when exists (
                select from declined_products d join products p on p.id = d.product_id
                where d.account_id = n.account_id and d.at >= e.happened_at
                  and (p.code = e.product or e.product is null and p.topics && e.topics)
            ) then cast('{{}}' as text[]) else e.topics end as topics,
            coalesce(to_jsonb(w.title), a.title, e.detail -> 'title') as about
        from contacts c
        join score_entries s on s.contact_id = c.id
        join events e on e.id = s.event_id
        left join webinars w on w.id = e.webinar_id
        left join assets a on a.id = e.asset_id
        where c.account_id = n.account_id and c.archived_at is null and s.entry > 0 and e.happened_at <= :at
          and e.verdict in ('{Verdict.PROVEN}', '{Verdict.LIKELY}')
        order by e.happened_at desc, s.entry desc, e.id limit 200
    ) x
    order by x.happened_at desc, x.entry desc, x.id
    """  # noqa: S608 only our own words are put in
)
SENT = text(
    f"""
    select n.account_id, x.* from unnest(cast(:accounts as uuid[])) as n (account_id) cross join lateral (
        select m.sent_at, m.step, c.full_name as name
        from messages m join contacts c on c.id = m.contact_id
        where m.account_id = n.account_id and m.state = '{MessageState.SENT}' and not m.is_test
        order by m.sent_at desc limit {SHOWN}
    ) x order by x.sent_at desc
    """  # noqa: S608 only our own words are put in
)
# With whom we were compared, whatever became of the deal.
RIVALS = text(
    """
    select account_id, competitors as name, name as deal, stage, closed_on
    from deals where account_id = any(cast(:accounts as uuid[])) and archived_at is null and competitors <> ''
    order by created_at desc, id
    """
)
COMPLAINTS = text(
    f"""
    select account_id from tickets
    where account_id = any(cast(:accounts as uuid[])) and archived_at is null and is_complaint
      and state <> '{TicketState.CLOSED}'
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Put:
    """What sales had put off: whose it was, with which answer and words, and when."""

    owner_id: uuid.UUID | None
    answer: str | None
    said: str | None
    at: datetime | None


@dataclass(frozen=True)
class Findings:
    """What is known of an account when it is handed over; people and acts in order of weight."""

    people: Sequence[Mapping[str, Any]]
    acts: Sequence[Mapping[str, Any]]
    sent: Sequence[Mapping[str, Any]]
    rivals: Sequence[Mapping[str, Any]] = ()
    complains: bool = False

    @cached_property
    def refused(self) -> frozenset[uuid.UUID]:
        """People who asked not to be contacted in any way."""
        return frozenset(person["id"] for person in self.people if person["is_refused"])

    def hottest_department(self) -> uuid.UUID | None:
        """The department with most depth; people without one together count as the account."""
        depths: dict[uuid.UUID | None, float] = {}
        for person in self.people:
            depths[person["department_id"]] = depths.get(person["department_id"], 0.0) + person["points"]
        return max(depths, key=lambda department: depths[department], default=None)

    def first_of(self, department_id: uuid.UUID | None) -> uuid.UUID | None:
        """Whom to call: the most engaged of a department, of everybody without one; whoever refused comes last."""
        there = [person for person in self.people if department_id in (None, person["department_id"])]
        return min(there, key=lambda person: person["is_refused"])["id"] if there else None


def gather_findings(session: Session, account_id: uuid.UUID, at: datetime) -> Findings:
    """All a task may want to tell about this account."""
    return gather_all_findings(session, [account_id], at)[account_id]


def gather_all_findings(session: Session, account_ids: Sequence[uuid.UUID], at: datetime) -> dict[uuid.UUID, Findings]:
    """The same about many accounts, in a statement for each sort of thing."""
    values = {"accounts": array(account_ids), "at": at}
    people, acts, sent, rivals = (_by_account(session, sql, values) for sql in (PEOPLE, ACTS, SENT, RIVALS))
    complain = set(session.scalars(COMPLAINTS, values))
    return {
        key: Findings(people[key], acts[key], sent[key], rivals[key][:RIVALS_SHOWN], key in complain)
        for key in account_ids
    }


def _by_account(
    session: Session, sql: TextClause, values: Mapping[str, Any]
) -> Mapping[uuid.UUID, list[Mapping[str, Any]]]:
    found: dict[uuid.UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for row in session.execute(sql, values).mappings():
        found[row["account_id"]].append(dict(row))
    return found


def write_why(
    account: Account,
    findings: Findings,
    model: Model,
    cause: MqaCause,
    contact_id: uuid.UUID | None,
    put: Put | None = None,
) -> list[dict[str, Any]]:
    """Why now, as three lines of codes and values: the score, the newest act, and what they care about or who."""
    score = {
        "code": "score",
        "points": account.counted_depth,
        "threshold": model.mqa.thresholds[account.tier],
        "people": account.breadth,
    }
    if cause is MqaCause.ACT_NOW:
        asked = [act for act in findings.acts if act["contact_id"] == contact_id and model.kinds[act["kind"]].act_now]
        return [_act_line("request", asked, findings), score, _third_line(findings)]
    if cause is MqaCause.WOKEN and put is not None:
        said = {"code": "said", "text": put.said} if put.said else score
        return [_put_line(put), said, _act_line("last_act", findings.acts, findings)]
    return [score, _act_line("last_act", findings.acts, findings), _third_line(findings)]


def write_brief(
    account: Account, findings: Findings, model: Model, at: datetime, contact_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """Who is involved and who is missing, what they care about and were sent, rivals, timing, what to say and not."""
    played = {person["buying_role"] for person in findings.people}
    engaged = [person for person in findings.people if person["points"] > 0]
    return {
        "people": [_person(person) for person in engaged[:SHOWN]],
        "missing_roles": [role.value for role in model.required_roles if role not in played],
        "next_best": _next_best(findings, model, contact_id),
        "interests": _interests(findings.acts),
        "last_inquiry": _last_inquiry(findings),
        "sent": [{"at": rfc3339(m["sent_at"]), "step": m["step"], "name": m["name"]} for m in findings.sent],
        "rivals": [_rival(deal) for deal in findings.rivals],
        "topic": next((topic for act in findings.acts if (topic := _topic(act))), None),
        "closing_month": account.closing_month,
        "budgeting_on": budgeting_day(at.date(), account.closing_month or USUAL_CLOSING_MONTH).isoformat(),
        "do_not_say": _do_not_say(findings, engaged),
        "refused": [_named(person) for person in findings.people if person["is_refused"]],
        "no_phone": [_named(person) for person in engaged if person["wants_no_phone"]],
        "at": rfc3339(at),
    }


def _next_best(findings: Findings, model: Model, contact_id: uuid.UUID | None) -> dict[str, Any] | None:
    """Whom to speak with after the first: who plays a required role before who does not, then the most engaged."""
    others = [one for one in findings.people if one["id"] != contact_id and not one["is_refused"]]
    ranked = sorted(others, key=lambda one: (one["buying_role"] not in model.required_roles, -one["points"]))
    return _person(ranked[0]) if ranked else None


def _last_inquiry(findings: Findings) -> dict[str, Any] | None:
    asked = next((act for act in findings.acts if act["kind"] in INQUIRIES), None)
    if asked is None:
        return None
    who = next((_named(one) for one in findings.people if one["id"] == asked["contact_id"]), None)
    return {**_act(asked), "person": who}


def _do_not_say(findings: Findings, engaged: Sequence[Mapping[str, Any]]) -> list[str]:
    codes = {
        "opens": True,
        "suppressed": any(person["is_suppressed"] for person in engaged),
        "complaint": findings.complains,
        "refused": bool(findings.refused),
        "no_phone": any(person["wants_no_phone"] for person in engaged),
    }
    return [code for code, holds in codes.items() if holds]


def _rival(deal: Mapping[str, Any]) -> dict[str, Any]:
    on = deal["closed_on"].isoformat() if deal["closed_on"] else None
    return {"name": deal["name"], "deal": deal["deal"], "stage": deal["stage"], "on": on}


def _put_line(put: Put) -> dict[str, Any]:
    return {"code": "woken", "answer": put.answer, "at": rfc3339(put.at) if put.at else None}


def _act_line(code: str, acts: Sequence[Mapping[str, Any]], findings: Findings) -> dict[str, Any]:
    if not acts:
        return {"code": "nobody"}
    who = next(person for person in findings.people if person["id"] == acts[0]["contact_id"])
    return {"code": code, "person": _named(who), **_act(acts[0])}


def _third_line(findings: Findings) -> dict[str, Any]:
    if interests := _interests(findings.acts):
        return {"code": "topics", "names": [interest["topic"] for interest in interests[:PEOPLE_NAMED]]}
    persons = [_named(person) for person in findings.people[:PEOPLE_NAMED] if person["points"] > 0]
    return {"code": "people", "persons": persons} if persons else {"code": "nobody"}


def _interests(acts: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Topics of what they used, the newest first, each dated by its newest use."""
    dated: dict[str, str] = {}
    for act in acts:
        for topic in act["topics"]:
            dated.setdefault(topic, rfc3339(act["happened_at"]))
    return [{"topic": topic, "at": at} for topic, at in dated.items()][:SHOWN]


def _act(act: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "act": act["kind"],
        "at": rfc3339(act["happened_at"]),
        "about": act["about"],
        "minutes": act["minutes"],
        "event": str(act["id"]),
    }


def _topic(act: Mapping[str, Any]) -> Any:
    return act["topics"][0] if act["topics"] else act["about"]


def _named(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": person["full_name"], "title": person["title"]}


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_named(person),
        "id": str(person["id"]),
        "department": person["department"],
        "buying_role": person["buying_role"],
        "points": person["points"],
    }
