"""Checking a policy before it can count: every fault of its document, with its line where there is a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from abm.guard.policy import Policy, check_policy
from abm.scoring.document import read_yaml
from abm.scoring.faults import Fault, refuse

COMMAND = "abm guard policy"


@dataclass(frozen=True)
class Checked:
    """A document with everything wrong with it; without faults, its policy."""

    document: Any
    policy: Policy | None
    faults: Sequence[Fault] = ()

    def sound(self) -> Policy:
        """The policy; Invalid names the first fault when there is one."""
        if self.policy is None:
            raise refuse(self.faults, COMMAND)
        return self.policy


def check_document(document: Any) -> Checked:
    """Everything there is to say about a document before it is published."""
    policy, faults = check_policy(document)
    return Checked(document, policy, faults)


def check_yaml(given: bytes | str) -> Checked:
    """The same for a file, with the line of every fault."""
    text = read_yaml(given)
    if text.document is None:
        return Checked(None, None, text.faults)
    policy, faults = check_policy(text.document)
    found = text.locate([*text.faults, *faults])
    return Checked(text.document, None if found else policy, found)
