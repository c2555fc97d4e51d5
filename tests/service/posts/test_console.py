"""service.posts.views: lists and messages in the console; and their archives."""

import re
from datetime import timedelta

import pytest

from service.lists.queries import any_list
from service.moderation.actions import approve
from service.publications import queries as publications
from service.publications.queries import held, mark_started
from tests.factories import a_list, a_subscriber, a_subscription, an_address

LISTS = "/console/lists"
WORKS = {
    "slug": "works",
    "name.fr": "Travaux",
    "name.en": "Works",
    "description.fr": "Les travaux prévus.",
    "description.en": "Planned works.",
    "languages": ["fr", "en"],
    "timezone": "Europe/Paris",
    "is_open": "true",
}
MESSAGE = {
    "title.fr": "Coupure",
    "title.en": "Power cut",
    "body.fr": "Mardi **soir**.",
    "body.en": "On Tuesday **night**.",
}


@pytest.fixture
def works(rt):
    with rt.work() as uow:
        made = a_list(uow, "works")
        a_subscription(uow, an_address(uow, a_subscriber(uow)), to_list=made)
        return made


class TestLists:
    def test_an_administrator_makes_one(self, rt, staff):
        answer = staff("admin").post(LISTS, data=WORKS)
        assert answer.location == f"{LISTS}/works"
        with rt.read() as session:
            made = any_list(session, "works")
            assert made
            assert (made.is_open, made.is_proposed, made.has_archive) == (True, False, False)
            assert made.description["en"] == "Planned works."

    def test_others_do_not(self, staff):
        assert staff("moderator").post(LISTS, data=WORKS).status_code == 403

    @pytest.mark.parametrize(
        "wrong",
        [{"slug": "No Name"}, {"timezone": "Mars"}, {"description.en": ""}, {"page": "nowhere"}],
    )
    def test_what_cannot_be_is_said_in_the_form(self, staff, wrong):
        answer = staff("admin").post(LISTS, data={**WORKS, **wrong})
        assert answer.status_code == 422
        assert "aria-invalid" in answer.text

    def test_a_name_is_used_once(self, staff, works):
        assert staff("admin").post(LISTS, data=WORKS).status_code == 409

    def test_new_words_make_a_new_version(self, rt, staff, works):
        given = {key: value for key, value in WORKS.items() if key != "slug"}
        staff("admin").post(f"{LISTS}/works", data=given)
        staff("admin").post(f"{LISTS}/works", data={**given, "sender_name": "Us"})
        with rt.read() as session:
            changed = any_list(session, "works")
            assert changed
            assert (changed.version, changed.sender_name) == (2, "Us")

    def test_out_of_use_nobody_writes_to_it(self, staff, works):
        admin = staff("admin")
        admin.post(f"{LISTS}/works/retired")
        assert admin.get(f"{LISTS}/works/compose").status_code == 404
        admin.post(f"{LISTS}/works/retired", data={"restore": "1"})
        assert admin.get(f"{LISTS}/works/compose").status_code == 200

    def test_programs_do_the_same(self, program):
        works = {
            "slug": "works",
            "name": {"fr": "Travaux", "en": "Works"},
            "description": {"fr": "Prévus.", "en": "Planned."},
            "timezone": "Europe/Paris",
        }
        client = program("pages")
        assert client.post("/api/v1/lists", json=works).status_code == 201
        anew = {**works, "description": {"fr": "Autres.", "en": "Others."}}
        del anew["slug"]
        assert client.put("/api/v1/lists/works", json=anew).json["version"] == 2
        assert client.put("/api/v1/lists/works/retired").json["retired_at"]
        assert client.delete("/api/v1/lists/works/retired").json["retired_at"] is None
        assert program("submit").put("/api/v1/lists/works/retired").status_code == 403


