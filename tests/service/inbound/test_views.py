"""service.inbound.views"""

import pytest

from service.inbound.models import Entrance, Letter, LetterState

RAW = b"From: <b>eve</b>\n\n<script>alert(1)</script>\n"


@pytest.fixture
def letter(rt):
    with rt.work() as uow:
        letter = Letter(
            received_at=uow.now,
            entrance=Entrance.BOUNCE,
            recipient="b+x@notify.example.org",
            mail_from="<i>eve</i>@example.org",
            raw=RAW,
            state=LetterState.UNRECOGNISED,
            outcome="unrecognised",
        )
        uow.session.add(letter)
        uow.session.flush()
        return letter.id


class TestConsole:
    def test_what_nobody_understood_waits_for_somebody(self, staff, letter):
        client = staff("moderator")
        assert "&lt;i&gt;eve" in client.get("/console/letters").text
        saved = client.get(f"/console/letters/{letter}.eml")
        assert (saved.data, saved.mimetype) == (RAW, "application/octet-stream")
        client.post(f"/console/letters/{letter}", data={"what": "dismiss"})
        assert "eve&lt;" not in client.get("/console/letters").text
        assert "eve&lt;" in client.get("/console/letters?state=done").text

    def test_it_can_be_looked_at_again(self, staff, letter, queue):
        staff("moderator").post(f"/console/letters/{letter}", data={"what": "again"})
        assert [(job.actor, job.subject) for job in queue.jobs] == [("take_in", str(letter))]

    def test_viewers_read_nobodys_mail(self, staff, letter):
        assert staff("viewer").get(f"/console/letters/{letter}.eml").status_code == 403
