"""A crawler that follows every link of every mail and page, twice, changes nothing.

Mail scanners open links, prefetch pages and come back hours later: no GET, and no HEAD, may act.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.access.models import Scope
from service.db.base import Base
from service.events.wording import ITSELF
from tests.crawl import happenings, kinds, office
from tests.crawl.crawler import Crawler


@pytest.fixture
def told(world, program, far_side):
    """The world in which every kind of mail was sent."""
    api = program(*Scope)
    happenings.subscribe(world)
    happenings.invite(world, api)
    happenings.tell(world, api)
    office.publish(world, api)
    office.moderate(world, api)
    office.roll_out(world, api)
    office.look_after_endpoints(world, api, far_side.url)
    office.write_in(world)
    office.remind(world, api)
    office.digest(world, api)
    return world


def everything(rt):
    """Return the whole database."""
    with rt.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_following_every_link_of_every_mail_and_page_twice_changes_nothing(told, app, staff):
    """What each kind of mail leads to, whoever opens it."""
    letters = told.letters()
    sent = {each.type for each in letters}
    assert [each for each in kinds.types() if not any(re.fullmatch(each, it) for it in sent)] == []
    subjects = [re.sub(r"^(\[[^]]+\] )+", "", each.mail["Subject"]) for each in letters]
    titles = kinds.titles()
    assert len(titles) > 20
    assert [key for key, it in titles.items() if not any(map(it.fullmatch, subjects))] == []
    texts = "\n".join(text for each in letters for text in each.texts)
    assert [key for key, words in ITSELF.items() if words["en"][:40] not in texts] == []

    linked = {link for letter in letters for link in letter.links()}
    for client, start in ((told.visitor(), "/"), (staff("admin"), "/console")):
        starts = [*linked, start]
        before = everything(told.rt)
        Crawler(app, client).follow(starts)
        assert everything(told.rt) == before
        told.clock.advance(timedelta(hours=3))
        assert len(Crawler(app, client).follow(starts)) > len(linked) + 100
        assert everything(told.rt) == before
