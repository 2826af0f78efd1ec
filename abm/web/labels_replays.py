"""Labels of replays: how far one is, and what is proposed."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import ProposalKind, ReplayKind, ReplayState

REPLAYED: dict[type[StrEnum], dict[str, LazyString]] = {
    ReplayKind: {
        ReplayKind.DRAFT: _l("Replay of a draft"),
        ReplayKind.PROPOSALS: _l("Proposals from answers"),
    },
    ReplayState: {
        ReplayState.WAITING: _l("Under way"),
        ReplayState.DONE: _l("Done"),
        ReplayState.FAILED: _l("Failed"),
    },
    ProposalKind: {
        ProposalKind.LOWER_POINTS: _l("Lower points"),
        ProposalKind.RAISE_THRESHOLD: _l("Raise the threshold"),
        ProposalKind.FIT_RULE: _l("Keep an industry out"),
    },
}
