"""Hits given as JSON lines, read as facts for the rules."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from abm.customers.domains import SharedDomains
from abm.errors import Invalid
from abm.words import HitKind
from tracking.verdict import Facts, Judgement

KINDS = {kind.value: kind for kind in HitKind}
LONGEST = 10_000


class FactsReader:
    """Reads lines; times without a zone are in the installation's, shared domains say nothing of a firm."""

    def __init__(self, shared: SharedDomains, zone: ZoneInfo) -> None:
        self._shared, self._zone = shared, zone
        self._domains: dict[str, str] = {}

    def read(self, line: bytes) -> Facts:
        """A line as facts; raises Invalid naming the field. What else stands in it is left."""
        told = _object(line)
        kind = KINDS.get(_text(told, "kind"))
        if kind is None:
            raise Invalid(f"write one of {', '.join(KINDS)}", "kind", "unknown_kind")
        at = self._moment(told, "at")
        if at is None:
            raise Invalid("the time of the hit is missing", "at", "no_at")
        return Facts(
            _needed(told, "id"),
            kind,
            at,
            (_text(told, "method") or "GET").upper(),
            _text(told, "message") or None,
            _text(told, "user_agent"),
            _truth(told, "honeypot"),
            _text(told, "contact") or None,
            self._domain(_text(told, "domain")),
            _text(told, "ip"),
            _text(told, "link") or None,
            self._moment(told, "delivered_at"),
            _number(told, "minutes"),
        )

    def _moment(self, told: Mapping[str, Any], name: str) -> datetime | None:
        value = told.get(name)
        if value is None or value == "":
            return None
        try:
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        except (TypeError, ValueError) as error:
            message = "write a time as RFC 3339 has it, such as 2026-11-13T03:00:00Z"
            raise Invalid(message, name, "time_unreadable") from error

    def _domain(self, domain: str) -> str:
        known = self._domains.get(domain)
        if known is None:
            known = self._domains[domain] = self._shared.own_domain(f"@{domain}") or "" if domain else ""
        return known


def answer(facts: Facts, judgement: Judgement) -> dict[str, Any]:
    """A judgement as `abm verdict` prints it."""
    return {
        "id": facts.id,
        "verdict": judgement.verdict.value,
        "reasons": [reason.value for reason in judgement.reasons],
        "rules": judgement.rules,
    }


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Invalid("this line is no JSON object in UTF-8", "", "no_json") from error
    if not isinstance(told, dict):
        raise Invalid("this line is no JSON object", "", "no_json")
    return told


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Invalid("write a text", name, "no_text")
    return value


def _needed(told: Mapping[str, Any], name: str) -> str:
    value = _text(told, name)
    if not value:
        raise Invalid(f"{name} is missing; give every line one", name, f"no_{name}")
    return value


def _truth(told: Mapping[str, Any], name: str) -> bool:
    value = told.get(name)
    if value is not None and not isinstance(value, bool):
        raise Invalid("write true or false", name, "no_truth")
    return bool(value)


def _number(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Invalid("write a number", name, "no_number")
    return value
