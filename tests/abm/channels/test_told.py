"""What a delivery tells is what is true when it is delivered."""

import json

from sqlalchemy import select

from abm.channels.steps import Saying, tell_channels
from abm.guard.task_facts import Subject
from abm.models import Contact, Enrollment
from abm.work import Installation, unit_of_work
from tests.abm.channels.worlds import deliveries, listen, outlet_of, tell
from tests.campaigns.worlds import make_people, publish
from tests.receiver import receiving


def test_a_step_tells_names_as_they_are_now(installation: Installation) -> None:
    with receiving() as receiver:
        channel = listen(receiver.url)
        with unit_of_work() as work:
            (anna,) = make_people(work.session)
            publish(work.session, [anna], work.at)
            (way,) = work.session.scalars(select(Enrollment)).all()
            subject = Subject(anna.account_id, None, anna.id)
            saying = Saying(way.id, "costing", 1, "first_steps", {"ja": "連鎖", "en": "Chain"}, subject, {})
            tell_channels(work.session, [(channel.title, saying)], work.at)
        with unit_of_work() as work:
            work.session.get_one(Contact, anna.id).full_name = "安奈 華子"
        tell(outlet_of(installation))

    ((_headers, body),) = receiver.got
    assert json.loads(body)["data"]["contact"] == {"id": str(anna.id), "name": "安奈 華子"}
    assert deliveries()[-1].said["contact"] == {"id": str(anna.id)}
