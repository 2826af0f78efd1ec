"""How surely a person stood behind each hit: rules over facts, first match wins; the whole set is judged at its end."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tracking.agents import is_browser, is_machine_agent, is_picture_proxy
from tracking.verdict_facts import FOLLOWED, NOTHING_KNOWN, RULES, Facts, Judgement, Known, Person, Visit
from tracking.verdict_gateways import find_gateways, first_looks, is_unread
from tracking.verdict_messages import Visits, colleagues_at_once, mark_message, mark_neighbours

__all__ = ["RULES", "Facts", "Judgement", "Known", "Reason", "judge", "judge_alone"]

# A person reads before following a link.
READING_SECONDS = 60
# Who has just looked at the page, or sent its form, downloads the file that it offers.
AFTER_PAGE_SECONDS = 30 * 60
# A scanner that runs scripts is seen on the page too: so soon after delivery, unread, that proves nothing.
PROVES_NOTHING_SECONDS = 5 * 60
# What somebody certainly did makes it likely that the rest was done by the same person.
PROVEN_SECONDS = 14 * 86_400
PAGE_SECONDS = 60

_MACHINE = {
    reason: Judgement(Verdict.MACHINE, (reason,))
    for reason in (
        Reason.NEAR_MACHINE,
        Reason.LINKS_AT_ONCE,
        Reason.TOO_SOON,
        Reason.COLLEAGUES_AT_ONCE,
        Reason.HAMMERED,
        Reason.GATEWAY_NETWORK,
        Reason.KNOWN_GATEWAY,
        Reason.SCANNED_DOMAIN,
        Reason.SCANNING_NETWORK,
        Reason.DATA_CENTRE,
        Reason.MACHINE_AGENT,
        Reason.PICTURE_PROXY,
        Reason.HEAD_REQUEST,
        Reason.HONEYPOT,
    )
}
_REPLIED = Judgement(Verdict.PROVEN, (Reason.REPLIED,))
_ATTENDED = Judgement(Verdict.PROVEN, (Reason.ATTENDED,))
_REGISTERED = Judgement(Verdict.PROVEN, (Reason.REGISTERED,))
_FORM = Judgement(Verdict.PROVEN, (Reason.FORM_SENT,))
_DOWNLOAD = Judgement(Verdict.PROVEN, (Reason.DOWNLOAD_AFTER_PAGE,))
_STOP = Judgement(Verdict.LIKELY, (Reason.STOP_POSTED,))
_BROWSER = Judgement(Verdict.LIKELY, (Reason.BROWSER,))
_OPEN = Judgement(Verdict.UNKNOWN, (Reason.OPEN_ALONE,))
_SOON = Judgement(Verdict.UNKNOWN, (Reason.SOON,))
_NO_BROWSER = Judgement(Verdict.UNKNOWN, (Reason.NO_BROWSER,))
_NOT_RATED = Judgement(Verdict.UNKNOWN, (Reason.NOT_RATED,))
_BESIDE_PROVEN = {
    one: Judgement(Verdict.LIKELY, (*one.reasons, Reason.PROVEN_NEARBY))
    for one in (_OPEN, _SOON, _NO_BROWSER, _NOT_RATED)
}
# Acts that whoever reports them has seen, and wishes that are granted to everybody: no filter stands before them.
_REPORTED = frozenset(
    (
        HitKind.REPLY,
        HitKind.ATTENDANCE,
        HitKind.REGISTRATION,
        HitKind.STOP,
        HitKind.PREFERENCES,
        HitKind.WEBHOOK,
    )
)
_PAGES = frozenset((HitKind.PAGE, HitKind.FORM))


def judge(hits: Sequence[Facts], known: Known = NOTHING_KNOWN) -> list[Judgement]:
    """One judgement a hit, in the order given; `known` is what was learnt before and what people have said."""
    return judge_fully(hits, known)[0]


def judge_fully(hits: Sequence[Facts], known: Known = NOTHING_KNOWN) -> tuple[list[Judgement], list[tuple[int, Visit]]]:
    """The judgements, and how each message was first visited, with the place of the hit that began the visit."""
    told = [_own_word(hit, known) for hit in hits]
    visits = Visits(hits)
    for own in visits.of_messages():
        mark_message(own, visits, told, _MACHINE)
    for place in colleagues_at_once(visits, told):
        told[place] = _MACHINE[Reason.COLLEAGUES_AT_ONCE]
    # Before gateways are looked for, as a scanner's page is nobody's home; and again beside those that are found.
    _mark_pages_near_machines(visits, told)
    for place in visits.of_kind(HitKind.FORM):
        told[place] = told[place] or _FORM
    found, first = find_gateways(visits, told, known)
    for place, reason in found.items():
        told[place] = _MACHINE[reason]
    mark_neighbours(visits, told, _MACHINE[Reason.NEAR_MACHINE])
    _mark_pages_near_machines(visits, told)
    for place in _downloads_after_pages(visits, told):
        told[place] = _DOWNLOAD
    rest = [one or _of_the_rest(hit) for hit, one in zip(hits, told, strict=True)]
    return _beside_proven(visits, rest, known), [(places[0], visit) for visit, places in first]


def judge_alone(hits: Iterable[Facts]) -> list[Judgement]:
    """What each hit says of itself: the first verdict, until it is judged beside the others."""
    return [_own_word(hit, NOTHING_KNOWN) or _of_the_rest(hit) for hit in hits]


def machine_signs(hit: Facts) -> tuple[Reason, ...]:
    """What about this hit alone says machine."""
    if hit.kind is HitKind.OPEN and is_picture_proxy(hit.user_agent):
        return (Reason.PICTURE_PROXY,)
    signs = (
        (Reason.HONEYPOT, hit.honeypot),
        (Reason.HEAD_REQUEST, hit.method == "HEAD"),
        (Reason.MACHINE_AGENT, is_machine_agent(hit.user_agent)),
    )
    return tuple(reason for reason, holds in signs if holds)


def _own_word(hit: Facts, known: Known) -> Judgement | None:
    """What is settled without looking at other hits."""
    if known.overrules and (said := known.overruled(hit)):
        return said
    kind, agent = hit.kind, hit.user_agent
    if kind in _REPORTED:
        return _reported(hit)
    if not (hit.honeypot or hit.method == "HEAD" or is_machine_agent(agent)):
        return _MACHINE[Reason.PICTURE_PROXY] if kind is HitKind.OPEN and is_picture_proxy(agent) else None
    signs = machine_signs(hit)
    return _MACHINE[signs[0]] if len(signs) == 1 else Judgement(Verdict.MACHINE, signs)


def _reported(hit: Facts) -> Judgement:
    if hit.kind is HitKind.REPLY:
        return _REPLIED
    if hit.kind is HitKind.REGISTRATION:
        return _REGISTERED
    if hit.kind is HitKind.STOP:
        return _STOP
    is_there = hit.kind is HitKind.ATTENDANCE and (hit.minutes or 0) > 0
    return _ATTENDED if is_there else _NOT_RATED


def _of_the_rest(hit: Facts) -> Judgement:
    """A hit that no rule about machines or proven acts has claimed."""
    if hit.kind is HitKind.OPEN:
        return _OPEN
    if hit.kind is HitKind.FORM:
        return _FORM
    if hit.kind not in FOLLOWED:
        return _NOT_RATED
    if not is_browser(hit.user_agent):
        return _NO_BROWSER
    if hit.delivered_at is not None and (hit.at - hit.delivered_at).total_seconds() < READING_SECONDS:
        return _SOON
    return _BROWSER


def _mark_pages_near_machines(visits: Visits, told: list[Judgement | None]) -> None:
    """A scanner that runs scripts is seen on the page as well, where no message is named."""
    pages = [place for place in visits.of_kind(HitKind.PAGE) if told[place] is None]
    if not pages:
        return
    followed = (place for kind in FOLLOWED for place in visits.of_kind(kind))
    machines = _moments(
        visits, (place for place in followed if (one := told[place]) and one.verdict is Verdict.MACHINE)
    )
    for place in pages:
        moments = machines.get(visits.hits[place].contact)
        if moments and _is_within(visits.times[place], moments, PAGE_SECONDS):
            told[place] = _MACHINE[Reason.NEAR_MACHINE]


def _downloads_after_pages(visits: Visits, told: Sequence[Judgement | None]) -> list[int]:
    pages = _moments(
        visits,
        (
            place
            for kind in _PAGES
            for place in visits.of_kind(kind)
            if (one := told[place]) is None or one.verdict is Verdict.PROVEN
        ),
    )
    if not pages:
        return []
    looks = first_looks(visits, told)
    found = []
    for place in visits.of_kind(HitKind.DOWNLOAD):
        seen = pages.get(visits.hits[place].contact)
        if told[place] is None and seen and not _may_be_scripted(visits, looks, place):
            before = bisect_right(seen, visits.times[place]) - 1
            if before >= 0 and visits.times[place] - seen[before] <= AFTER_PAGE_SECONDS:
                found.append(place)
    return found


def _may_be_scripted(visits: Visits, looks: Mapping[Hashable, float], place: int) -> bool:
    delay = visits.delay(place)
    return delay is not None and delay <= PROVES_NOTHING_SECONDS and is_unread(visits, looks, place)


def _beside_proven(visits: Visits, judged: list[Judgement], known: Known) -> list[Judgement]:
    """What nobody knew of is likely within two weeks of something certain of the same person."""
    proven = _moments(visits, (place for place, one in enumerate(judged) if one.verdict is Verdict.PROVEN))
    for person, moments in known.proven.items():
        proven[person] = sorted((*proven.get(person, ()), *(moment.timestamp() for moment in moments)))
    if not proven:
        return judged
    for place, one in enumerate(judged):
        if one.verdict is Verdict.UNKNOWN and one in _BESIDE_PROVEN:
            certain = proven.get(visits.hits[place].contact)
            if certain and _is_within(visits.times[place], certain, PROVEN_SECONDS):
                judged[place] = _BESIDE_PROVEN[one]
    return judged


def _is_within(moment: float, moments: Sequence[float], seconds: float) -> bool:
    """Whether one of these sorted moments is so near."""
    first = bisect_left(moments, moment - seconds)
    return first < len(moments) and moments[first] <= moment + seconds


def _moments(visits: Visits, places: Iterable[int]) -> dict[Person, list[float]]:
    found: dict[Person, list[float]] = defaultdict(list)
    for place in places:
        person = visits.hits[place].contact
        if person is not None:
            found[person].append(visits.times[place])
    for moments in found.values():
        moments.sort()
    return found
