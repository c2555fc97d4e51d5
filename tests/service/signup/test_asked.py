"""What a page asks of its subscribers, and who says on the preference page that it is done."""

from service.events.actions import open_event
from service.events.models import Category, EventStage
from service.events.wishes import EventWish, UpdateWish
from service.moderation.actions import approve
from service.publications.queries import mark_started
from service.subscribers import queries
from tests.factories import both


def test_people_say_that_it_is_done_and_take_it_back(rt, subscribed, client):
    wish = EventWish(
        "mail", Category.ACTION_REQUIRED, both("Change your password"),
        UpdateWish(both("By Friday."), EventStage.PUBLISHED),
    )  # fmt: skip
    with rt.work("staff:1") as uow:
        held = open_event(uow, rt.settings, wish)
        approve(uow, held.publication.public_id, held.publication.hash)
        mark_started(uow.session, held.publication.id, uow.now)
    address = subscribed.address()
    subject = f"event:{held.event.public_id}"
    page = subscribed.preferences(address.id)
    assert "Change your password" in client.get(page).text
    where = f"{page}/asked/{held.event.public_id}"
    for form, done in (({}, {subject}), ({}, {subject}), ({"undo": "1"}, set())):
        assert client.post(where, data=form).status_code == 303
        with rt.read() as session:
            assert queries.done(session, address.subscriber_id) == done
    assert client.post(f"{page}/asked/000000000000").status_code == 404
    assert client.get(where).status_code == 405
