"""Of whom and when a condition is asked: everybody for a count, a few people for an explanation."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text

from abm.conditions.language import Moment
from abm.models import Contact
from abm.words import HUMAN

Rows = Select[*tuple[Any, ...]]

# Spelt out, so that the planner sees that the index of human events serves.
IS_HUMAN = text("events.verdict in ({})".format(", ".join(f"'{verdict}'" for verdict in HUMAN)))
# A condition asks rows that belong to a person, their department or their company: by these columns of the contact.
PERSON: ColumnElement[Any] = Contact.id.expression
DEPARTMENT: ColumnElement[Any] = Contact.department_id.expression
ACCOUNT: ColumnElement[Any] = Contact.account_id.expression


@dataclass(frozen=True)
class Asking:
    """The moment, and whom it is about; None means everybody."""

    moment: Moment
    ids: Collection[uuid.UUID] | None = None

    def narrow(self, rows: Rows, column: ColumnElement[Any], key: ColumnElement[Any]) -> Rows:
        """Only the rows of those asked about: facts about a few people must not read the tables of all."""
        return rows if self.ids is None else rows.where(column.in_(select(key).where(Contact.id.in_(self.ids))))
