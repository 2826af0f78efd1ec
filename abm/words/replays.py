"""Words of replays: what one is for, how far it is, and what changes of the model it may propose."""

from enum import StrEnum


class ReplayKind(StrEnum):
    """What a replay is for."""

    DRAFT = "draft"
    # The changes that answers of sales speak for, each tried.
    PROPOSALS = "proposals"


class ReplayState(StrEnum):
    """Where a replay that somebody asked for stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ProposalKind(StrEnum):
    """How the model would be changed."""

    LOWER_POINTS = "lower_points"
    RAISE_THRESHOLD = "raise_threshold"
    FIT_RULE = "fit_rule"
