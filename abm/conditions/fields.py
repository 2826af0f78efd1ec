"""What conditions can ask: every field with the kind of its value, and the operators of each kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from abm.words import BuyingRole, Field, Language, Operator, Seniority, Stage, Tier


class ValueKind(StrEnum):
    """What sort of value a field holds; TEXTS holds several, and a check holds when it holds for one of them."""

    TEXT = "text"
    TEXTS = "texts"
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
    ValueKind.TEXTS: (*_EQUALITY, *_SEARCH, *_EMPTINESS),
    ValueKind.WORD: (*_EQUALITY, *_EMPTINESS),
    ValueKind.FLAG: (Operator.IS,),
    ValueKind.NUMBER: (*_SIZES, Operator.IS, Operator.IS_NOT, *_EMPTINESS),
    ValueKind.DAY: (
        Operator.WITHIN,
        Operator.NOT_WITHIN,
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
    Operator.UNKNOWN: Operator.KNOWN,
}


@dataclass(frozen=True)
class FieldRule:
    """What a field holds; `words` are the values a WORD may have."""

    kind: ValueKind
    words: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[Operator, ...]:
        """How this field may be compared."""
        return OPERATORS[self.kind]


def _words(words: Iterable[str]) -> FieldRule:
    return FieldRule(ValueKind.WORD, tuple(str(word) for word in words))


_TEXT, _TEXTS, _FLAG = FieldRule(ValueKind.TEXT), FieldRule(ValueKind.TEXTS), FieldRule(ValueKind.FLAG)
_NUMBER, _DAY = FieldRule(ValueKind.NUMBER), FieldRule(ValueKind.DAY)

FIELDS: Mapping[Field, FieldRule] = {
    Field.ACCOUNT_NAME: _TEXT,
    Field.ACCOUNT_DOMAIN: _TEXTS,
    Field.ACCOUNT_INDUSTRY: _TEXT,
    Field.ACCOUNT_PREFECTURE: _TEXT,
    Field.ACCOUNT_TIER: _words(Tier),
    Field.ACCOUNT_STAGE: _words(Stage),
    Field.ACCOUNT_MQA: _FLAG,
    Field.ACCOUNT_DEPTH: _NUMBER,
    Field.ACCOUNT_COUNTED_DEPTH: _NUMBER,
    Field.ACCOUNT_BREADTH: _NUMBER,
    Field.ACCOUNT_OWNER: _TEXT,
    Field.ACCOUNT_CLOSING_MONTH: _NUMBER,
    Field.ACCOUNT_LAST_CONTACTED_ON: _DAY,
    Field.ACCOUNT_SAMPLE: _FLAG,
    Field.DEPARTMENT_NAME: _TEXT,
    Field.DEPARTMENT_OWNER: _TEXT,
    Field.CONTACT_NAME: _TEXT,
    Field.CONTACT_TITLE: _TEXT,
    Field.CONTACT_SENIORITY: _words(Seniority),
    Field.CONTACT_BUYING_ROLE: _words(BuyingRole),
    Field.CONTACT_LANGUAGE: _words(Language),
    Field.CONTACT_EMAIL_DOMAIN: _TEXT,
    Field.CONTACT_HAS_ADDRESS: _FLAG,
    Field.CONTACT_CONSENT: _FLAG,
    Field.CONTACT_SUPPRESSED: _FLAG,
    Field.CONTACT_IMPORT: _TEXTS,
    Field.CONTACT_SEQUENCE: _TEXTS,
    Field.CONTACT_ACTIVE_SEQUENCE: _TEXTS,
    Field.CONTACT_SCORE: _NUMBER,
    Field.CONTACT_CREATED_ON: _DAY,
    Field.CONTACT_LAST_CONTACTED_ON: _DAY,
    Field.CONTACT_SAMPLE: _FLAG,
}
