"""Checking the mails of a sequence together: each can be stopped, and none offers a file that was offered before."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abm.errors import Invalid
from abm.words import FlawCode, LinkKind, StepKind
from campaigns.compile import ASSET
from campaigns.flaws import Flaw
from campaigns.mails import CompiledMail
from campaigns.shapes import is_name
from campaigns.ways import Steps, Ways, followed, reach, targets

STOP = "stop_url"
# Where a mail step names a mail.
PLACES = ("mail", "swap")

Compile = Callable[[str], Sequence[CompiledMail]]


@dataclass(frozen=True)
class MailFacts:
    """What the checks must know of a mail in all its languages."""

    assets: frozenset[str]
    can_be_stopped: bool


def check_mails(document: Mapping[str, Any], compile_: Compile) -> list[Flaw]:
    """Everything wrong with the mails of a document, step by step; steps that cannot be read are told elsewhere."""
    facts: dict[str, MailFacts] = {}
    problems: dict[str, str] = {}
    steps = followed(document.get("steps"))
    mails = [step for step in steps if step["kind"] == StepKind.MAIL]
    for name in dict.fromkeys(str(step[place]) for step in mails for place in PLACES if is_name(step.get(place))):
        try:
            facts[name] = _facts(compile_(name))
        except Invalid as error:
            problems[name] = str(error)
    return [
        *(flaw for step in mails for flaw in _check_step(document, step, facts, problems)),
        *_check_assets(steps, facts),
    ]


def _facts(mails: Iterable[CompiledMail]) -> MailFacts:
    compiled = [mail.compiled for mail in mails]
    links = (link for one in compiled for link in one.links if link.kind is LinkKind.FILE)
    assets = frozenset(link.url.removeprefix(ASSET) for link in links)
    return MailFacts(assets, all(STOP in one.placeholders for one in compiled))


def _check_step(
    document: Mapping[str, Any],
    step: Mapping[str, Any],
    facts: Mapping[str, MailFacts],
    problems: Mapping[str, str],
) -> Iterator[Flaw]:
    given = document.get("assets")
    assets = given if isinstance(given, list) else []
    known = {asset.get("name") for asset in assets if isinstance(asset, Mapping)}
    for place in PLACES:
        name = step.get(place)
        if not isinstance(name, str):
            continue
        where, told = f"steps.{step['key']}.{place}", {"given": name}
        if name in problems:
            yield Flaw(where, FlawCode.NO_SUCH_MAIL, {**told, "problem": problems[name]})
        if name not in facts:
            continue
        if not facts[name].can_be_stopped:
            yield Flaw(where, FlawCode.NO_STOP_LINK, told)
        if missing := sorted(facts[name].assets - known):
            yield Flaw(where, FlawCode.NO_SUCH_ASSET, {**told, "known": ", ".join(missing), "problem": missing[0]})


def _check_assets(steps: Steps, facts: Mapping[str, MailFacts]) -> Iterator[Flaw]:
    """A file is offered again only to those who have not taken it."""
    ways = {step["key"]: _answered(step) for step in steps}
    mails = [step for step in steps if step["kind"] == StepKind.MAIL and str(step.get("mail")) in facts]
    for step in mails:
        for asset in sorted(facts[step["mail"]].assets):
            before = next((one for one in mails if _offers(one, step, asset, facts, ways)), None)
            if before is not None:
                values = {"given": asset, "step": before["key"]}
                yield Flaw(f"steps.{step['key']}.mail", FlawCode.ASSET_TWICE, values)


def _offers(
    one: Mapping[str, Any], step: Mapping[str, Any], asset: str, facts: Mapping[str, MailFacts], ways: Ways
) -> bool:
    is_other = one["key"] != step["key"]
    return is_other and asset in facts[one["mail"]].assets and step["key"] in reach(ways, one["key"])


def _answered(step: Mapping[str, Any]) -> list[str]:
    """The ways on but those of whoever did not do what was asked; a condition may ask just that."""
    if step["kind"] == StepKind.BRANCH:
        return [step["if_yes"]] if step.get("did") and step.get("if_yes") else []
    until = step.get("until")
    if step["kind"] == StepKind.WAIT and isinstance(until, Mapping) and until.get("kinds"):
        return [step["next"]] if step.get("next") and step.get("if_late") else []
    return targets(step)
