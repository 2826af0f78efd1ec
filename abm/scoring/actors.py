"""What workers run for scores: fold new events, evaluate accounts whose moment has come."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.scoring.evaluate import evaluate_due
from abm.scoring.fold import AHEAD, BATCH, IS_BEHIND, IS_DUE, fold_next_batch, fold_next_behind
from abm.scoring.live import ensure_model
from abm.work import here, unit_of_work

HAS_UNFOLDED = text(
    f"select exists (select from refolds) or exists (select from events where {IS_DUE})"  # noqa: S608 our own words
)
HAS_DUE = text("select exists (select from accounts where evaluate_at <= :at and merged_into_id is null)")


@actor("fold_events", queue=Queue.SCORING)
def fold_events(limit: int = BATCH) -> None:
    """Fold every event that has not been scored yet, a batch at a time."""
    zone = here().settings.zone
    folded = True
    while folded:
        with unit_of_work() as work:
            folded = fold_next_batch(work.session, work.at, zone, limit=limit) > 0


@actor("fold_behind", queue=Queue.SCORING)
def fold_behind() -> None:
    """Fold every account that the live model has not reached, a batch at a time; what was done stays done."""
    zone = here().settings.zone
    folded = True
    while folded:
        with unit_of_work() as work:
            folded = fold_next_behind(work.session, work.at, zone) > 0


@actor("evaluate_accounts", queue=Queue.SCORING)
def evaluate_due_accounts() -> None:
    """Evaluate every account whose moment has come, a batch at a time."""
    zone = here().settings.zone
    evaluated = True
    while evaluated:
        with unit_of_work() as work:
            evaluated = evaluate_due(work.session, work.at, ensure_model(work.session), zone) > 0


@sweep("fold_events")
def has_unfolded(session: Session, at: datetime) -> bool:
    """True while events or asked-for refolds wait."""
    return bool(session.scalar(HAS_UNFOLDED, {"at": at, "beyond": at + AHEAD}))


@sweep("fold_behind")
def has_behind(session: Session, _at: datetime) -> bool:
    """True while a published model has not reached every account."""
    return bool(session.scalar(IS_BEHIND))


@sweep("evaluate_accounts")
def has_due_accounts(session: Session, at: datetime) -> bool:
    """True when time alone may have moved an account."""
    return bool(session.scalar(HAS_DUE, {"at": at}))
