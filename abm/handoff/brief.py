"""What a hand-off carries besides its score: why now, who, what they care about, what was sent, what not to say."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.models import Account
from abm.scoring.model import Model
from abm.words import MessageState, MqaCause, Verdict

PEOPLE_NAMED = 3
SHOWN = 10

# People with their points now, the most engaged first.
PEOPLE = text(
    """
    select c.id, c.full_name, c.title, c.buying_role, c.department_id, d.name as department,
        exists (select from suppressions s where s.email = c.email) as is_suppressed,
        coalesce(p.points, 0) as points
    from contacts c
    left join departments d on d.id = c.department_id
    left join (
        select contact_id, sum(points_left(points, as_of, half_life_days, :at)) as points
        from contact_scores where account_id = :account group by contact_id
    ) p on p.contact_id = c.id
    where c.account_id = :account and c.archived_at is null
    order by coalesce(p.points, 0) desc, c.id
    """
)
# What earned points, the newest first, with what it was about.
ACTS = text(
    f"""
    select e.id, e.contact_id, e.kind, e.happened_at, e.minutes, e.topics, e.verdict, s.entry,
        coalesce(to_jsonb(w.title), a.title, e.detail -> 'title') as about
    from score_entries s
    join events e on e.id = s.event_id
    left join webinars w on w.id = e.webinar_id
    left join assets a on a.id = e.asset_id
    where s.contact_id = any(:contacts) and s.entry > 0 and e.happened_at <= :at
      and e.verdict in ('{Verdict.PROVEN}', '{Verdict.LIKELY}')
    order by e.happened_at desc, s.entry desc, e.id limit 200
    """  # noqa: S608 only our own words are put in
)
SENT = text(
    f"""
    select m.sent_at, m.step, c.full_name as name
    from messages m join contacts c on c.id = m.contact_id
    where m.account_id = :account and m.state = '{MessageState.SENT}' and not m.is_test
    order by m.sent_at desc limit :limit
    """  # noqa: S608 only our own words are put in
)


@dataclass(frozen=True)
class Findings:
    """What is known of an account when it is handed over; people and acts in order of weight."""

    people: Sequence[Mapping[str, Any]]
    acts: Sequence[Mapping[str, Any]]
    sent: Sequence[Mapping[str, Any]]

    def hottest_department(self) -> uuid.UUID | None:
        """The department with most depth; people without one together count as the account."""
        depths: dict[uuid.UUID | None, float] = {}
        for person in self.people:
            depths[person["department_id"]] = depths.get(person["department_id"], 0.0) + person["points"]
        return max(depths, key=lambda department: depths[department], default=None)

    def within(self, department_id: uuid.UUID | None) -> Sequence[Mapping[str, Any]]:
        """The people of a department; without one, everybody."""
        return [person for person in self.people if department_id in (None, person["department_id"])]


def gather_findings(session: Session, account_id: uuid.UUID, at: datetime) -> Findings:
    """All a task may want to tell about this account."""
    values = {"account": account_id, "at": at}
    people = [dict(row) for row in session.execute(PEOPLE, values).mappings()]
    ids = {"contacts": [person["id"] for person in people], "at": at}
    acts = [dict(row) for row in session.execute(ACTS, ids).mappings()]
    sent = [dict(row) for row in session.execute(SENT, {"account": account_id, "limit": SHOWN}).mappings()]
    return Findings(people, acts, sent)


def write_why(
    account: Account, findings: Findings, model: Model, cause: MqaCause, contact_id: uuid.UUID | None
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
    return [score, _act_line("last_act", findings.acts, findings), _third_line(findings)]


def write_brief(account: Account, findings: Findings, model: Model, at: datetime) -> dict[str, Any]:
    """Who is involved and who is missing, interests, mails sent, the opening's topic, and what not to say."""
    played = {person["buying_role"] for person in findings.people}
    engaged = [person for person in findings.people if person["points"] > 0]
    return {
        "people": [_person(person) for person in engaged[:SHOWN]],
        "missing_roles": [role.value for role in model.required_roles if role not in played],
        "interests": _interests(findings.acts),
        "last_inquiry": next((_act(act) for act in findings.acts if act["kind"] in ("inquiry", "demo_request")), None),
        "sent": [{"at": rfc3339(m["sent_at"]), "step": m["step"], "name": m["name"]} for m in findings.sent],
        "topic": next((topic for act in findings.acts if (topic := _topic(act))), None),
        "closing_month": account.closing_month,
        "do_not_say": ["opens", *(["suppressed"] if any(p["is_suppressed"] for p in engaged) else [])],
        "at": rfc3339(at),
    }


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
