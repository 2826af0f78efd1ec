"""When the firm works, by how many of its hours tasks are due, and who looks after which part of the country."""

import uuid
from datetime import date, datetime, time

from sqlalchemy import ForeignKey, SmallInteger, Time, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from abm.db import Base, Key


class WorkingHours(Base):
    """The one row of the firm's hours and clocks; days of the week count from Monday, 1."""

    __tablename__ = "working_hours"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens: Mapped[time] = mapped_column(Time)
    closes: Mapped[time] = mapped_column(Time)
    work_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    # Business hours until an answer is due.
    act_now_hours: Mapped[int]
    one_to_one_hours: Mapped[int]
    one_to_few_hours: Mapped[int]
    one_to_many_hours: Mapped[int]
    changed_at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class CompanyDay(Base):
    """Days on which the firm works or rests unlike its week and the public holidays; some come back every year."""

    __tablename__ = "company_days"

    id: Mapped[Key]
    from_on: Mapped[date]
    until_on: Mapped[date]
    is_working: Mapped[bool] = mapped_column(server_default=text("false"))
    every_year: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Territory(Base):
    """Accounts of a prefecture, an industry, a tier, or of all that is named, go to this user; lowest place first."""

    __tablename__ = "territories"

    id: Mapped[Key]
    place: Mapped[int]
    prefecture: Mapped[str | None]
    industry: Mapped[str | None]
    tier: Mapped[str | None]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
