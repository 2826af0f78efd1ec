"""Custom fields as conditions ask them: their names, and what each holds by its definition."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.fields import CUSTOM_KINDS, CustomRules, FieldRule
from abm.conditions.language import Condition
from abm.conditions.parse import read_condition
from abm.models import CustomField
from abm.words import CustomKind, CustomSubject


def custom_rules(session: Session) -> CustomRules:
    """Every custom field by its name in conditions; put-away ones too, for stored conditions may ask them."""
    found = session.scalars(select(CustomField).order_by(CustomField.subject, CustomField.position, CustomField.code))
    return {f"{field.subject}.custom.{field.code}": _rule(field) for field in found}


def read_asked(session: Session, document: Any, place: str = "") -> Condition:
    """The condition a document holds, custom fields included; Invalid names the place and the remedy."""
    return read_condition(document, place, custom_rules(session))


def _rule(field: CustomField) -> FieldRule:
    kind = CUSTOM_KINDS[CustomKind(field.kind)]
    return FieldRule(kind, tuple(field.choices), several=field.subject == CustomSubject.DEAL, title=field.title)