class TestCompose:
    def test_an_author_submits_and_a_moderator_will_see_it(self, rt, staff, works):
        answer = staff("author").post(f"{LISTS}/works/compose", data=MESSAGE)
        with rt.read() as session:
            (publication,) = held(session)
        assert answer.location == f"/console/moderation/{publication.public_id}"

    def test_the_preview_stores_nothing(self, rt, staff, works):
        answer = staff("author").post(f"{LISTS}/works/compose", data={**MESSAGE, "preview": "1"})
        assert "<strong>night</strong>" in answer.text
        with rt.read() as session:
            assert not held(session)

    def test_what_people_write_is_never_markup(self, staff, works):
        given = {"title.en": "<script>x", "body.en": "<script>alert(1)</script>", "preview": "1"}
        assert "<script>" not in re.sub(
            r"<script src=.*?</script>",
            "",
            staff("author").post(f"{LISTS}/works/compose", data=given).text,
        )

    @pytest.mark.parametrize(
        "wrong", [{"title.en": ""}, {"body.fr": ""}, {"not_before": "soon"}, {"urgency": "loud"}]
    )
    def test_what_cannot_be_sent_is_said_in_the_form(self, staff, works, wrong):
        answer = staff("author").post(f"{LISTS}/works/compose", data={**MESSAGE, **wrong})
        assert answer.status_code == 422
        assert "Power cut" in answer.text or "Coupure" in answer.text

    def test_a_moderator_edits_it_as_a_new_revision(self, rt, staff, works):
        staff("author").post(f"{LISTS}/works/compose", data=MESSAGE)
        with rt.read() as session:
            (first,) = held(session)
        moderator = staff("moderator")
        page = moderator.get(f"/console/moderation/{first.public_id}").text
        edit = f"{LISTS}/held/{first.public_id}"
        assert f'href="{edit}"' in page
        assert "On Tuesday **night**." in moderator.get(edit).text
        given = {**MESSAGE, "body.en": "On Monday.", "hash": first.hash}
        moderator.post(edit, data=given)
        with rt.read() as session:
            (second,) = held(session)
        assert (second.revision, second.submitted_by) == (2, "staff:2")
        shown = moderator.get(f"/console/moderation/{second.public_id}").text
        assert "<del>Tuesday **night**</del>" in shown
        assert "<ins>Monday</ins>" in shown

    def test_another_author_does_not_edit_it(self, rt, staff, works):
        staff("author").post(f"{LISTS}/works/compose", data=MESSAGE)
        with rt.read() as session:
            (first,) = held(session)
        given = {**MESSAGE, "hash": first.hash}
        answer = staff("author").post(f"{LISTS}/held/{first.public_id}", data=given)
        assert answer.status_code == 403

    def test_it_may_wait_for_a_moment_on_the_clock_of_the_list(self, rt, staff, works):
        ahead = (rt.clock() + timedelta(days=1)).strftime("%Y-%m-%dT09:30")
        staff("author").post(f"{LISTS}/works/compose", data={**MESSAGE, "not_before": ahead})
        with rt.read() as session:
            (publication,) = held(session)
        assert publication.plan["not_before"].endswith("T08:30:00Z")


class TestArchive:
    @pytest.fixture
    def sent(self, rt, staff, works):
        staff("author").post(f"{LISTS}/works/compose", data=MESSAGE)
        with rt.work("staff:9") as uow:
            (publication,) = held(uow.session)
            approve(uow, publication.public_id, publication.hash)
            mark_started(uow.session, publication.id, uow.now)
            return publication

    def test_it_shows_what_was_sent_under_a_permanent_address(self, client, sent):
        page = client.get("/lists/works/?lang=en").text
        link = re.search(r'href="https://notify.example.org(/lists/works/[a-z0-9]{12})"', page)
        assert link
        assert "<strong>night</strong>" in client.get(f"{link[1]}?lang=en").text
        assert sent.content["url"].endswith(link[1])
        assert sent.content["sender"]["archive_url"].endswith("/lists/works/")

    def test_what_is_held_is_not_there(self, rt, staff, client, works):
        staff("author").post(f"{LISTS}/works/compose", data=MESSAGE)
        with rt.read() as session:
            (publication,) = held(session)
        name = publication.subject.rpartition(":")[2]
        assert "Power cut" not in client.get("/lists/works/?lang=en").text
        assert client.get(f"/lists/works/{name}").status_code == 404

    @pytest.mark.parametrize("form", ["rss", "atom"])
    def test_its_feed_has_it_and_is_not_sent_twice(self, client, sent, form):
        answer = client.get(f"/lists/works/feed.{form}?lang=fr")
        assert "Coupure" in answer.text
        again = client.get(
            f"/lists/works/feed.{form}?lang=fr", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == 304

    def test_a_private_one_is_not_there(self, rt, client, sent):
        with rt.work() as uow:
            found = any_list(uow.session, "works")
            assert found
            found.has_archive = False
        for path in ("/lists/works/", "/lists/works/feed.rss"):
            assert client.get(path).status_code == 404
        assert "works" not in client.get("/lists/").text

    def test_an_empty_feed_says_so(self, client, works):
        assert "Nothing has been sent yet" in client.get("/lists/works/feed.atom?lang=en").text

    def test_the_message_is_known_by_its_publication(self, rt, sent):
        with rt.read() as session:
            assert publications.by_public_id(session, sent.public_id)
