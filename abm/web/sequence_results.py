"""What a sequence brought, as a page: beside its control group, and the ways of its splits beside each other."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from abm.reports.comparisons import WITHIN_DAYS, results_of
from abm.web.access import requires
from abm.web.acts import work
from abm.words import Role
from campaigns.compare import LEAST_PEOPLE

bp = Blueprint("sequence_results", __name__, url_prefix="/sequences/<name>/results")


@bp.get("")
@requires(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Shares with their intervals; what is chance and what is not."""
    with work() as act:
        found = results_of(act.session, name)
        sequence = {"name": found.sequence.name, "title": dict(found.sequence.title)}
    return render_template(
        "sequences/results.html", found=found, sequence=sequence, days=WITHIN_DAYS, least=LEAST_PEOPLE
    )
