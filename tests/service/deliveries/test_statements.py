"""How often the database is asked to tell programs something."""

from sqlalchemy import event

from service.deliveries.models import DeliveryState
from service.subscribers.audience import Audience
from tests.factories import a_page, a_subscriber, a_subscription, an_address
from tests.service.deliveries.conftest import HOLD, Lab

FEW, MANY = 2, 7  # of a batch of eight


def followers(lab: Lab, slug: str, endpoints: int) -> Audience:
    """A page that *endpoints* follow, each on a host of its own."""
    with lab.engine.rt.work() as uow:
        page = a_page(uow, slug)
        for number in range(endpoints):
            host = f"{slug}{number}.example.org"
            url = f"https://{host}/hook"
            address = an_address(uow, a_subscriber(uow), url, channel="webhook", lane=host)
            a_subscription(uow, address, page)
        return Audience(pages=(page.id,), category="announcement")


def told(lab: Lab, slug: str, endpoints: int) -> list[str]:
    """Tell them in one batch; return the statements it took."""
    name = lab.plan(lab.engine.approve(followers(lab, slug, endpoints), HOLD, subject=slug))
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    writer = lab.engine.rt.database.engine
    event.listen(writer, "before_cursor_execute", note)
    lab.dispatch("webhook")
    event.remove(writer, "before_cursor_execute", note)
    assert lab.engine.recount(name) == {DeliveryState.ACCEPTED: endpoints}
    return asked


def test_a_batch_to_many_programs_asks_no_oftener_than_one_to_few(lab):
    told(lab, "first", FEW)  # what is looked up once
    few, many = told(lab, "few", FEW), told(lab, "many", MANY)
    assert len(many) == len(few), [each for each in many if each not in few]
