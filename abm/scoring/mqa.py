"""When an account becomes an MQA and how long it stays one: of a single account, or of many as arrays of numbers."""

from typing import Any

from abm.scoring.model import Model


def enters(counted: Any, people: Any, is_proven: Any, threshold: Any, model: Model) -> Any:
    """Enough points, from enough people, and somebody was surely there lately."""
    return (counted >= threshold) & (people >= model.mqa.people) & is_proven


def stays(is_mqa: Any, counted: Any, threshold: Any, model: Model) -> Any:
    """An MQA remains one until it has lost a good part of what made it one."""
    return is_mqa & (counted >= model.mqa.leaves_at * threshold)
