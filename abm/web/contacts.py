"""Contacts: the list, and one person with history, consent and what stands against a mail now."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from abm.customers.contact_merges import find_person_now
from abm.customers.custom import custom_inputs
from abm.customers.job_functions import job_function_of
from abm.reports.acquaintance import who_knows
from abm.reports.people import get_person, list_people, mail_answers, responsible_for
from abm.reports.timeline import Channel, TimelineFilter
from abm.web.access import requires
from abm.web.accounts import asked_before, timeline_values
from abm.web.activities import working_here
from abm.web.acts import settings, work
from abm.web.asked import asked_page, asked_word, fragment
from abm.web.heard import said_here
from abm.words import CustomSubject, Role, StaleReason

bp = Blueprint("contacts", __name__, url_prefix="/contacts")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The people that fit, a page at a time."""
    search = request.args.get("q", "")
    with work() as act:
        found = list_people(act.session, search, asked_page(), act.at)
        answers = mail_answers(act.session, found.rows, act.at, settings().zone)
    template = "contacts/_list.html" if fragment() else "contacts/index.html"
    return render_template(template, search=search, found=found, answers=answers)


@bp.get("/<uuid:contact_id>")
@requires(Role.VIEWER)
def show(contact_id: uuid.UUID) -> ResponseReturnValue:
    """One person."""
    wanted = TimelineFilter(contact_id=contact_id, channel=asked_word("channel", Channel), before=asked_before())
    with work() as act:
        if (stays := find_person_now(act.session, contact_id)) is not None:
            # An old link to a record that was merged leads to the one that stayed.
            return redirect(url_for("contacts.show", contact_id=stays))
        person = get_person(act.session, contact_id, act.at)
        timeline = timeline_values(act.session, wanted)
        if fragment() == "timeline":
            return render_template("contacts/_timeline.html", person=person, **timeline)
        answer = mail_answers(act.session, [person], act.at, settings().zone)[contact_id]
        working = working_here(act.session, person.account_id, act.at, contact_id=contact_id)
        known = {
            "said": said_here(act.session, person.account_id, working.today, contact_id),
            "today": working.today,
            "known_by_us": who_knows(act.session, person.account_id).get(contact_id, []),
            "inputs": custom_inputs(act.session, CustomSubject.CONTACT),
            "owner": responsible_for(act.session, person),
            "function": person.job_function or job_function_of(person.title, person.department),
            "wrongs": [reason for reason in StaleReason if reason != StaleReason.BOUNCED],
        }
    return render_template("contacts/show.html", person=person, answer=answer, working=working, **timeline, **known)
