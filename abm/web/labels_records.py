"""Labels of what records of accounts and people say."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.web.spoken import in_both
from abm.words import (
    BuyingRole,
    CustomKind,
    CustomSubject,
    ExcludedReason,
    JobFunction,
    PairState,
    PersonRule,
    Seniority,
    Stage,
    StageReason,
    StaleReason,
    Tier,
)
from abm.words.spoken import ROLES

RECORDED: dict[type[StrEnum], dict[str, LazyString]] = {
    Tier: {Tier.ONE_TO_ONE: _l("1:1"), Tier.ONE_TO_FEW: _l("1:few"), Tier.ONE_TO_MANY: _l("1:many")},
    Stage: {
        Stage.ALL_OTHERS: _l("All others"),
        Stage.KNOWN: _l("Known"),
        Stage.AWARE: _l("Aware"),
        Stage.ENGAGED: _l("Engaged"),
        Stage.MQA: _l("MQA"),
        Stage.IN_SALES: _l("In sales"),
        Stage.OPPORTUNITY: _l("Opportunity"),
        Stage.CUSTOMER: _l("Customer"),
        Stage.DORMANT: _l("Dormant"),
        Stage.LOST: _l("Lost"),
        Stage.EXCLUDED: _l("Excluded"),
    },
    StageReason: {
        StageReason.NOTHING_KNOWN: _l("nothing known"),
        StageReason.HAS_CONTACT: _l("has a contact"),
        StageReason.HUMAN_EVENT: _l("reacted lately"),
        StageReason.HALF_THRESHOLD: _l("half of the threshold reached"),
        StageReason.SHARE_OF_THRESHOLD: _l("a share of the threshold reached"),
        StageReason.RULE_OF_MODEL: _l("the condition of the model holds"),
        StageReason.SEQUENCE_STEP: _l("set by a step of a sequence"),
        StageReason.THRESHOLD_REACHED: _l("threshold reached"),
        StageReason.ACT_NOW: _l("asked to be contacted"),
        StageReason.HAND_OFF_TAKEN: _l("sales took it over"),
        StageReason.OPEN_DEAL: _l("a deal is open"),
        StageReason.PRODUCT_OWNED: _l("owns a product"),
        StageReason.CONTRACT_RUNNING: _l("a contract is in force"),
        StageReason.DEAL_LOST: _l("the last deal was lost"),
        StageReason.LONG_SILENCE: _l("no reaction for half a year"),
        StageReason.EXCLUDED: _l("excluded"),
    },
    ExcludedReason: {
        ExcludedReason.NOT_FIT: _l("Not our kind of company"),
        ExcludedReason.COMPETITOR: _l("Competitor"),
        ExcludedReason.STUDENT: _l("Student"),
        ExcludedReason.OWN_STAFF: _l("Own staff"),
    },
    PairState: {
        PairState.OPEN: _l("To be decided"),
        PairState.MERGED: _l("Merged"),
        PairState.RELATED: _l("Parent and subsidiary"),
        PairState.DIFFERENT: _l("Not the same company"),
    },
    Seniority: {
        Seniority.EXECUTIVE: _l("Executive"),
        Seniority.DIVISION_HEAD: _l("Division head"),
        Seniority.DEPARTMENT_HEAD: _l("Department head"),
        Seniority.SECTION_HEAD: _l("Section head"),
        Seniority.OTHER: _l("Other title or none"),
    },
    BuyingRole: in_both(ROLES),
    JobFunction: {
        JobFunction.MANAGEMENT: _l("Management"),
        JobFunction.SALES: _l("Sales"),
        JobFunction.MARKETING: _l("Marketing"),
        JobFunction.ENGINEERING: _l("Engineering"),
        JobFunction.PRODUCTION: _l("Production"),
        JobFunction.PURCHASING: _l("Purchasing"),
        JobFunction.INFORMATION: _l("Information systems"),
        JobFunction.FINANCE: _l("Finance"),
        JobFunction.PEOPLE: _l("Human resources"),
        JobFunction.GENERAL: _l("General affairs"),
        JobFunction.QUALITY: _l("Quality"),
        JobFunction.LOGISTICS: _l("Logistics"),
        JobFunction.RESEARCH: _l("Research"),
        JobFunction.OTHER: _l("Other"),
    },
    StaleReason: {
        StaleReason.BOUNCED: _l("Mail came back"),
        StaleReason.POST_RETURNED: _l("Post came back"),
        StaleReason.MOVED: _l("Moved to another department"),
        StaleReason.BAD_DATA: _l("Said to be wrong"),
        StaleReason.LEFT_COMPANY: _l("Left the company"),
    },
    PersonRule: {
        PersonRule.SAME_NAME: _l("same name"),
        PersonRule.SAME_MOBILE: _l("same mobile number"),
    },
    CustomKind: {
        CustomKind.TEXT: _l("Text"),
        CustomKind.NUMBER: _l("Numeric value"),
        CustomKind.DATE: _l("Date"),
        CustomKind.CHOICE: _l("Choice"),
    },
    CustomSubject: {
        CustomSubject.ACCOUNT: _l("Account"),
        CustomSubject.CONTACT: _l("Contact"),
        CustomSubject.DEAL: _l("Deal"),
    },
}
