"""One file per noun; importing this package registers every table."""

from abm.models.account import Account, AccountDomain, Department, MatchPair, MqaChange, StageChange
from abm.models.contact import Consent, Contact, Suppression
from abm.models.enrollment import Enrollment
from abm.models.event import ContactScore, Event, Hit, Refold, ScoreEntry, ScoreModel, Webinar
from abm.models.imported import Import, ImportMapping, ImportRow
from abm.models.merge import AccountMerge, MergeMove
from abm.models.message import CaughtMail, Message
from abm.models.next_action import NextAction
from abm.models.notice import Notice
from abm.models.operation import BusinessClock, Heartbeat
from abm.models.segment import Segment, SegmentMember
from abm.models.sequence import Asset, Campaign, Link, Mail, Sequence, SequenceVersion
from abm.models.task import Task, TaskChange
from abm.models.timeline import TimelineItem
from abm.models.user import AuditEntry, SetupLink, User, UserSession

__all__ = [
    "Account",
    "AccountDomain",
    "AccountMerge",
    "Asset",
    "AuditEntry",
    "BusinessClock",
    "Campaign",
    "CaughtMail",
    "Consent",
    "Contact",
    "ContactScore",
    "Department",
    "Enrollment",
    "Event",
    "Heartbeat",
    "Hit",
    "Import",
    "ImportMapping",
    "ImportRow",
    "Link",
    "Mail",
    "MatchPair",
    "MergeMove",
    "Message",
    "MqaChange",
    "NextAction",
    "Notice",
    "Refold",
    "ScoreEntry",
    "ScoreModel",
    "Segment",
    "SegmentMember",
    "Sequence",
    "SequenceVersion",
    "SetupLink",
    "StageChange",
    "Suppression",
    "Task",
    "TaskChange",
    "TimelineItem",
    "User",
    "UserSession",
    "Webinar",
]
