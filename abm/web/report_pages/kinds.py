"""What a list is on the pages: its question, rules, columns, choices and acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.reports.lists.reading import AccountLine, Query, Wanted
from abm.web.tables import Cell, Column
from abm.words import ChosenAct, ReportName

Options = Sequence[tuple[str, Any]]
ROW_ACTS = (ChosenAct.TASK, ChosenAct.NEXT_ACTION, ChosenAct.NOTE)


@dataclass(frozen=True)
class Choice:
    """A choice of one list beside the owner; the first option is what is shown unasked."""

    name: str
    title: LazyString
    options: Callable[[Session], Options]


@dataclass(frozen=True)
class Report:
    """One list: `answers` is the question, `rules` say who is on it, `suggestion` is the first draft of what to do.

    `tabs` is a choice that is shown as tabs.
    """

    name: ReportName
    answers: LazyString
    rules: tuple[LazyString, ...]
    columns: tuple[Column, ...]
    kind: type[AccountLine]
    query: Callable[[Session, Wanted, Moment], Query]
    suggestion: LazyString
    empty: LazyString
    choices: tuple[Choice, ...] = ()
    acts: tuple[ChosenAct, ...] = ROW_ACTS
    tabs: Choice | None = None

    @property
    def asks(self) -> tuple[Choice, ...]:
        """Everything that can be chosen."""
        return (*self.choices, *([self.tabs] if self.tabs else []))


def of(make: Callable[[Wanted, Moment], Query]) -> Callable[[Session, Wanted, Moment], Query]:
    """A list that needs no look at the database before it is asked."""
    return lambda session, wanted, moment: make(wanted, moment)


def fixed(*options: tuple[str, Any]) -> Callable[[Session], Options]:
    """A choice that is the same for everybody."""
    return lambda session: options


ACCOUNT = Column(_l("Company"), "account", Cell.ACCOUNT)
OWNER = Column(_l("Owner"), "owner", otherwise=_l("Nobody"))
STAGE = Column(_l("Stage"), "stage", Cell.WORD, "Stage")
CONTACTED = Column(_l("Last contact"), "last_contacted_on", Cell.DAY, otherwise=_l("Never"))
HUMAN = Column(_l("Last reaction"), "last_human_at", Cell.DAY)
NEXT = Column(_l("Next action"), "next_on", Cell.DAY, otherwise=_l("None"))
AMOUNT = Column(_l("Amount of money"), "amount", Cell.MONEY)
