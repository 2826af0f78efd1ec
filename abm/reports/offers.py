"""What an installation offers to a sequence's steps and triggers: mails, lists, channels, people and topics by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.conditions.fields import CustomRules
from abm.models import Asset, Campaign, Channel, Form, Segment, Webinar
from abm.reports.segments import list_usual_values
from abm.segments.customs import custom_rules
from abm.words import SegmentKind
from campaigns.mail_templates import list_written


@dataclass(frozen=True)
class Segments:
    """Segments by name: what each asks, and which keep a list."""

    conditions: Mapping[str, Mapping[str, Any]]
    lists: tuple[str, ...]


@dataclass(frozen=True)
class Offers:
    """Names with their titles, by sort."""

    segments: Segments
    # Subjects by mail and language.
    subjects: Mapping[tuple[str, str], str]
    forms: tuple[tuple[str, Mapping[str, Any]], ...]
    names: Mapping[str, list[tuple[str, str]]]
    # The installation's own fields, which conditions may ask.
    customs: CustomRules


def read_offers(session: Session) -> Offers:
    """Everything a step can name."""
    segments = session.scalars(select(Segment).order_by(Segment.name)).all()
    lists = tuple(one.name for one in segments if one.kind == SegmentKind.STATIC)
    forms = session.execute(select(Form.key, Form.title).order_by(Form.key))
    channels = select(Channel.title).where(Channel.archived_at.is_(None)).order_by(Channel.title)
    assets = select(Asset.name).order_by(Asset.name)
    names = {
        **list_usual_values(session),
        "channel": _same(session.scalars(channels)),
        "webinar": _same(session.scalars(select(Webinar.title).order_by(Webinar.held_at.desc(), Webinar.title))),
        "campaign": _same(session.scalars(select(Campaign.name).order_by(Campaign.name))),
        # One file exists once per language.
        "asset": _same(name.rpartition("/")[0] or name for name in session.scalars(assets)),
    }
    conditions = {one.name: one.condition for one in segments}
    found = tuple((key, title) for key, title in forms)
    known = Segments(conditions, lists)
    return Offers(known, read_subjects(session), found, names, custom_rules(session))


def read_subjects(session: Session) -> dict[tuple[str, str], str]:
    """The mails there are, by name and language, with their subjects."""
    return {(one.name, one.language.value): one.text.subject for one in list_written(session)}


def _same(names: Any) -> list[tuple[str, str]]:
    return [(name, name) for name in dict.fromkeys(names)]
