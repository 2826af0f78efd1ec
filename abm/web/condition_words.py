"""The condition language as pages say it: titles of fields and operators, a condition as a sentence."""

from datetime import timedelta

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.conditions.fields import FIELDS, ValueKind
from abm.conditions.holds import Finding, Known
from abm.conditions.language import Did, Leaf, Value
from abm.conditions.parse import write_value
from abm.web.i18n import day, number, number1
from abm.web.labels import label
from abm.words import EventKind, Field, GroupKind, Operator

FIELD_TITLES: dict[Field, LazyString] = {
    Field.ACCOUNT_NAME: _l("Company"),
    Field.ACCOUNT_DOMAIN: _l("Company's domain"),
    Field.ACCOUNT_INDUSTRY: _l("Industry"),
    Field.ACCOUNT_PREFECTURE: _l("Prefecture"),
    Field.ACCOUNT_TIER: _l("Tier"),
    Field.ACCOUNT_STAGE: _l("Stage"),
    Field.ACCOUNT_MQA: _l("MQA"),
    Field.ACCOUNT_DEPTH: _l("Company's score"),
    Field.ACCOUNT_COUNTED_DEPTH: _l("Company's counted score"),
    Field.ACCOUNT_BREADTH: _l("Engaged people at the company"),
    Field.ACCOUNT_OWNER: _l("Company's owner (mail address)"),
    Field.ACCOUNT_CLOSING_MONTH: _l("Fiscal closing month"),
    Field.ACCOUNT_LAST_CONTACTED_ON: _l("Company's last contact"),
    Field.ACCOUNT_SAMPLE: _l("Sample company"),
    Field.DEPARTMENT_NAME: _l("Department"),
    Field.DEPARTMENT_OWNER: _l("Department's owner (mail address)"),
    Field.CONTACT_NAME: _l("Person's name"),
    Field.CONTACT_TITLE: _l("Title"),
    Field.CONTACT_SENIORITY: _l("Seniority"),
    Field.CONTACT_BUYING_ROLE: _l("Buying role"),
    Field.CONTACT_LANGUAGE: _l("Language"),
    Field.CONTACT_EMAIL_DOMAIN: _l("Domain of the mail address"),
    Field.CONTACT_HAS_ADDRESS: _l("Has a mail address"),
    Field.CONTACT_CONSENT: _l("Consent to mail"),
    Field.CONTACT_SUPPRESSED: _l("On the suppression list"),
    Field.CONTACT_IMPORT: _l("Was in an import (ID)"),
    Field.CONTACT_SEQUENCE: _l("Was or is in a sequence"),
    Field.CONTACT_ACTIVE_SEQUENCE: _l("Is in a sequence now"),
    Field.CONTACT_SCORE: _l("Person's score"),
    Field.CONTACT_CREATED_ON: _l("Person added on"),
    Field.CONTACT_LAST_CONTACTED_ON: _l("Person's last contact"),
    Field.CONTACT_SAMPLE: _l("Sample person"),
}
OPERATOR_TITLES: dict[Operator, LazyString] = {
    Operator.IS: _l("is"),
    Operator.IS_NOT: _l("is not"),
    Operator.IN: _l("is one of"),
    Operator.NOT_IN: _l("is none of"),
    Operator.CONTAINS: _l("contains"),
    Operator.NOT_CONTAINS: _l("does not contain"),
    Operator.STARTS_WITH: _l("starts with"),
    Operator.AT_LEAST: _l("at least"),
    Operator.AT_MOST: _l("at most"),
    Operator.MORE_THAN: _l("more than"),
    Operator.LESS_THAN: _l("less than"),
    Operator.BEFORE: _l("before"),
    Operator.AFTER: _l("after"),
    Operator.WITHIN: _l("within the last days:"),
    Operator.NOT_WITHIN: _l("not within the last days:"),
    Operator.KNOWN: _l("is known"),
    Operator.UNKNOWN: _l("is not known"),
}
GROUP_TITLES: dict[GroupKind, LazyString] = {
    GroupKind.ALL: _l("All of these"),
    GroupKind.ANY: _l("At least one of these"),
    GroupKind.NOT: _l("None of these"),
}
# Fields whose words have labels of their own.
WORDS = {
    Field.ACCOUNT_TIER: "Tier",
    Field.ACCOUNT_STAGE: "Stage",
    Field.CONTACT_SENIORITY: "Seniority",
    Field.CONTACT_BUYING_ROLE: "BuyingRole",
    Field.CONTACT_LANGUAGE: "Language",
}


def tell_leaf(leaf: Leaf) -> str:
    """One condition in the reader's language."""
    if isinstance(leaf, Did):
        return _tell_did(leaf)
    op, value = OPERATOR_TITLES[leaf.op], _tell_value(leaf.field, leaf.value)
    return _("%(field)s: %(op)s %(value)s", field=FIELD_TITLES[leaf.field], op=op, value=value).strip()


def tell_found(finding: Finding) -> str:
    """What was found where a condition asks."""
    leaf, found = finding.leaf, finding.found
    if isinstance(leaf, Did):
        return _("%(count)s times", count=number(found if isinstance(found, int) else 0))
    if found is None or found in ("", ()):
        return _("not known")
    return _tell_value(leaf.field, found)


def _tell_did(did: Did) -> str:
    kinds = _("anything") if did.kinds == tuple(EventKind) else _(", ").join(kind_title(kind) for kind in did.kinds)
    said = _("%(what)s: at least %(count)s times", what=kinds, count=did.at_least)
    if did.within is not None:
        said = _("%(said)s, within %(span)s days", said=said, span=f"{did.within / timedelta(days=1):g}")
    return _("%(said)s, topic %(topic)s", said=said, topic=did.topic) if did.topic else said


def kind_title(kind: str) -> str:
    """What people did, in a word."""
    return str(label(kind, "EventKind"))


def word_title(field: Field, word: str) -> str:
    """A word of a field as its label says it."""
    return str(label(word, WORDS[field])) if field in WORDS else word


def _tell_value(field: Field, value: Value | Known) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _(", ").join(word_title(field, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, timedelta):
        return str(write_value(value))
    if isinstance(value, str):
        return word_title(field, value)
    if isinstance(value, int | float):
        return number(value) if float(value).is_integer() else number1(value)
    return day(value) if FIELDS[field].kind is ValueKind.DAY else str(value)
