"""service.subscribers.filters"""

import pytest

from service.errors import Invalid
from service.subscribers.filters import Choice, Filters, choose, names
from service.subscribers.models import ALL_CATEGORIES
from tests.factories import a_component, a_page, a_section


@pytest.fixture
def page(rt):
    with rt.work() as uow:
        page = a_page(uow)
        core = a_section(uow, page)
        smtp = a_component(uow, core, "smtp")
        a_component(uow, core, "fax", retired_at=uow.now)
        other = a_page(uow, "cloud")
        a_component(uow, a_section(uow, other), "disks")
    return page, core, smtp


class TestChoose:
    def test_names_become_ids(self, rt, page):
        page, core, smtp = page
        wish = Filters(
            everything=False,
            sections=("core",),
            components=(smtp.public_id, "smtp"),
            categories=("incident", "announcement"),
            minimum_severity="major",
        )
        with rt.read() as session:
            choice = choose(session, page.id, wish)
        assert choice == Choice(False, frozenset({core.id}), frozenset({smtp.id}), 9, 2)

    def test_everything_is_the_default(self, rt, page):
        with rt.read() as session:
            assert choose(session, page[0].id, Filters()) == Choice(categories=ALL_CATEGORIES)

    def test_all_that_is_wrong_is_told_at_once(self, rt, page):
        wish = Filters(
            sections=("core", "nowhere"),
            components=("fax", "smtp", "disks", "\ud800", "x\0"),
            categories=("gossip",),
            minimum_severity="worst",
        )
        with rt.read() as session, pytest.raises(Invalid) as refusal:
            choose(session, page[0].id, wish)
        assert [fault.pointer for fault in refusal.value.faults] == [
            "/filters/sections/1",
            "/filters/components/0",
            "/filters/components/2",
            "/filters/components/3",
            "/filters/components/4",
            "/filters/categories/0",
            "/filters/minimum_severity",
        ]

    @pytest.mark.parametrize(
        ("wish", "pointer"),
        [
            (Filters(everything=False), "/filters/components"),
            (Filters(categories=()), "/filters/categories"),
            (Filters(components=("smtp",) * 501), "/filters/components"),
        ],
    )
    def test_a_wish_for_nothing_or_too_much_is_refused(self, rt, page, wish, pointer):
        with rt.read() as session, pytest.raises(Invalid) as refusal:
            choose(session, page[0].id, wish)
        assert [fault.pointer for fault in refusal.value.faults] == [pointer]


class TestChoice:
    def test_survives_as_a_document(self):
        choice = Choice(False, frozenset({3, 1}), frozenset({2}), 5, 1)
        assert Choice.from_json(choice.to_json()) == choice

    def test_what_a_document_may_not_say_is_cut(self):
        document = {**Choice().to_json(), "categories": -1, "minimum_severity": 99}
        choice = Choice.from_json(document)
        assert (choice.categories, choice.minimum_severity) == (15, 3)

    def test_names_its_categories(self):
        assert names(9) == ("incident", "announcement")
        assert len(names(ALL_CATEGORIES)) == 4
