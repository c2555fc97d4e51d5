import pytest

from service.errors import NotFound
from service.subscribers import queries
from service.subscribers.assigning import Assignment, assign, assigned
from service.subscribers.models import ZoneOrigin
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


class TestRegion:
    def test_with_one_clock_gives_it_to_whoever_chose_none(self, rt, ada):
        with rt.work() as uow:
            person = queries.subscriber(uow.session, ada)
            person.timezone, person.timezone_origin = "UTC", ZoneOrigin.FALLBACK
        with rt.work() as uow:
            assign(uow, ada, Assignment(region="NP"))
        with rt.read() as session:
            person = queries.subscriber(session, ada)
            assert person.timezone == "Asia/Kathmandu"
            assert person.timezone_origin is ZoneOrigin.REGION

    @pytest.mark.parametrize("region", ["US", "eu-west", ""])
    def test_with_several_or_none_leaves_the_clock_alone(self, rt, ada, region):
        with rt.work() as uow:
            queries.subscriber(uow.session, ada).timezone_origin = ZoneOrigin.FALLBACK
        with rt.work() as uow:
            assign(uow, ada, Assignment(region=region))
        with rt.read() as session:
            assert queries.subscriber(session, ada).timezone_origin is ZoneOrigin.FALLBACK

    def test_never_overrules_what_somebody_chose(self, rt, ada):
        with rt.work() as uow:
            assign(uow, ada, Assignment(region="NP"))
        with rt.read() as session:
            assert queries.subscriber(session, ada).timezone == "Europe/Paris"
