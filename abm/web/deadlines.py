"""Deadlines in words: how many business hours are left, or have passed."""

from datetime import datetime, timedelta

from flask import Flask, g
from flask_babel import gettext as _

from abm.handoff.remaining import working_time
from abm.web.i18n import moment, several

# Up to so much working time hours say more than a date.
IN_HOURS = timedelta(hours=18)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def show_deadlines(app: Flask) -> None:
    """Give templates {{ card.due_at|due_words(now) }}; their view has put the company calendar into `g`."""
    app.jinja_env.filters["due_words"] = due_words


def due_words(at: datetime, now: datetime) -> str:
    """In 3 business hours, 20 minutes over, or the moment when it is further away."""
    left = working_time(now, at, g.task_calendar)
    if at < now:
        return _("overdue by %(time)s", time=_spent(-left)) if left <= -MINUTE else _("Overdue")
    # A deadline outside working hours, as somebody may have set by hand, is no number of them.
    if not MINUTE <= left <= IN_HOURS:
        return moment(at)
    return _("in %(time)s", time=_spent(left))


def _spent(time: timedelta) -> str:
    if time < HOUR:
        return several(int(time / MINUTE), "%(count)s business minute", "%(count)s business minutes")
    return several(int(time / HOUR), "%(count)s business hour", "%(count)s business hours")
