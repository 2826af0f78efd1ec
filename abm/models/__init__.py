"""One file per noun; importing this package registers every table."""

from abm.models.account import Account, AccountDomain, AccountReturn, Department, MatchPair, MqaChange, StageChange
from abm.models.channel import Channel, Delivery
from abm.models.contact import Consent, Contact, Suppression
from abm.models.contract import Contract, ContractTerm, Order, RenewalReminder
from abm.models.custom import CustomField
from abm.models.deal import Deal, DealChange, DealFile, DecisionStep, Offer
from abm.models.enrollment import Enrollment, EnrollmentPause, Holdout, Occasion
from abm.models.event import (
    ContactScore,
    Event,
    Hit,
    InboundPost,
    ModelDraft,
    Refold,
    ScoreEntry,
    ScoreModel,
    Webinar,
)
from abm.models.guard import GuardPolicy
from abm.models.heat import AccountHeat
from abm.models.hours import CompanyDay, Territory, WorkingHours
from abm.models.imported import Import, ImportMapping, ImportRow
from abm.models.mail_template import MailTemplate
from abm.models.merge import AccountMerge, ContactMerge, ContactMergeMove, ContactPair, MergeMove, PeopleSearch
from abm.models.message import CaughtMail, Message, SendingPause
from abm.models.next_action import NextAction
from abm.models.notice import Notice
from abm.models.operation import BusinessClock, Heartbeat, Restart, Round
from abm.models.privacy import ErasedAddress, Retention
from abm.models.product import Need, Ownership, Product, SurveyAnswer, Usage
from abm.models.replay import Replay
from abm.models.report import ProviderReport
from abm.models.search import SearchChange, SearchEntry, SearchFolding
from abm.models.segment import Segment, SegmentMember
from abm.models.sending import DomainCheck, SendingLimit, SendingPace
from abm.models.sequence import (
    Asset,
    Campaign,
    Link,
    Mail,
    Sequence,
    SequenceTrigger,
    SequenceVersion,
    SplitTest,
    WatchedMember,
)
from abm.models.simulation import Simulation
from abm.models.strike import Strike
from abm.models.suggestion import Hearing, Suggestion
from abm.models.task import DeclinedProduct, Task, TaskChange, TaskFault
from abm.models.ticket import Ticket
from abm.models.timeline import TimelineItem
from abm.models.user import Absence, ApiToken, AuditEntry, CalendarLink, SetupLink, User, UserSession
from abm.models.verdict import FirstVisit, VerdictOverrule
from abm.models.visit import Form, PageRule, Preference, Visitor

__all__ = [
    "Absence",
    "Account",
    "AccountDomain",
    "AccountHeat",
    "AccountMerge",
    "AccountReturn",
    "ApiToken",
    "Asset",
    "AuditEntry",
    "BusinessClock",
    "CalendarLink",
    "Campaign",
    "CaughtMail",
    "Channel",
    "CompanyDay",
    "Consent",
    "Contact",
    "ContactMerge",
    "ContactMergeMove",
    "ContactPair",
    "ContactScore",
    "Contract",
    "ContractTerm",
    "CustomField",
    "Deal",
    "DealChange",
    "DealFile",
    "DecisionStep",
    "DeclinedProduct",
    "Delivery",
    "Department",
    "DomainCheck",
    "Enrollment",
    "EnrollmentPause",
    "ErasedAddress",
    "Event",
    "FirstVisit",
    "Form",
    "GuardPolicy",
    "Hearing",
    "Heartbeat",
    "Hit",
    "Holdout",
    "Import",
    "ImportMapping",
    "ImportRow",
    "InboundPost",
    "Link",
    "Mail",
    "MailTemplate",
    "MatchPair",
    "MergeMove",
    "Message",
    "ModelDraft",
    "MqaChange",
    "Need",
    "NextAction",
    "Notice",
    "Occasion",
    "Offer",
    "Order",
    "Ownership",
    "PageRule",
    "PeopleSearch",
    "Preference",
    "Product",
    "ProviderReport",
    "Refold",
    "RenewalReminder",
    "Replay",
    "Restart",
    "Retention",
    "Round",
    "ScoreEntry",
    "ScoreModel",
    "SearchChange",
    "SearchEntry",
    "SearchFolding",
    "Segment",
    "SegmentMember",
    "SendingLimit",
    "SendingPace",
    "SendingPause",
    "Sequence",
    "SequenceTrigger",
    "SequenceVersion",
    "SetupLink",
    "Simulation",
    "SplitTest",
    "StageChange",
    "Strike",
    "Suggestion",
    "Suppression",
    "SurveyAnswer",
    "Task",
    "TaskChange",
    "TaskFault",
    "Territory",
    "Ticket",
    "TimelineItem",
    "Usage",
    "User",
    "UserSession",
    "VerdictOverrule",
    "Visitor",
    "WatchedMember",
    "Webinar",
    "WorkingHours",
]
