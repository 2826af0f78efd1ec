"""The condition language as pages say it: titles of fields and operators, a condition as a sentence."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.conditions.fields import CustomRules
from abm.conditions.holds import Finding, Known
from abm.conditions.language import Check, Condition, Did, Group, Leaf, Value
from abm.conditions.parse import write_value
from abm.web.builder import DID
from abm.web.i18n import day, number, number1
from abm.web.labels import label
from abm.words import EventKind, Field, GroupKind, Operator

FIELD_TITLES: dict[Field, LazyString] = {
    Field.ACCOUNT_NAME: _l("Company"),
    Field.ACCOUNT_DOMAIN: _l("Company's domain"),
    Field.ACCOUNT_INDUSTRY: _l("Industry"),
    Field.ACCOUNT_PREFECTURE: _l("Prefecture"),
    Field.ACCOUNT_EMPLOYEES: _l("Company's employees"),
    Field.ACCOUNT_REVENUE: _l("Company's yearly revenue (yen)"),
    Field.ACCOUNT_PARENT: _l("Parent company"),
    Field.ACCOUNT_GROUP: _l("Group (this company or one above it)"),
    Field.ACCOUNT_TIER: _l("Tier"),
    Field.ACCOUNT_STAGE: _l("Stage"),
    Field.ACCOUNT_MQA: _l("MQA"),
    Field.ACCOUNT_DEPTH: _l("Company's score"),
    Field.ACCOUNT_COUNTED_DEPTH: _l("Company's counted score"),
    Field.ACCOUNT_BREADTH: _l("Engaged people at the company"),
    Field.ACCOUNT_ENGAGED_INFLUENCERS: _l("Engaged influencers at the company"),
    Field.ACCOUNT_OWNER: _l("Company's owner (mail address)"),
    Field.ACCOUNT_CLOSING_MONTH: _l("Fiscal closing month"),
    Field.ACCOUNT_LAST_CONTACTED_ON: _l("Company's last contact"),
    Field.ACCOUNT_LAST_EVENT_ON: _l("Company's last reaction"),
    Field.ACCOUNT_CONFIRMED_ON: _l("Company's record last confirmed"),
    Field.ACCOUNT_SAMPLE: _l("Sample company"),
    Field.DEPARTMENT_NAME: _l("Department"),
    Field.DEPARTMENT_OWNER: _l("Department's owner (mail address)"),
    Field.DEPARTMENT_SCORE: _l("Department's score"),
    Field.DEPARTMENT_TOPIC: _l("Department's topic of interest"),
    Field.CONTACT_NAME: _l("Person's name"),
    Field.CONTACT_TITLE: _l("Title"),
    Field.CONTACT_SENIORITY: _l("Seniority"),
    Field.CONTACT_BUYING_ROLE: _l("Buying role"),
    Field.CONTACT_JOB_FUNCTION: _l("Job function"),
    Field.CONTACT_LANGUAGE: _l("Language"),
    Field.CONTACT_EMAIL_DOMAIN: _l("Domain of the mail address"),
    Field.CONTACT_HAS_ADDRESS: _l("Has a mail address"),
    Field.CONTACT_CONSENT: _l("Consent to mail"),
    Field.CONTACT_SUPPRESSED: _l("On the suppression list"),
    Field.CONTACT_IMPORT: _l("Was in an import (ID)"),
    Field.CONTACT_SEQUENCE: _l("Was or is in a sequence"),
    Field.CONTACT_TAG: _l("Tag of the contact"),
    Field.CONTACT_ACTIVE_SEQUENCE: _l("Is in a sequence now"),
    Field.CONTACT_SCORE: _l("Person's score"),
    Field.CONTACT_CREATED_ON: _l("Person added on"),
    Field.CONTACT_LAST_CONTACTED_ON: _l("Person's last contact"),
    Field.CONTACT_LAST_EVENT_ON: _l("Person's last reaction"),
    Field.CONTACT_CONFIRMED_ON: _l("Person's record last confirmed"),
    Field.CONTACT_STALE: _l("Record is stale"),
    Field.CONTACT_STALE_REASON: _l("Why the record is stale"),
    Field.CONTACT_SAMPLE: _l("Sample person"),
    Field.DEAL_OPEN: _l("Has an open deal"),
    Field.DEAL_STAGE: _l("Stage of a deal"),
    Field.DEAL_AMOUNT: _l("Amount of an open deal"),
    Field.DEAL_EXPECTED_CLOSE_ON: _l("Expected close of an open deal"),
    Field.DEAL_PRODUCT: _l("Product of an open deal (code)"),
    Field.DEAL_LOST_REASON: _l("Why a deal was lost"),
    Field.DEAL_LOST_ON: _l("Deal lost on"),
    Field.PRODUCT_OWNED: _l("Product owned (code)"),
    Field.CONTRACT_RUNNING: _l("Has a running contract"),
    Field.CONTRACT_PRODUCT: _l("Product of a running contract (code)"),
    Field.CONTRACT_RENEWS_ON: _l("Renewal of a running contract"),
    Field.CONTRACT_ENDS_ON: _l("End of a running contract"),
    Field.TICKET_OPEN: _l("Has an open ticket"),
    Field.TICKET_COMPLAINT: _l("Has an open complaint"),
    Field.TICKET_SEVERITY: _l("Severity of an open ticket"),
    Field.TICKET_OPENED_ON: _l("Ticket opened on"),
    Field.NEED_KIND: _l("Kind of what they told us"),
    Field.NEED_TOPIC: _l("Topic they told us of"),
    Field.NEED_PRODUCT: _l("Product they told us of (code)"),
    Field.NEED_SAID_ON: _l("Told us on"),
    Field.NEED_HORIZON_FROM: _l("They mean to act from"),
    Field.NEED_HORIZON_UNTIL: _l("They mean to act until"),
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
    Operator.AHEAD: _l("within the next days:"),
    Operator.NOT_AHEAD: _l("not within the next days:"),
    Operator.KNOWN: _l("is known"),
    Operator.UNKNOWN: _l("is not known"),
}
GROUP_TITLES: dict[GroupKind, LazyString] = {
    GroupKind.ALL: _l("All of these"),
    GroupKind.ANY: _l("At least one of these"),
    GroupKind.NOT: _l("None of these"),
}
# Fields whose words have labels of their own.
WORDS: dict[str, str] = {
    Field.ACCOUNT_TIER: "Tier",
    Field.ACCOUNT_STAGE: "Stage",
    Field.CONTACT_SENIORITY: "Seniority",
    Field.CONTACT_BUYING_ROLE: "BuyingRole",
    Field.CONTACT_JOB_FUNCTION: "JobFunction",
    Field.CONTACT_LANGUAGE: "Language",
    Field.CONTACT_STALE_REASON: "StaleReason",
    Field.DEAL_STAGE: "DealStage",
    Field.DEAL_LOST_REASON: "LostReason",
    Field.TICKET_SEVERITY: "Severity",
    Field.NEED_KIND: "NeedKind",
}


# Which of the usual values are proposed for a field.
USUAL: dict[str, str] = {
    Field.ACCOUNT_OWNER: "owner",
    Field.DEPARTMENT_OWNER: "owner",
    Field.DEPARTMENT_TOPIC: "topic",
    Field.NEED_TOPIC: "topic",
    Field.NEED_PRODUCT: "product",
    Field.DEAL_PRODUCT: "product",
    Field.CONTRACT_PRODUCT: "product",
    Field.PRODUCT_OWNED: "product",
    Field.CONTACT_SEQUENCE: "sequence",
    Field.CONTACT_ACTIVE_SEQUENCE: "sequence",
}


def builder_words(customs: CustomRules) -> dict[str, Any]:
    """What the builder of a condition offers and says."""
    words = {"operators": OPERATOR_TITLES, "joins": GROUP_TITLES, "word_title": word_title}
    return {"asks": _asks(customs), "usual_of": USUAL, **words}


def _asks(customs: CustomRules) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a line can ask, in groups."""
    fields = defaultdict(list)
    for field, title in FIELD_TITLES.items():
        fields[field.split(".")[0]].append((str(field), str(title)))
    did = [(DID + kind, kind_title(kind)) for kind in EventKind]
    asks = [
        (_("Person"), fields["contact"]),
        (_("What they did"), [(f"{DID}any", _("anything")), *did]),
        (_("What they told us"), fields["need"]),
        (_("Company"), fields["account"]),
        (_("Department"), fields["department"]),
        (_("Deals"), fields["deal"]),
        (_("Products and contracts"), [*fields["product"], *fields["contract"]]),
        (_("Tickets"), fields["ticket"]),
        (_("Custom fields"), [(name, rule.title) for name, rule in customs.items()]),
    ]
    return [(title, entries) for title, entries in asks if entries]


