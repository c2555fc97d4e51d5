"""service.access.views.trail: the audit trail in the console"""

import csv
import json

import pytest

from service.access.views import trail
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

    def test_it_is_searched_by_day(self, staff, entries, clock):
        moderator, today = staff("moderator"), clock().date().isoformat()
        assert "list.changed" in moderator.get(f"{TRAIL}?since={today}&until={today}").text
        assert "list.changed" not in moderator.get(f"{TRAIL}?until=2020-01-01").text
        answer = moderator.get(f"{TRAIL}?since=yesterday")
        assert answer.status_code == 422
        assert 'id="e-since"' in answer.text

    def test_it_is_a_file_without_formulas_however_long(self, staff, rt, entries):
        with rt.work("key:2") as uow:
            for number in range(trail.PAGE):
                record(uow, "list.changed", f"=HYPERLINK({number})")
        answer = staff("moderator").get(f"{TRAIL}/export.csv?action=")
        rows = list(csv.DictReader(answer.text.splitlines()))
        assert len(rows) == len({row["id"] for row in rows}) == trail.PAGE + 61
        assert rows[0]["subject"].startswith("'=HYPERLINK")
        assert json.loads(rows[-1]["detail"]) == {"name": "n00"}
        filtered = staff("moderator").get(f"{TRAIL}/export.csv?by=cli").text
        assert len(filtered.splitlines()) == 2

    def test_authors_do_not_see_it(self, staff):
        assert staff("author").get(TRAIL).status_code == 403
