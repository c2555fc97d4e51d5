"""service.lists.apply: pages and lists become what a file says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.errors import Invalid
from service.lists import queries as lists
from service.lists.apply import apply, apply_file
from service.lists.definition import Definition
from service.lists.models import MailingList
from service.pages import queries as pages
from service.pages.apply import Report
from service.pages.models import Page
from service.runtime import Runtime
from tests.factories import both
from tests.service.lists.test_definition import SAMPLE

Wanted = dict[str, Any]


def component(slug: str, **given: Any) -> Wanted:
    return {"slug": slug, "name": both(slug), **given}


def section(slug: str, *components: Wanted) -> Wanted:
    return {"slug": slug, "name": both(slug), "components": list(components)}


def page(*sections: Wanted, slug: str = "mail", **given: Any) -> Wanted:
    return {
        "slug": slug,
        "name": both(slug),
        "timezone": "Europe/Paris",
        "sections": list(sections),
        **given,
    }


def a_mailing_list(slug: str = "works", **given: Any) -> Wanted:
    return {
        "slug": slug,
        "name": both(slug),
        "description": both("Works."),
        "timezone": "Europe/Paris",
        **given,
    }


def put(rt: Runtime, *wanted: Wanted, lists: Sequence[Wanted] = ()) -> Report:
    with rt.work(by="staff:1") as uow:
        return apply(
            uow, Definition.model_validate({"pages": wanted, "lists": lists}, strict=False)
        )


def mail_page(session: Session) -> Page:
    found = pages.page_by_slug(session, "mail")
    assert found is not None
    return found


def works(session: Session) -> MailingList:
    found = lists.list_by_slug(session, "works")
    assert found is not None
    return found


@pytest.fixture
def words_on_the_page(rt):
    def _words():
        with rt.read() as session:
            found = mail_page(session)
            return [
                (
                    each.slug,
                    [
                        c.slug
                        for c in pages.components(session, found.id)
                        if c.section_id == each.id
                    ],
                )
                for each in pages.sections(session, found.id)
            ]

    return _words


class TestApply:
    def test_the_sample_is_created_whole(self, rt):
        with rt.work() as uow:
            report = apply_file(uow, SAMPLE)
        kinds = [name.partition(" ")[0] for name in report.created]
        assert {kind: kinds.count(kind) for kind in kinds} == {
            "page": 2,
            "section": 10,
            "component": 37,
            "list": 2,
        }
        assert (report.changed, report.retired, report.unchanged) == ((), (), ())

    def test_a_second_run_changes_nothing(self, rt, clock):
        with rt.work() as uow:
            first = apply_file(uow, SAMPLE)
        clock.advance(timedelta(days=1))
        with rt.work() as uow:
            second = apply_file(uow, SAMPLE)
        assert (second.created, second.changed, second.retired) == ((), (), ())
        assert sorted(second.unchanged) == sorted(first.created)

    def test_order_in_the_file_is_order_on_the_page(self, rt, words_on_the_page):
        put(rt, page(section("a", component("x"), component("y")), section("b", component("z"))))
        report = put(
            rt, page(section("b", component("z")), section("a", component("y"), component("x")))
        )
        assert words_on_the_page() == [("b", ["z"]), ("a", ["y", "x"])]
        assert "component mail/z" in report.unchanged

    def test_a_component_that_moves_keeps_its_identity(self, rt, words_on_the_page):
        put(rt, page(section("a", component("x"), component("y")), section("b", component("z"))))
        report = put(
            rt, page(section("a", component("x")), section("b", component("z"), component("y")))
        )
        assert report.changed == ("component mail/y",)
        assert words_on_the_page() == [("a", ["x"]), ("b", ["z", "y"])]

    def test_what_left_the_file_is_retired_not_deleted(self, rt, words_on_the_page):
        put(rt, page(section("a", component("x"), component("y")), section("b", component("z"))))
        report = put(rt, page(section("a", component("x"))))
        assert set(report.retired) == {"component mail/y", "component mail/z", "section mail/b"}
        assert words_on_the_page() == [("a", ["x"])]
        with rt.read() as session:
            found = mail_page(session)
            assert len(pages.every_component(session, found.id)) == 3
        assert put(rt, page(section("a", component("x")))).retired == ()

    def test_what_reappears_is_revived(self, rt):
        def identity() -> dict[str, str]:
            with rt.read() as session:
                found = mail_page(session)
                return {c.slug: c.public_id for c in pages.components(session, found.id)}

        whole = page(section("a", component("x"), component("y")))
        put(rt, whole)
        before = identity()
        put(rt, page(section("a", component("x"))))
        report = put(rt, whole)
        assert report.changed == ("component mail/y",)
        assert identity() == before

    def test_a_page_the_file_does_not_name_is_left_alone(self, rt):
        put(rt, page(section("a", component("x"))))
        report = put(rt, page(section("a", component("x")), slug="erp"))
        assert report.retired == ()

    def test_a_page_is_retired_on_request(self, rt):
        whole = page(section("a", component("x")))
        put(rt, whole)
        gone = {**whole, "retired": True}
        assert put(rt, gone).retired == ("page mail",)
        assert put(rt, gone).retired == ()
        with rt.read() as session:
            assert pages.page_by_slug(session, "mail") is None

    def test_a_new_text_is_a_change(self, rt):
        put(rt, page(section("a", component("x"))))
        report = put(rt, page(section("a", component("x", impact=both("No mail.")))))
        assert report.changed == ("component mail/x",)


class TestLists:
    def test_a_reworded_purpose_is_a_new_version_of_what_people_consent_to(self, rt):
        def version() -> int:
            with rt.read() as session:
                return works(session).version

        put(rt, lists=[a_mailing_list()])
        assert version() == 1
        put(rt, lists=[a_mailing_list(name=both("Other"))])
        assert version() == 1
        put(rt, lists=[a_mailing_list(description=both("Other works."))])
        assert version() == 2

    def test_a_list_may_belong_to_a_page(self, rt):
        put(rt, page(section("a", component("x"))), lists=[a_mailing_list(page="mail")])
        with rt.read() as session:
            owner = mail_page(session)
            assert works(session).page_id == owner.id

    def test_a_page_that_is_not_there_is_named(self, rt):
        with pytest.raises(Invalid) as refusal:
            put(rt, page(section("a", component("x"))), lists=[a_mailing_list(page="erp")])
        fault = refusal.value.faults[0]
        assert fault.pointer == "lists[0].page"
        assert fault.detail == "there is no page 'erp'; use one of: mail"

    def test_a_list_is_retired_on_request_and_revived(self, rt):
        put(rt, lists=[a_mailing_list()])
        assert put(rt, lists=[a_mailing_list(retired=True)]).retired == ("list works",)
        assert put(rt, lists=[a_mailing_list()]).changed == ("list works",)
