import pytest

from service.errors import NotFound
from service.subscribers import queries
from service.subscribers.assigning import Assignment, assign, assigned
from tests.factories import a_subscriber


@pytest.fixture
def ada(rt) -> int:
    with rt.work() as uow:
        return a_subscriber(uow).id


def now(rt, subscriber_id: int) -> Assignment:
    with rt.read() as session:
        return assigned(queries.subscriber(session, subscriber_id))


class TestAssigning:
    def test_changes_what_is_given_and_nothing_else(self, rt, ada):
        with rt.work() as uow:
            assert assign(uow, ada, Assignment(region="eu-west", party="customers", client="Acme"))
        with rt.work() as uow:
            assert assign(uow, ada, Assignment(group="pilots", client=""))
        assert now(rt, ada) == Assignment("eu-west", "pilots", "", "customers", "")

    def test_the_same_again_is_no_change(self, rt, ada):
        wish = Assignment(external_ref="crm-1")
        with rt.work() as uow:
            assert assign(uow, ada, wish)
        with rt.work() as uow:
            assert not assign(uow, ada, wish)

    def test_nobody_is_found_or_erased(self, rt, ada):
        with rt.work() as uow:
            queries.subscriber(uow.session, ada).erased_at = uow.now
        for missing in (ada, ada + 1):
            with rt.work() as uow, pytest.raises(NotFound):
                assign(uow, missing, Assignment(region="x"))
