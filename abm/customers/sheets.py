"""What the records of what is sold consist of: a sheet per noun says its fields, its rules and what it leaves behind.

Forms, pages, the command line and the history read the same sheets; a new field is a line here and its word in
`abm/web/labels_sheets.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from abm.customers.audit import Sold
from abm.customers.sold import (
    Rule,
    as_typed,
    contract_rule,
    deal_rule,
    offer_rule,
    ownership_rule,
    step_rule,
    survey_rule,
    ticket_rule,
    usage_rule,
)
from abm.models import (
    Contract,
    Deal,
    DealFile,
    DecisionStep,
    Offer,
    Order,
    Ownership,
    Product,
    SurveyAnswer,
    Ticket,
    Usage,
)
from abm.words import (
    BuyingRole,
    ContractState,
    CustomSubject,
    DealStage,
    DecisionState,
    Holds,
    ItemKind,
    LostReason,
    OfferKind,
    OfferState,
    Role,
    Severity,
    SurveyKind,
    TicketState,
)

SheetRecord = Product | Sold


@dataclass(frozen=True)
class Field:
    """One field: what it holds; `words` are the choices of a word, `otherwise` what a new record starts with."""

    name: str
    holds: Holds = Holds.LINE
    is_required: bool = False
    words: type[StrEnum] | None = None
    otherwise: Any = None
    most: int | None = None
    # Not asked of a new record: nothing can be said of it yet.
    is_later: bool = False

    @property
    def points(self) -> bool:
        """Whether the value is another record."""
        return self.holds in POINTERS


POINTERS = (Holds.CONTACT, Holds.DEPARTMENT, Holds.PRODUCT, Holds.DEAL, Holds.FILE, Holds.OWNER)


# Compared by identity: there is one sheet a noun.
@dataclass(frozen=True, eq=False)
class Sheet:
    """One noun: `title` is the field that names a record, `told` the one whose change is told on the timeline.

    A change of what is `also_told` is told too, as a change of something else than its state.
    """

    noun: str
    plural: str
    model: type[SheetRecord]
    fields: tuple[Field, ...]
    title: str = "name"
    rule: Rule = as_typed
    item: ItemKind | None = None
    told: str | None = None
    also_told: tuple[str, ...] = ()
    # Whether the account's stage may depend on it.
    moves_account: bool = False
    # Who may write it at all; of the records of an account, sales only where they look after the account.
    role: Role = Role.SALES
    # Whose custom fields its records have.
    custom: CustomSubject | None = None

    @property
    def of_account(self) -> bool:
        """Whether its records belong to an account."""
        return "account_id" in self.model.__table__.columns

    def values_of(self, record: SheetRecord) -> dict[str, Any]:
        """The record as its form shows it."""
        own = {"custom": dict(record.custom)} if isinstance(record, Deal) else {}
        return {**{field.name: getattr(record, field.name) for field in self.fields}, **own}

    def tells(self, changes: Collection[str]) -> list[str]:
        """Those of these fields whose change is told."""
        return [name for name in (self.told, *self.also_told) if name is not None and name in changes]

    def new_values(self, over: Mapping[str, Any]) -> dict[str, Any]:
        """A new record's values: these, and for the rest what a new one starts with."""
        own = {"custom": over.get("custom", {})} if self.custom else {}
        return {**{field.name: over.get(field.name, field.otherwise) for field in self.fields}, **own}


CONTACT = Field("contact_id", Holds.CONTACT)
DEPARTMENT = Field("department_id", Holds.DEPARTMENT)
PRODUCT_OF = Field("product_id", Holds.PRODUCT)
DEAL_OF = Field("deal_id", Holds.DEAL)
OWNER = Field("owner_id", Holds.OWNER)
NUMBER = Field("number")
AMOUNT = Field("amount", Holds.MONEY)
NOTE = Field("note", Holds.TEXT)

