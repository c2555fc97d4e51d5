"""service.access.views.trail: the audit trail in the console"""

import pytest

from service.audit.actions import record

TRAIL = "/console/audit"


@pytest.fixture
def entries(rt):
    for number in range(60):
        with rt.work("key:1") as uow:
            record(uow, "list.changed", f"list:{number}", name=f"n{number:02}")
    with rt.work("cli") as uow:
        record(uow, "page.created", "page:1", name="<b>mésange</b>")


class TestTrail:
    def test_the_newest_come_first_and_lead_to_the_older(self, staff, entries):
        moderator = staff("moderator")
        page = moderator.get(TRAIL).text
        assert "&lt;b&gt;mésange" in page
        assert "name: n59" in page
        assert "name: n01" not in page
        before = page.rpartition("before=")[2].partition('"')[0]
        assert "name: n01" in moderator.get(f"{TRAIL}?before={before}").text

    def test_it_is_searched(self, staff, entries):
        page = staff("moderator").get(f"{TRAIL}?action=page.&by=cli").text
        assert "page.created" in page
        assert "list.changed" not in page

    def test_authors_do_not_see_it(self, staff):
        assert staff("author").get(TRAIL).status_code == 403
