"""service.inbound.server"""

from sqlalchemy import select, text

from service.access.envelopes import Door, sealed
from service.inbound.models import Letter, LetterState
from tests.factories import a_list

HOST = "notify.example.org"
MAIL = b"From: Ann <ann@example.com>\nSubject: Hello\n\n.one dot\nGood day.\n"


def letters(rt):
    with rt.read() as session:
        return session.scalars(select(Letter).order_by(Letter.id)).all()


class TestDoor:
    def test_unknown_recipients_are_refused_while_the_other_side_listens(self, rt, peer):
        forged = f"b+{'a' * 24}@{HOST}"
        said = peer.send("ann@example.com", [f"nobody@{HOST}", forged, "x@elsewhere.org"], MAIL)
        assert [each[:9] for each in said] == ["550 5.1.1"] * 3
        assert letters(rt) == []

    def test_each_recipient_gets_a_reply_of_its_own(self, rt, peer):
        with rt.work() as uow:
            a_list(uow, "travaux")
        to = [f"travaux@{HOST}", f"nobody@{HOST}", f"postmaster@{HOST}", f"travaux-owner@{HOST}"]
        said = peer.send("ann@example.com", to, MAIL)
        assert [each[:3] for each in said] == ["250", "550", "250", "250", "250", "250", "250"]
        assert peer.say("NOOP").startswith("250")  # nothing is left unread
        assert [each.entrance for each in letters(rt)] == ["post", "postmaster", "owner"]

    def test_the_mail_is_stored_as_it_came_and_announced(self, rt, queue, peer):
        peer.send("", [f"{sealed(Door.LEAVE, 7)}@{HOST.upper()}"], MAIL)
        (letter,) = letters(rt)
        assert letter.raw == MAIL.replace(b"\n", b"\r\n")
        assert (letter.mail_from, letter.state) == ("", LetterState.WAITING)
        assert [(job.actor, job.subject) for job in queue.jobs] == [("take_in", str(letter.id))]

    def test_a_database_that_is_away_asks_to_come_back(self, rt, peer):
        with rt.work() as uow:
            uow.session.execute(text("ALTER TABLE mailing_list RENAME TO lists_away"))
        said = peer.send("ann@example.com", [f"travaux@{HOST}"], MAIL)
        with rt.work() as uow:
            uow.session.execute(text("ALTER TABLE lists_away RENAME TO mailing_list"))
        assert [each[:9] for each in said] == ["451 4.3.0"]

    def test_what_is_too_large_is_refused_once_for_each_recipient(self, rt, peer):
        with rt.work() as uow:
            a_list(uow, "travaux")
        to = [f"travaux@{HOST}", f"travaux-owner@{HOST}"]
        much = (b"x" * 900 + b"\n") * (rt.settings.inbound_largest // 900)
        said = peer.send("ann@example.com", to, MAIL + much)
        assert [each[:3] for each in said] == ["250", "250", "552", "552"]
        said = peer.send("ann@example.com", to, MAIL + b"x" * 100_000 + b"\n")
        assert [each[:3] for each in said] == ["250", "250", "500", "500"]
        assert peer.say("NOOP").startswith("250")
        assert letters(rt) == []
