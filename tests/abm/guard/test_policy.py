"""The guard's policy as a document: the defaults of the product, and every fault named by its place."""

from copy import deepcopy
from datetime import time
from typing import Any

import pytest

from abm.errors import Invalid
from abm.guard.live import default_document
from abm.guard.policy import DEFAULT, Caps, check_policy, in_order, read_policy
from abm.scoring.document import read_yaml, write_yaml
from abm.words import FaultCode, GuardAnswer, GuardReason


def changed(place: str, value: Any) -> dict[str, Any]:
    """The default document with one place replaced, or taken out."""
    document = deepcopy(default_document())
    *tables, name = place.split(".")
    here = document
    for table in tables:
        here = here[table]
    if value is None:
        del here[name]
    else:
        here[name] = value
    return document


def test_the_document_an_installation_starts_with_says_what_the_defaults_say() -> None:
    assert read_policy(default_document()) == DEFAULT


def test_a_policy_written_and_read_again_is_the_same() -> None:
    again = read_yaml(write_yaml(in_order(default_document()))).document

    assert (again, list(again)) == (default_document(), list(default_document()))


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("excluded.answer", "swap", FaultCode.UNKNOWN),
        ("product_owned.answer", "hold", FaultCode.UNKNOWN),
        ("contacted_lately.days", 0, FaultCode.TOO_SMALL),
        ("contacted_lately.days", 2.5, FaultCode.NOT_WHOLE),
        ("contacted_lately.kinds", ["call", "fax"], FaultCode.UNKNOWN),
        ("contacted_lately.kinds", [], FaultCode.MISSING),
        ("open_deal.from_stage", "won", FaultCode.UNKNOWN),
        ("ticket.days", None, FaultCode.MISSING),
        ("caps.person.day", "one", FaultCode.NO_NUMBER),
        ("caps.person.month", 3, FaultCode.UNKNOWN),
        ("send_window.from", "25:00", FaultCode.NO_TIME),
        ("send_window.to", "19:00+09:00", FaultCode.NO_TIME),
        ("send_window.to", "07:00", FaultCode.NOT_AFTER),
        ("send_window.weekdays", ["monday"], FaultCode.UNKNOWN),
        ("send_window.obon", "perhaps", FaultCode.NO_FLAG),
        ("consent_missing", {"answer": "send"}, FaultCode.UNKNOWN),
        ("stale", None, FaultCode.MISSING),
    ],
)
def test_every_fault_names_its_place(place: str, value: Any, code: FaultCode) -> None:
    policy, faults = check_policy(changed(place, value))

    assert policy is None
    assert [(fault.place.split("[")[0], fault.code) for fault in faults] == [(place, code)]


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(Invalid):
        read_policy(["excluded"])


def test_a_cap_left_out_limits_nothing_and_an_hour_without_quotes_is_an_hour() -> None:
    document = {**changed("caps.account", None), "send_window": {**default_document()["send_window"], "to": 1140}}

    policy = read_policy(document)

    assert (policy.account, policy.window.closes) == (Caps(), time(19))


def test_a_rule_that_answers_send_is_out_of_force() -> None:
    policy = read_policy(changed("stale.answer", GuardAnswer.SEND.value))

    assert not policy.asks(GuardReason.STALE)
