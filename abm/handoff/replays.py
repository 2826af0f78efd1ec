"""Comparing a model with the live one: both replayed over recorded months, and what sales would have had of it."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.clock import local_day, rfc3339
from abm.handoff.explained import explain
from abm.handoff.rules import RULES, WINS
from abm.handoff.sharing import read_bench, read_places, share_out
from abm.handoff.won import Win, leading_to, read_wins
from abm.models import Account, User
from abm.scoring.arrays import array
from abm.scoring.difference import LISTED, Difference, Judged, Listed, Opening, Span, week_of
from abm.scoring.histories import NOBODY, Answered, moment
from abm.scoring.model import Model
from abm.scoring.recorded import read_ahead, read_histories
from abm.scoring.replay import replay
from abm.scoring.steps import half_lives_of
from abm.words import OPEN_TASK_STATES, AnswerCode, DealStage, TaskKind, TaskState

# After so many half-lives less than a millionth is left of anything.
GONE = 20
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

TURNED_DOWN = (TaskState.REJECTED, TaskState.DISQUALIFIED)
REJECTS = (*(code for code, rule in RULES.items() if rule.to in TURNED_DOWN), AnswerCode.NO_NEED)

TASKS = text(
    f"""
    select id, account_id, department_id, answer, created_at, closed_at from tasks
    where kind = '{TaskKind.HAND_OFF}' and account_id = any(cast(:accounts as uuid[]))
      and (closed_at is not null or state in ({", ".join(f"'{state}'" for state in OPEN_TASK_STATES)}))
    order by closed_at, id
    """  # noqa: S608 only our own words are put in
)
WON = text(
    f"select task_id from deals where task_id = any(cast(:tasks as uuid[])) and stage = '{DealStage.WON}'"  # noqa: S608
)


@dataclass(frozen=True)
class Months:
    """The months that are walked through by the live model and by others, and the accounts to keep an eye on."""

    live: Model
    span: Span
    zone: ZoneInfo
    watched: Set[uuid.UUID] = frozenset()


def compare(
    session: Session,
    draft: Model,
    live: Model,
    span: Span,
    zone: ZoneInfo,
    tell: Callable[[int], None] = lambda accounts: None,
) -> dict[str, Any]:
    """Both models walked through the months, and how they differ; nothing is written. `tell` hears how far it is."""
    wins = read_wins(session, span, zone)
    months = Months(live, span, zone, frozenset(win.account_id for win in wins))
    difference = differ(session, [draft], months, tell)[0]
    return _result(session, difference, draft, months, wins)


def differ(
    session: Session,
    drafts: Sequence[Model],
    months: Months,
    tell: Callable[[int], None] = lambda accounts: None,
) -> list[Difference]:
    """How each of these models differs from the live one, in one pass through what was recorded."""
    live, span, zone = months.live, months.span, months.zone
    differences, until = [Difference(watched=months.watched) for _ in drafts], moment(span.until)
    # From as long before as anything may still count.
    longest = max(max(*half_lives_of(model), model.mqa.proven_within_days) for model in (*drafts, live))
    since = max(span.since - timedelta(days=longest * GONE), EARLIEST)
    for histories in read_ahead(read_histories(session, since, span.until, answers_of)):
        by_live = replay(histories, live, zone, until)
        for difference, draft in zip(differences, drafts, strict=True):
            difference.add(histories, replay(histories, draft, zone, until), by_live, span, zone)
        tell(differences[0].accounts if differences else 0)
    return differences


def answers_of(
    session: Session, accounts: Sequence[uuid.UUID]
) -> tuple[Mapping[uuid.UUID, Sequence[Answered]], Mapping[uuid.UUID, int]]:
    """How sales answered the hand-offs of these accounts, and how many of each nobody has answered yet."""
    answers: dict[uuid.UUID, list[Answered]] = defaultdict(list)
    unanswered: Counter[uuid.UUID] = Counter()
    for row in session.execute(TASKS, {"accounts": array(accounts)}):
        if row.closed_at is None:
            unanswered[row.account_id] += 1
            continue
        rule = RULES.get(row.answer)
        answers[row.account_id].append(
            Answered(
                at=moment(row.closed_at),
                code=row.answer or "",
                department_id=row.department_id or NOBODY,
                rests=rule is not None and rule.cool_down,
                excludes=rule is not None and rule.excludes is not None,
                task_id=row.id,
                came_at=moment(row.created_at),
            )
        )
    return answers, unanswered


def _result(
    session: Session, difference: Difference, draft: Model, months: Months, wins: Sequence[Win]
) -> dict[str, Any]:
    judged = difference.judged
    vanished = [one for one in judged if one.answered.code in REJECTS and one.live and not one.draft]
    missed = [one for one in judged if one.answered.code in WINS and one.live and not one.draft]
    won = set(session.scalars(WON, {"tasks": array(one.answered.task_id for one in missed)}))
    lists = {name: getattr(difference, name) for name in ("gained", "lost", "earlier", "later")}
    names = _names(session, _named(lists.values(), vanished, missed) | {win.account_id for win in wins})
    return {
        "from": rfc3339(months.span.since),
        "to": rfc3339(months.span.until),
        "accounts": difference.accounts,
        "acts": difference.acts,
        "tasks": {"draft": difference.draft.total(), "live": difference.live.total()},
        "weeks": _weeks(difference, months),
        "reps": _reps(session, difference, months),
        **{name: _list(session, listed, (draft, months.live), months.zone, names) for name, listed in lists.items()},
        "rejects": _answers(judged, vanished, REJECTS, names, set()),
        "wins": _with_alone(_answers(judged, missed, WINS, names, won), wins, difference, names),
    }


def _weeks(difference: Difference, months: Months) -> list[dict[str, Any]]:
    """Tasks a week by both models, every week of the months."""
    draft, live = (_by_week(counted) for counted in (difference.draft, difference.live))
    ends = local_day(months.span.until - timedelta(microseconds=1), months.zone)
    begin = week_of(local_day(months.span.since, months.zone))
    every = (begin + timedelta(days=passed) for passed in range(0, (ends - begin).days + 1, 7))
    return [{"week": week.isoformat(), "draft": draft[week], "live": live[week]} for week in every]


def _by_week(counted: Counter[tuple[uuid.UUID, uuid.UUID, date]]) -> Counter[date]:
    weeks: Counter[date] = Counter()
    for (_, _, week), number in counted.items():
        weeks[week] += number
    return weeks


def _reps(session: Session, difference: Difference, months: Months) -> list[dict[str, Any]]:
    """Tasks a week of each rep by both models, as they would be routed."""
    places = read_places(session, {key[:2] for key in (*difference.draft, *difference.live)})
    bench = read_bench(session, months.span.until, months.zone)
    counts: dict[uuid.UUID | None, Counter[str]] = defaultdict(Counter)
    for name, counted in (("draft", difference.draft), ("live", difference.live)):
        for owner, number in share_out(counted, places, bench).items():
            counts[owner][name] += number
    users = {user.id: user for user in session.scalars(select(User).where(User.id.in_([*filter(None, counts)])))}
    rows = [
        {
            "owner": str(owner) if owner else None,
            "name": users[owner].name if owner else None,
            "capacity": users[owner].weekly_capacity if owner else None,
            **{f"{name}_a_week": round(number[name] / months.span.weeks, 2) for name in ("draft", "live")},
        }
        for owner, number in counts.items()
    ]
    return sorted(rows, key=lambda row: (row["owner"] is None, -row["draft_a_week"], row["name"] or ""))


def _list(
    session: Session, listed: Listed, models: tuple[Model, Model], zone: ZoneInfo, names: Mapping[uuid.UUID, str]
) -> dict[str, Any]:
    """Accounts with what both models would have done, and how they stood by the draft and by the live one then."""
    draft, live = models
    rows = []
    for move in listed.rows:
        shown = move.draft or move.live
        assert shown is not None
        rows.append(
            {
                **_account(shown.account_id, names),
                "draft": _opening(move.draft),
                "live": _opening(move.live),
                "why": explain(session, shown.account_id, shown.at, draft, zone),
                "why_live": explain(session, shown.account_id, shown.at, live, zone),
            }
        )
    return {"count": listed.count, "rows": rows}


def _answers(
    judged: Sequence[Judged],
    gone: Sequence[Judged],
    codes: Sequence[AnswerCode],
    names: Mapping[uuid.UUID, str],
    won: set[uuid.UUID],
) -> dict[str, Any]:
    """Recorded hand-offs with these answers, and those among them that the draft would not have made."""
    recorded = Counter(one.answered.code for one in judged if one.answered.code in codes)
    vanished = Counter(one.answered.code for one in gone)
    return {
        "recorded": recorded.total(),
        "gone": len(gone),
        "by_answer": {code: {"recorded": recorded[code], "gone": vanished[code]} for code in sorted(recorded)},
        "rows": [
            {
                **_account(one.account_id, names),
                "task": str(one.answered.task_id),
                "answer": one.answered.code,
                "live": _opening(one.live),
                "won": one.answered.task_id in won,
            }
            for one in gone[:LISTED]
        ],
    }


def _with_alone(
    answered: dict[str, Any], wins: Sequence[Win], difference: Difference, names: Mapping[uuid.UUID, str]
) -> dict[str, Any]:
    """The same with the deals that no hand-off led to: the draft misses those to which it would not have pointed."""
    missed = [win for win in wins if leading_to(win, difference.watched_draft) is None]
    live = {win.deal_id: leading_to(win, difference.watched_live) for win in wins}
    rows = [
        {
            **_account(win.account_id, names),
            "task": None,
            "answer": None,
            "deal": {"id": str(win.deal_id), "name": win.name},
            "won_on": win.won_on.isoformat(),
            "live": _opening(live[win.deal_id]),
            "won": True,
        }
        for win in missed[: LISTED - len(answered["rows"])]
    ]
    return {
        **answered,
        "recorded": answered["recorded"] + len(wins),
        "gone": answered["gone"] + len(missed),
        "without_task": {
            "recorded": len(wins),
            "gone": len(missed),
            "gone_live": sum(not one for one in live.values()),
        },
        "rows": [*answered["rows"], *rows],
    }


def _opening(opening: Opening | None) -> dict[str, Any] | None:
    return None if opening is None else {"at": rfc3339(opening.at), "cause": opening.cause.value}


def _account(account_id: uuid.UUID, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    return {"account": {"id": str(account_id), "name": names.get(account_id, "")}}


def _named(lists: Iterable[Listed], *judged: Sequence[Judged]) -> set[uuid.UUID]:
    openings = (move.draft or move.live for listed in lists for move in listed.rows)
    moved = {opening.account_id for opening in openings if opening}
    return moved | {one.account_id for several in judged for one in several[:LISTED]}


def _names(session: Session, accounts: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = session.execute(select(Account.id, Account.name).where(Account.id.in_(sorted(accounts))))
    return {row.id: row.name for row in found}
