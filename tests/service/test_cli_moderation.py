"""`tocsin list` and `tocsin moderation`: what the console does, without a browser."""

import io
import sys

import pytest

from service.assembly import at_hand
from service.cli.settings import settings
from service.events.actions import open_event
from service.events.models import Category
from service.events.wishes import EventWish, UpdateWish
from tests.service.test_cli import PAGES, _own_environment, tocsin  # noqa: F401 - fixtures

WORKS = (
    "--name", "en=Works", "--name", "fr=Travaux", "--timezone", "Europe/Paris",
    "--description", "en=Planned works.", "--description", "fr=Travaux prévus.",
)  # fmt: skip


@pytest.fixture
def works(tocsin):  # noqa: F811
    code, said, _ = tocsin("list", "add", "works", *WORKS, "--invite-only")
    assert (code, said) == (0, "made works\n")


@pytest.fixture
def moderator(tocsin, monkeypatch):  # noqa: F811
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))
    tocsin("staff", "add", "mo@example.org", "--name", "Mo", "--role", "moderator",
           "--password-stdin")  # fmt: skip


@pytest.mark.usefixtures("works")
class TestList:
    def test_is_made_described_anew_and_listed(self, tocsin):  # noqa: F811
        assert tocsin("list", "list")[1] == "works\tv1\t0 members\tby invitation\n"
        _, said, _ = tocsin("list", "change", "works", "--open", "--sender-name", "Us")
        assert said == "works is at version 1\n"  # what they consented to stays
        new = ("--description", "en=All works.", "--description", "fr=Tous les travaux.")
        assert tocsin("list", "change", "works", *new)[1] == "works is at version 2\n"
        assert tocsin("list", "list")[1] == "works\tv2\t0 members\topen\n"
        tocsin("list", "retire", "works")
        assert "retired" in tocsin("list", "list")[1]
        tocsin("list", "restore", "works")
        assert "retired" not in tocsin("list", "list")[1]

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("add", "works", *WORKS), "there is a list"),
            (("add", "No Name", *WORKS), "slug: "),
            (("add", "other", "--name", "Works"), "say the language first, such as en=Works"),
            (("add", "other", *WORKS[:4]), "timezone: "),
            (("change", "works", "--timezone", "Mars"), "timezone: "),
            (("change", "other", "--open"), "there is no list other"),
            (("retire", "other"), "there is no list other"),
        ],
    )
    def test_what_cannot_be_is_told(self, tocsin, arguments, complaint):  # noqa: F811
        code, _, complaints = tocsin("list", *arguments)
        assert code == 2
        assert complaint in complaints


class TestModeration:
    def test_rules_are_shown_and_changed_one_by_one(self, tocsin):  # noqa: F811
        assert "approvals\t1" in tocsin("moderation", "rules")[1]
        tocsin("moderation", "rules", "--four-eyes", "--seed", "QA@example.org")
        said = tocsin("moderation", "rules", "--quorum", "2")[1]
        assert said == "four eyes\tyes\napprovals\t2\nurgent path\tyes\nseeds\tqa@example.org\n"
        assert tocsin("moderation", "rules", "--quorum", "99")[0] == 2

    @pytest.mark.usefixtures("works", "moderator")
    def test_a_duty_is_given_listed_and_taken_back(self, tocsin):  # noqa: F811
        there = ("mo@example.org", "--list", "works")
        assert tocsin("moderation", "duty", *there)[1] == "mo@example.org looks after works\n"
        assert tocsin("moderation", "duties")[1] == "list works\tmo@example.org\tmoderator\n"
        tocsin("moderation", "duty", *there, "--drop")
        assert tocsin("moderation", "duties")[1] == ""
        assert "say where" in tocsin("moderation", "duty", "mo@example.org")[2]
        assert tocsin("moderation", "duty", "who@example.org", "--list", "works")[0] == 2

    @pytest.mark.usefixtures("moderator")
    def test_what_waits_is_listed_and_decided_as_it_was_read(self, tocsin, tmp_path):  # noqa: F811
        file = tmp_path / "pages.yaml"
        file.write_text(PAGES, encoding="utf-8")
        tocsin("page", "apply", str(file))
        public_id, seen = an_incident_is_held()
        listed = tocsin("moderation", "queue", "--category", "incident")[1]
        assert listed.startswith(f"{public_id}\t{seen}\t")
        assert tocsin("moderation", "queue", "--category", "maintenance")[1] == ""

        decide = ("moderation", "decide", "reject", public_id, "--as", "mo@example.org")
        assert tocsin(*decide, "--hash", "old", "--comment", "no")[0] == 2
        assert "say why" in tocsin(*decide, "--hash", seen)[2]
        assert tocsin(*decide, "--hash", seen, "--comment", "no")[1] == f"{public_id} is rejected\n"
        assert tocsin("moderation", "queue")[1] == ""
        stranger = (*decide[:-1], "who@example.org", "--hash", seen)
        assert "nobody called who@example.org" in tocsin(*stranger)[2]


def an_incident_is_held() -> tuple[str, str]:
    """What an author handed in: its id and hash."""
    words = {"fr": "Lent", "en": "Slow"}
    with at_hand(settings()) as rt, rt.work("staff:99") as uow:
        wish = EventWish("mail", Category.INCIDENT, words, UpdateWish(words))
        made = open_event(uow, rt.settings, wish).publication
        return made.public_id, made.hash