PRODUCT = Sheet(
    "product",
    "products",
    Product,
    (Field("name", is_required=True), Field("code"), Field("topics", Holds.LINES, otherwise=[]), NOTE),
    role=Role.MARKETER,
)
DEAL = Sheet(
    "deal",
    "deals",
    Deal,
    (
        Field("name", is_required=True),
        Field("stage", Holds.WORD, True, DealStage, DealStage.DISCOVERY.value),
        AMOUNT,
        Field("probability", Holds.COUNT, most=100),
        Field("expected_close_on", Holds.DAY),
        OWNER,
        CONTACT,
        DEPARTMENT,
        PRODUCT_OF,
        NUMBER,
        Field("competitors", Holds.TEXT),
        Field("issues", Holds.TEXT),
        Field("lost_reason", Holds.WORD, words=LostReason, is_later=True),
        Field("closed_on", Holds.DAY, is_later=True),
        NOTE,
    ),
    rule=deal_rule,
    item=ItemKind.DEAL_CHANGED,
    told="stage",
    moves_account=True,
    custom=CustomSubject.DEAL,
)
DECISION_STEP = Sheet(
    "decision_step",
    "decision-steps",
    DecisionStep,
    (
        Field("what", is_required=True),
        CONTACT,
        Field("buying_role", Holds.WORD, words=BuyingRole),
        Field("due_on", Holds.DAY),
        Field("state", Holds.WORD, True, DecisionState, DecisionState.WAITING.value),
        Field("decided_on", Holds.DAY),
        NOTE,
    ),
    title="what",
    rule=step_rule,
    item=ItemKind.DECISION_CHANGED,
    told="state",
    also_told=("contact_id", "buying_role", "due_on", "decided_on"),
)
DEAL_FILE = Sheet(
    "deal_file",
    "files",
    DealFile,
    (
        Field("name", is_required=True),
        DEAL_OF,
        Field("phase", Holds.WORD, words=DealStage),
        NOTE,
    ),
    item=ItemKind.FILE_ADDED,
)
OFFER = Sheet(
    "offer",
    "offers",
    Offer,
    (
        Field("kind", Holds.WORD, True, OfferKind, OfferKind.QUOTE.value),
        Field("name", is_required=True),
        NUMBER,
        AMOUNT,
        Field("issued_on", Holds.DAY),
        Field("valid_until", Holds.DAY),
        Field("state", Holds.WORD, True, OfferState, OfferState.DRAFT.value),
        DEAL_OF,
        CONTACT,
        PRODUCT_OF,
        Field("file_id", Holds.FILE),
        NOTE,
    ),
    rule=offer_rule,
    item=ItemKind.OFFER_CHANGED,
    told="state",
)
ORDER = Sheet(
    "order",
    "orders",
    Order,
    (
        Field("ordered_on", Holds.DAY, True),
        PRODUCT_OF,
        Field("what"),
        AMOUNT,
        Field("quantity", Holds.COUNT),
        NUMBER,
        DEAL_OF,
        DEPARTMENT,
        NOTE,
    ),
    title="what",
    item=ItemKind.ORDERED,
)
CONTRACT = Sheet(
    "contract",
    "contracts",
    Contract,
    (
        Field("name", is_required=True),
        PRODUCT_OF,
        AMOUNT,
        Field("starts_on", Holds.DAY),
        Field("ends_on", Holds.DAY),
        Field("renews_on", Holds.DAY),
        Field("renews_itself", Holds.FLAG, otherwise=False),
        Field("state", Holds.WORD, True, ContractState, ContractState.RUNNING.value),
        OWNER,
        DEPARTMENT,
        DEAL_OF,
        NUMBER,
        NOTE,
    ),
    rule=contract_rule,
    item=ItemKind.CONTRACT_CHANGED,
    told="state",
    moves_account=True,
)
OWNERSHIP = Sheet(
    "ownership",
    "owned",
    Ownership,
    (
        Field("product_id", Holds.PRODUCT, True),
        Field("since_on", Holds.DAY),
        Field("until_on", Holds.DAY),
        Field("quantity", Holds.COUNT),
        DEPARTMENT,
        NOTE,
    ),
    title="product_id",
    rule=ownership_rule,
    item=ItemKind.PRODUCT_OWNED,
    told="until_on",
    moves_account=True,
)
USAGE = Sheet(
    "usage",
    "usages",
    Usage,
    (
        Field("product_id", Holds.PRODUCT, True),
        Field("month_on", Holds.MONTH, True),
        Field("amount", Holds.AMOUNT, True),
        Field("unit"),
    ),
    title="product_id",
    rule=usage_rule,
)
TICKET = Sheet(
    "ticket",
    "tickets",
    Ticket,
    (
        Field("subject", is_required=True),
        Field("body", Holds.TEXT),
        Field("is_complaint", Holds.FLAG, otherwise=False),
        Field("severity", Holds.WORD, True, Severity, Severity.NORMAL.value),
        Field("state", Holds.WORD, True, TicketState, TicketState.OPEN.value),
        OWNER,
        CONTACT,
        DEPARTMENT,
        PRODUCT_OF,
        NUMBER,
    ),
    title="subject",
    rule=ticket_rule,
    item=ItemKind.TICKET_CHANGED,
    told="state",
)
SURVEY_ANSWER = Sheet(
    "survey_answer",
    "survey-answers",
    SurveyAnswer,
    (
        Field("kind", Holds.WORD, True, SurveyKind, SurveyKind.CSAT.value),
        Field("score", Holds.COUNT),
        Field("words", Holds.TEXT),
        Field("answered_on", Holds.DAY, True),
        CONTACT,
        DEPARTMENT,
        PRODUCT_OF,
        Field("survey"),
        Field("question", Holds.TEXT),
    ),
    title="survey",
    rule=survey_rule,
    item=ItemKind.SURVEY_ANSWERED,
)

SHEETS = (
    PRODUCT,
    DEAL,
    DECISION_STEP,
    DEAL_FILE,
    OFFER,
    ORDER,
    CONTRACT,
    OWNERSHIP,
    USAGE,
    TICKET,
    SURVEY_ANSWER,
)
BY_NOUN = {sheet.noun: sheet for sheet in SHEETS}