def field_title(check: Check) -> str:
    """What a check asks about; a custom field by the title it was given."""
    return check.custom.title if check.custom else str(FIELD_TITLES[Field(check.field)])


def tell_condition(condition: Condition) -> str:
    """A whole condition as one sentence in the reader's language."""
    if not isinstance(condition, Group):
        return tell_leaf(condition)
    said = [_bracketed(part, alone=len(condition.parts) == 1) for part in condition.parts]
    if condition.kind is GroupKind.NOT:
        return _("none of these: %(parts)s", parts=_(" or ").join(said))
    return (_(" and ") if condition.kind is GroupKind.ALL else _(" or ")).join(said)


def _bracketed(part: Condition, *, alone: bool) -> str:
    said = tell_condition(part)
    is_several = isinstance(part, Group) and (len(part.parts) > 1 or part.kind is GroupKind.NOT)
    return _("(%(part)s)", part=said) if is_several and not alone else said


def tell_leaf(leaf: Leaf) -> str:
    """One condition in the reader's language."""
    if isinstance(leaf, Did):
        return _tell_did(leaf)
    op, value = OPERATOR_TITLES[leaf.op], _tell_value(leaf.field, leaf.value)
    return _("%(field)s: %(op)s %(value)s", field=field_title(leaf), op=op, value=value).strip()


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


def word_title(field: str, word: str) -> str:
    """A word of a field as its label says it."""
    return str(label(word, WORDS[field])) if field in WORDS else word


def _tell_value(field: str, value: Value | Known) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _(", ").join(_tell_value(field, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, timedelta):
        return str(write_value(value))
    if isinstance(value, str):
        return word_title(field, value)
    if isinstance(value, int | float):
        return number(value) if float(value).is_integer() else number1(value)
    return day(value)
