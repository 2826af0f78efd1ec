"""What conditions can ask: every field with the kind of its value, and the operators of each kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from abm.words import (
    BuyingRole,
    CustomKind,
    DealStage,
    Field,
    JobFunction,
    Language,
    LostReason,
    NeedKind,
    Operator,
    Seniority,
    Severity,
    Stage,
    StaleReason,
    Tier,
)


class ValueKind(StrEnum):
    """What sort of value a field holds."""

    TEXT = "text"
    WORD = "word"
    FLAG = "flag"
    NUMBER = "number"
    DAY = "day"


_EMPTINESS = (Operator.KNOWN, Operator.UNKNOWN)
_EQUALITY = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN)
_SEARCH = (Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH)
_SIZES = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)

OPERATORS: Mapping[ValueKind, tuple[Operator, ...]] = {
    ValueKind.TEXT: (*_EQUALITY, *_SEARCH, *_EMPTINESS),
    ValueKind.WORD: (*_EQUALITY, *_EMPTINESS),
    ValueKind.FLAG: (Operator.IS,),
    ValueKind.NUMBER: (*_SIZES, Operator.IS, Operator.IS_NOT, *_EMPTINESS),
    ValueKind.DAY: (
        Operator.WITHIN,
        Operator.NOT_WITHIN,
        Operator.AHEAD,
        Operator.NOT_AHEAD,
        Operator.BEFORE,
        Operator.AFTER,
        Operator.IS,
        *_EMPTINESS,
    ),
}

# Each of these holds exactly when its opposite does not, also where nothing is known.
OPPOSITES: Mapping[Operator, Operator] = {
    Operator.IS_NOT: Operator.IS,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_WITHIN: Operator.WITHIN,
    Operator.NOT_AHEAD: Operator.AHEAD,
    Operator.UNKNOWN: Operator.KNOWN,
}


# Operators whose value is a number of days.
SPANS = (Operator.WITHIN, Operator.NOT_WITHIN, Operator.AHEAD, Operator.NOT_AHEAD)


@dataclass(frozen=True)
class FieldRule:
    """What a field holds; of several values a check holds when it holds for one of them.

    `words` are the values a WORD may have; of a text they are what is usual there. `title` is set of custom fields.
    """

    kind: ValueKind
    words: tuple[str, ...] = ()
    several: bool = False
    title: str = ""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """How this field may be compared."""
        return OPERATORS[self.kind]


# Custom fields by their name in conditions, for example account.custom.rank.
CustomRules = Mapping[str, FieldRule]
NO_CUSTOM_RULES: CustomRules = {}

# A choice is compared as a text: what a list offers may change, and stored conditions must stay readable.
CUSTOM_KINDS: Mapping[CustomKind, ValueKind] = {
    CustomKind.TEXT: ValueKind.TEXT,
    CustomKind.NUMBER: ValueKind.NUMBER,
    CustomKind.DATE: ValueKind.DAY,
    CustomKind.CHOICE: ValueKind.TEXT,
}


def _words(words: Iterable[str], *, several: bool = False) -> FieldRule:
    return FieldRule(ValueKind.WORD, tuple(str(word) for word in words), several)


_TEXT, _FLAG = FieldRule(ValueKind.TEXT), FieldRule(ValueKind.FLAG)
_NUMBER, _DAY = FieldRule(ValueKind.NUMBER), FieldRule(ValueKind.DAY)
_TEXTS, _NUMBERS, _DAYS = (FieldRule(kind, several=True) for kind in (ValueKind.TEXT, ValueKind.NUMBER, ValueKind.DAY))

FIELDS: Mapping[Field, FieldRule] = {
    Field.ACCOUNT_NAME: _TEXT,
    Field.ACCOUNT_DOMAIN: _TEXTS,
    Field.ACCOUNT_INDUSTRY: _TEXT,
    Field.ACCOUNT_PREFECTURE: _TEXT,
    Field.ACCOUNT_EMPLOYEES: _NUMBER,
    Field.ACCOUNT_REVENUE: _NUMBER,
    Field.ACCOUNT_PARENT: _TEXT,
    Field.ACCOUNT_GROUP: _TEXTS,
    Field.ACCOUNT_TIER: _words(Tier),
    Field.ACCOUNT_STAGE: _words(Stage),
    Field.ACCOUNT_MQA: _FLAG,
    Field.ACCOUNT_DEPTH: _NUMBER,
    Field.ACCOUNT_COUNTED_DEPTH: _NUMBER,
    Field.ACCOUNT_BREADTH: _NUMBER,
    Field.ACCOUNT_ENGAGED_INFLUENCERS: _NUMBER,
    Field.ACCOUNT_OWNER: _TEXT,
    Field.ACCOUNT_CLOSING_MONTH: _NUMBER,
    Field.ACCOUNT_LAST_CONTACTED_ON: _DAY,
    Field.ACCOUNT_LAST_EVENT_ON: _DAY,
    Field.ACCOUNT_CONFIRMED_ON: _DAY,
    Field.ACCOUNT_SAMPLE: _FLAG,
    Field.DEPARTMENT_NAME: _TEXT,
    Field.DEPARTMENT_OWNER: _TEXT,
    Field.DEPARTMENT_SCORE: _NUMBER,
    Field.DEPARTMENT_TOPIC: _TEXTS,
    Field.CONTACT_NAME: _TEXT,
    Field.CONTACT_TITLE: _TEXT,
    Field.CONTACT_SENIORITY: _words(Seniority),
    Field.CONTACT_BUYING_ROLE: _words(BuyingRole),
    Field.CONTACT_JOB_FUNCTION: _words(JobFunction),
    Field.CONTACT_LANGUAGE: _words(Language),
    Field.CONTACT_EMAIL_DOMAIN: _TEXT,
    Field.CONTACT_HAS_ADDRESS: _FLAG,
    Field.CONTACT_CONSENT: _FLAG,
    Field.CONTACT_SUPPRESSED: _FLAG,
    Field.CONTACT_IMPORT: _TEXTS,
    Field.CONTACT_SEQUENCE: _TEXTS,
    Field.CONTACT_TAG: _TEXTS,
    Field.CONTACT_ACTIVE_SEQUENCE: _TEXTS,
    Field.CONTACT_SCORE: _NUMBER,
    Field.CONTACT_CREATED_ON: _DAY,
    Field.CONTACT_LAST_CONTACTED_ON: _DAY,
    Field.CONTACT_LAST_EVENT_ON: _DAY,
    Field.CONTACT_CONFIRMED_ON: _DAY,
    Field.CONTACT_STALE: _FLAG,
    Field.CONTACT_STALE_REASON: _words(StaleReason),
    Field.CONTACT_SAMPLE: _FLAG,
    Field.DEAL_OPEN: _FLAG,
    Field.DEAL_STAGE: _words(DealStage, several=True),
    Field.DEAL_AMOUNT: _NUMBERS,
    Field.DEAL_EXPECTED_CLOSE_ON: _DAYS,
    Field.DEAL_PRODUCT: _TEXTS,
    Field.DEAL_LOST_REASON: _words(LostReason, several=True),
    Field.DEAL_LOST_ON: _DAYS,
    Field.PRODUCT_OWNED: _TEXTS,
    Field.CONTRACT_RUNNING: _FLAG,
    Field.CONTRACT_PRODUCT: _TEXTS,
    Field.CONTRACT_RENEWS_ON: _DAYS,
    Field.CONTRACT_ENDS_ON: _DAYS,
    Field.TICKET_OPEN: _FLAG,
    Field.TICKET_COMPLAINT: _FLAG,
    Field.TICKET_SEVERITY: _words(Severity, several=True),
    Field.TICKET_OPENED_ON: _DAYS,
    Field.NEED_KIND: _words(NeedKind, several=True),
    Field.NEED_TOPIC: _TEXTS,
    Field.NEED_PRODUCT: _TEXTS,
    Field.NEED_SAID_ON: _DAYS,
    Field.NEED_HORIZON_FROM: _DAYS,
    Field.NEED_HORIZON_UNTIL: _DAYS,
}
