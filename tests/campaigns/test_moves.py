"""A walk through any document: it ends, plans each message once, and says the same again when it is asked again."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from abm.customers.working_hours import Calendar
from abm.guard.guard import SEND, Decision
from abm.words import EnrollmentState, EventKind, FlawCode, GuardAnswer, GuardReason, LeaveReason, MessageState
from campaigns.document import read_course, validate_document
from campaigns.journey import draw
from campaigns.known import NOTHING, Done, Known, Person, Whereabouts
from campaigns.moves import Move, Standing, move
from campaigns.steps import MailStep, SplitStep, Way
from tests.worlds import NOON

DAY = timedelta(days=1)
TITLE = {"ja": "題", "en": "Title"}
HERE = Whereabouts(ZoneInfo("Asia/Tokyo"), Calendar(ZoneInfo("Asia/Tokyo")))
PEOPLE = [Person(UUID(int=100 + n), None, f"p{n}@acme.example", "ja") for n in range(4)]
HOLD = Decision(GuardAnswer.HOLD, None, (GuardReason.SALES_ACTIVE,))
SKIP = Decision(GuardAnswer.SKIP, None, (GuardReason.EXCLUDED,))
REROUTE = Decision(GuardAnswer.REROUTE, None, (GuardReason.OPEN_DEAL,))
SWAP = Decision(GuardAnswer.SWAP, None, (GuardReason.PRODUCT_OWNED,))


class Answers:
    """A guard that answers as told, by person; it remembers what was planned."""

    def __init__(self, *answers: Decision) -> None:
        self.answers, self.noted = answers or (SEND,), []  # type: ignore[var-annotated]

    def ask(self, to: Person, step: MailStep) -> Decision:
        return self.answers[to.contact_id.int % len(self.answers)]

    def note(self, to: Person) -> None:
        self.noted.append(to.contact_id)


def document(*steps: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"name": "walk", "title": TITLE, "steps": list(steps), **over}


def standing(step: str = "s0", at: datetime = NOON, **over: Any) -> Standing:
    person = PEOPLE[0]
    values = {"department_id": None, "contact_id": person.contact_id, "occurrence": 1, "trail": {}, "due_at": at}
    own = {"attempts": 1, "email": person.email, "language": "ja", "is_archived": False}
    return Standing(
        **{
            "id": UUID(int=7),
            "version_id": UUID(int=8),
            "account_id": UUID(int=9),
            "step": step,
            "step_since": at,
            **values,
            **own,
            **over,
        }
    )


def go_on(made: Move) -> Standing:
    """The enrollment as the next claim reads it."""
    assert made.due_at is not None
    moved = {"step": made.step, "step_since": made.step_since, "occurrence": made.occurrence}
    return replace(made.standing, trail=made.trail, due_at=made.due_at, **moved)


KEYS = [f"s{n}" for n in range(6)]
KEY = st.sampled_from(KEYS)
NEXT = st.one_of(st.none(), KEY)
SPAN = st.sampled_from([{"days": 1}, {"hours": 2}, {"minutes": 0}])
WINDOWS = [{"business": True}, {"weekdays": ["mon"], "from": "09:00", "to": "12:00"}, {"fiscal": "budgeting"}]
BODIES = st.one_of(
    st.fixed_dictionaries({"kind": st.just("mail"), "next": NEXT}),
    st.fixed_dictionaries({"kind": st.just("wait"), "lasts": SPAN, "next": NEXT}),
    st.fixed_dictionaries({"kind": st.just("wait"), "window": st.sampled_from(WINDOWS), "next": NEXT}),
    st.fixed_dictionaries({"kind": st.just("wait"), "until": st.just({"date": "2027-01-04"}), "next": NEXT}),
    st.fixed_dictionaries(
        {
            "kind": st.just("wait"),
            "until": st.fixed_dictionaries({"kinds": st.just(["click"])}),
            "lasts": SPAN,
            "next": NEXT,
            "if_late": NEXT,
        }
    ),
    st.fixed_dictionaries({"kind": st.just("branch"), "when": st.just({"did": "click"}), "if_yes": KEY, "if_no": KEY}),
    st.fixed_dictionaries(
        {
            "kind": st.just("split"),
            "ways": st.tuples(KEY, KEY).map(
                lambda two: [{"key": f"w{n}", "percent": 50, "next": key} for n, key in enumerate(two)]
            ),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("task"), "title": st.just(TITLE), "next": NEXT}),
    st.fixed_dictionaries({"kind": st.just("goal"), "goal": st.just("won"), "next": NEXT}),
    st.just({"kind": "jump", "sequence": "other"}),
    st.just({"kind": "exit"}),
)
ROLES = {"roles": ["influencer"]}
MENDED = (FlawCode.UNREACHABLE, FlawCode.MAIL_TWICE)


PAUSE = {"kind": "wait", "lasts": {"days": 1}}


@st.composite
def documents(draw_: Any) -> dict[str, Any]:
    """Any document of up to six steps that can be published, of contacts or of accounts; every other step waits."""
    subject = draw_(st.sampled_from(["contact", "account"]))
    steps = []
    for number, key in enumerate(KEYS):
        body = dict(draw_(BODIES)) if number % 2 == 0 or draw_(st.booleans()) else {**PAUSE, "next": draw_(NEXT)}
        if body.get("next", "") is None:
            body["next"] = KEYS[(number + 1) % len(KEYS)]
        if body["kind"] == "mail":
            body |= {"mail": f"m_{key}", "swap": "other"}
            if subject == "account":
                body["to"] = {**ROLES, "new_only": draw_(st.booleans())}
        steps.append({"key": key, **body})
    return document(*steps, subject=subject, goals=[{"key": "won", "kinds": ["meeting"]}])


def reachable(found: dict[str, Any]) -> dict[str, Any] | None:
    """The document without the steps nobody comes to; None when something else is wrong with it."""
    while flaws := validate_document(found):
        lost = {flaw.node for flaw in flaws if flaw.code is FlawCode.UNREACHABLE}
        if not lost or any(flaw.code not in MENDED for flaw in flaws):
            return None
        found = {**found, "steps": [step for step in found["steps"] if step["key"] not in lost]}
    return found


@settings(max_examples=100, deadline=None)
@given(documents(), st.lists(st.sampled_from([SEND, HOLD, SKIP, REROUTE, SWAP]), min_size=1, max_size=3), st.booleans())
def test_whatever_the_document_a_walk_ends_and_plans_each_message_once(
    found: dict[str, Any], answers: list[Decision], answer: bool
) -> None:
    sound = reachable(found)
    if sound is None:
        return
    course = read_course(sound)
    is_account = sound["subject"] == "account"
    known = Known(
        (Done(EventKind.CLICK, NOON + DAY),),
        dict.fromkeys(KEYS, answer),
        people=dict.fromkeys(KEYS, PEOPLE),
        where=HERE,
    )
    here = standing(course.start, **({"contact_id": None, "email": None} if is_account else {}))
    planned: Counter[tuple[Any, ...]] = Counter()
    effects: Counter[tuple[Any, ...]] = Counter()
    for number in range(12):
        made = move(here, course, Answers(*answers[number % len(answers) :]), known, here.due_at)

        again = move(here, course, Answers(*answers[number % len(answers) :]), known, here.due_at)
        assert again == made
        planned.update(
            (message.step, message.occurrence, message.to and message.to.contact_id)
            for message in made.planned
            if message.state is not MessageState.HELD
        )
        effects.update(
            (effect.step.key, effect.occurrence, effect.to and effect.to.contact_id) for effect in made.effects
        )
        if made.state is not EnrollmentState.ACTIVE:
            break
        assert made.due_at is not None
        assert made.due_at > here.due_at
        here = go_on(made)
    assert all(count == 1 for count in (*planned.values(), *effects.values()))


def mail(key: str, next: str | None = None, **over: Any) -> dict[str, Any]:
    return {"key": key, "kind": "mail", "mail": f"m_{key}", "next": next, **over}


def test_a_swapped_mail_goes_in_its_place_and_without_one_nothing_goes() -> None:
    swapped = read_course(document(mail("s0", swap="other")))
    plain = read_course(document(mail("s0")))

    (with_swap,) = move(standing(), swapped, Answers(SWAP), NOTHING, NOON).planned
    (without,) = move(standing(), plain, Answers(SWAP), NOTHING, NOON).planned

    assert (with_swap.mail, with_swap.state) == ("other", MessageState.PLANNED)
    assert (without.mail, without.state) == ("m_s0", MessageState.SKIPPED)


def test_what_is_too_late_is_left_out_and_the_way_goes_on() -> None:
    course = read_course(document(mail("s0", "s1"), mail("s1", too_late={"days": 9}), too_late={"days": 3}))

    made = move(standing(), course, Answers(), NOTHING, NOON + 4 * DAY)

    assert [(one.step, one.state) for one in made.planned] == [
        ("s0", MessageState.SKIPPED),
        ("s1", MessageState.PLANNED),
    ]


def test_an_account_waits_until_everybody_has_an_answer_and_mails_nobody_twice() -> None:
    course = read_course(document(mail("s0", to=ROLES), subject="account"))
    known = Known(people={"s0": PEOPLE})
    whole = standing(contact_id=None)

    first = move(whole, course, Answers(*([HOLD, SEND] * 2)), known, NOON)
    second = move(go_on(first), course, Answers(), known, NOON + DAY)

    told = [message.to.contact_id for made in (first, second) for message in made.planned if message.to]
    left = [
        m.to.contact_id for made in (first, second) for m in made.planned if m.to and m.state is not MessageState.HELD
    ]
    assert first.state is EnrollmentState.ACTIVE
    assert second.state is EnrollmentState.COMPLETED
    assert sorted(left) == sorted({one.contact_id for one in PEOPLE})
    assert len(told) >= len(left)


def test_most_bounds_how_many_of_an_account_are_mailed_at_a_visit() -> None:
    course = read_course(document(mail("s0", to={**ROLES, "most": 2}), subject="account"))

    made = move(standing(contact_id=None), course, Answers(), Known(people={"s0": PEOPLE}), NOON)

    assert [message.to for message in made.planned] == PEOPLE[:2]


def test_a_goal_step_without_a_next_one_completes_with_the_goal() -> None:
    goal = {"key": "s0", "kind": "goal", "goal": "won"}
    course = read_course(document(goal, goals=[{"key": "won", "kinds": ["meeting"]}]))

    made = move(standing(), course, Answers(), NOTHING, NOON)

    assert (made.state, made.reason, made.trail) == (EnrollmentState.COMPLETED, LeaveReason.GOAL, {"goal": "won"})


def test_a_day_of_the_records_is_waited_for_and_looked_up_again() -> None:
    wait = {"key": "s0", "kind": "wait", "until": {"field": "contract.renews_on", "days": -30}}
    course = read_course(document(wait))
    renews = Known(days={"s0": [date(2026, 1, 1), NOON.date() + 33 * DAY]}, where=HERE)

    made = move(standing(), course, Answers(), renews, NOON)
    passed = move(standing(), course, Answers(), Known(days={"s0": []}, where=HERE), NOON)

    assert made.due_at == datetime(NOON.year, NOON.month, NOON.day, tzinfo=HERE.zone) + 3 * DAY
    assert passed.state is EnrollmentState.COMPLETED


def test_lots_fall_as_often_as_the_ways_say_and_always_the_same() -> None:
    split = SplitStep("s0", (Way("a", 20, None), Way("b", 80, None)))

    drawn = [draw(split, str(number)) for number in range(4_000)]

    assert drawn == [draw(split, str(number)) for number in range(4_000)]
    assert 0.17 < drawn.count("a") / len(drawn) < 0.23
