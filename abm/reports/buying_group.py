"""The buying group of an account: which roles are engaged, filled only by name, or missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from abm.reports.people import Person
from abm.words import BuyingRole


@dataclass(frozen=True)
class RoleRow:
    """One buying role and who plays it; engaged once one of them has the points from which a person counts."""

    role: BuyingRole
    is_required: bool
    people: tuple[Person, ...]
    person_points: float

    @property
    def is_engaged(self) -> bool:
        """Whether somebody of this role counts, as in the coverage of the score."""
        return any(person.points >= self.person_points for person in self.people)

    @property
    def is_missing(self) -> bool:
        """Whether the purchase needs this role and nobody plays it."""
        return self.is_required and not self.people


@dataclass(frozen=True)
class BuyingGroup:
    """The roles a purchase needs, then the others that somebody plays, and how many people play none."""

    rows: tuple[RoleRow, ...]
    without_role: int

    @property
    def engaged(self) -> int:
        """How many of the required roles are engaged."""
        return sum(row.is_required and row.is_engaged for row in self.rows)

    @property
    def required(self) -> int:
        """How many roles the purchase needs."""
        return sum(row.is_required for row in self.rows)

    @property
    def has_gaps(self) -> bool:
        """Whether somebody has to be found."""
        return any(row.is_missing for row in self.rows)


def buying_group(people: Sequence[Person], required: Sequence[BuyingRole], person_points: float) -> BuyingGroup:
    """Who plays which part in the purchase."""
    order = [*required, *(role for role in BuyingRole if role not in required)]
    rows = [
        RoleRow(role, role in required, tuple(one for one in people if one.buying_role == role), person_points)
        for role in order
    ]
    shown = tuple(row for row in rows if row.is_required or row.people)
    return BuyingGroup(shown, sum(person.buying_role is None for person in people))
