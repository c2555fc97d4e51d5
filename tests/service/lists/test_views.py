"""Mailing lists for programs."""

from tests.factories import a_list, both


class TestListing:
    def test_any_key_may_read_the_lists_in_order(self, rt, program):
        with rt.work() as uow:
            a_list(uow, "travaux", position=2)
            a_list(uow, "informations", position=1, description=both("News."))
            a_list(uow, "old", retired_at=uow.now)
        shown = program().get("/api/v1/lists").json["lists"]
        assert [each["slug"] for each in shown] == ["informations", "travaux"]
        assert shown[0]["description"] == {"fr": "News.", "en": "News."}
        assert shown[0]["version"] == 1

    def test_a_stranger_may_not(self, client):
        assert client.get("/api/v1/lists").status_code == 401
