"""The preference page: only what was changed in it is changed."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from service.pages.queries import component
from service.subscribers import queries
from service.subscribers.models import Consent, ZoneOrigin
from service.subscribers.preferences import choices
from tests.factories import a_component, a_page, a_section, a_subscriber, an_address


class Reader(HTMLParser):
    """Reads the main form of a page as a browser would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self._select = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self._inside = "stack" in (given.get("class") or "")
        if not self._inside:
            return
        if tag == "select":
            self._select = given["name"]
        if tag == "option" and "selected" in given:
            self.fields.add(self._select, given["value"])
        if tag == "input" and (
            given.get("type") not in ("checkbox", "radio") or "checked" in given
        ):
            self.fields.add(given["name"], given.get("value") or "")


def form(page: Any) -> MultiDict[str, str]:
    reader = Reader()
    reader.feed(page.text)
    return reader.fields


@pytest.fixture
def path(subscribed):
    return subscribed.preferences(subscribed.address().id)


@pytest.fixture
def held(subscribed, rt):
    """Return a function that reads what Ada's subscription wants now."""

    def read():
        subscription = subscribed.subscription()
        with rt.read() as session:
            return choices(session, [subscription])[subscription.id]

    return read


def person(subscribed, rt):
    with rt.read() as session:
        return queries.subscriber(session, subscribed.address().subscriber_id)


class TestLooking:
    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("tail", ["", "/leave", "/undo", "?done=saved"])
    def test_changes_nothing(self, subscribed, client, path, everything, method, tail):
        before = everything()
        getattr(client, method)(path + tail)
        assert everything() == before

    def test_is_private(self, subscribed, client, path):
        page = client.get(path)
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "ada@example.org" not in page.text

    def test_a_guess_opens_nothing(self, subscribed, client, path):
        assert client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
        assert client.get("/p/address~2~" + path.rpartition("~")[2]).status_code == 404

    def test_a_link_to_leave_does_not_open_it(self, subscribed, client):
        token = subscribed.unsubscribe(subscribed.subscription().id).removeprefix("/u/")
        assert client.get(f"/p/{token}").status_code == 404

    def test_says_when_mail_comes_back(self, subscribed, client, path, rt):
        with rt.work() as uow:
            address = uow.session.merge(subscribed.address())
            address.suppressed_at, address.suppressed_reason = uow.now, "bounce"
        assert "has come back to us since" in client.get(path).text


class TestSaving:
    def test_untouched_it_changes_nothing(self, subscribed, client, path, everything):
        before = everything()
        answer = client.post(path, data=form(client.get(path)))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?done=same")
        assert everything() == before

    def test_filters(self, subscribed, client, path, held):
        key = subscribed.subscription().id
        fields = form(client.get(path))
        fields[f"follow.{key}"] = "some"
        fields.setlist(f"components.{key}", [str(subscribed.ids["smtp"])])
        fields.setlist(f"sections.{key}", [str(subscribed.ids["office"])])
        fields.setlist(f"categories.{key}", ["incident"])
        fields[f"severity.{key}"] = "major"
        answer = client.post(path, data=fields)
        assert answer.headers["Location"].endswith("?done=saved")
        now = held()
        assert (now.everything, now.categories, now.minimum_severity) == (False, 1, 2)
        assert now.components == {subscribed.ids["smtp"]}
        assert now.sections == {subscribed.ids["office"]}
        assert "Saved. It holds" in client.get(answer.headers["Location"]).text

    def test_language_and_clock(self, subscribed, client, path, rt):
        fields = form(client.get(path))
        fields["language"], fields["timezone"] = "fr", "Asia/Tokyo"
        client.post(path, data=fields)
        now = person(subscribed, rt)
        assert (now.locale, now.timezone) == ("fr", "Asia/Tokyo")
        assert now.timezone_origin is ZoneOrigin.CHOSEN
        assert "Mes abonnements" in client.get(path).text


class TestAnOldTab:
    def test_cannot_undo_a_newer_choice(self, subscribed, client, path, held, rt):
        key = subscribed.subscription().id
        old = form(client.get(path))
        new = old.copy()
        new[f"follow.{key}"] = "some"
        new.setlist(f"components.{key}", [str(subscribed.ids["smtp"])])
        new["timezone"] = "Asia/Tokyo"
        client.post(path, data=new)

        old.setlist(f"categories.{key}", ["incident", "maintenance"])
        answer = client.post(path, data=old)

        assert answer.headers["Location"].endswith("?done=saved")
        now = held()
        assert (now.everything, now.components) == (False, {subscribed.ids["smtp"]})
        assert now.categories == 3
        assert person(subscribed, rt).timezone == "Asia/Tokyo"

    def test_is_told_where_a_newer_choice_stays(self, subscribed, client, path, held, rt):
        key = subscribed.subscription().id
        old = form(client.get(path))
        new = old.copy()
        new[f"severity.{key}"], new["timezone"] = "critical", "Asia/Tokyo"
        client.post(path, data=new)
        old[f"severity.{key}"], old["timezone"] = "minor", "America/Montreal"
        answer = client.post(path, data=old)
        assert answer.headers["Location"].endswith("?done=newer")
        assert held().minimum_severity == 3
        assert person(subscribed, rt).timezone == "Asia/Tokyo"
        assert "the newer choice stays" in client.get(answer.headers["Location"]).text

    def test_does_not_revive_what_was_left(self, subscribed, client, path):
        key = subscribed.subscription().id
        old = form(client.get(path))
        client.post(f"{path}/leave", data={"leave": "all"})
        old.setlist(f"categories.{key}", ["incident"])
        client.post(path, data=old)
        assert subscribed.subscription().state is Consent.ENDED

    def test_leaves_alone_what_it_did_not_show(self, subscribed, client, path, held, rt):
        key = subscribed.subscription().id
        fields = form(client.get(path))
        fields[f"follow.{key}"] = "some"
        chosen = [str(subscribed.ids["smtp"]), str(subscribed.ids["webmail"])]
        fields.setlist(f"components.{key}", chosen)
        client.post(path, data=fields)
        with rt.work() as uow:  # no longer offered, perhaps for a while
            hidden = component(uow.session, subscribed.ids["webmail"])
            assert hidden is not None
            hidden.retired_at = uow.now
        fields = form(client.get(path))
        fields.setlist(f"categories.{key}", ["incident"])
        client.post(path, data=fields)
        assert held().components == {subscribed.ids["smtp"], subscribed.ids["webmail"]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("field", "values", "shown"),
        [
            ("categories.{key}", [], "Choose at least one"),
            ("categories.{key}", ["gossip"], "no longer on this page"),
            ("follow.{key}", ["some"], "Choose at least one"),
            ("components.{key}", ["999"], "no longer on this page"),
            ("components.{key}", ["x"], "no longer on this page"),
            ("components.{key}", ["1" * 5000], "no longer on this page"),
            ("severity.{key}", ["worst"], "cannot be used"),
            ("shown.{key}", ["{"], "cannot be used"),
            ("shown.{key}", ['{"everything": 1}'], "cannot be used"),
            ("shown.{key}", ["[" * 100_000], "cannot be used"),
            (
                "shown.{key}",
                ['{"everything":1,"sections":[],"components":[],"categories":1e999}'],
                "cannot be used",
            ),
            ("timezone", ["Mars/Olympus"], "name of a time zone"),
            ("timezone", ["x" * 10_000], "name of a time zone"),
            ("language", ["xx"], "Use French or English"),
        ],
    )
    def test_each_is_told_and_nothing_is_saved(
        self, subscribed, client, path, everything, field, values, shown
    ):
        key = subscribed.subscription().id
        fields = form(client.get(path))
        fields["timezone"] = "Asia/Tokyo"
        fields.setlist(field.format(key=key), values)
        before = everything()
        answer = client.post(path, data=fields)
        assert answer.status_code == 422
        assert shown in answer.text
        assert everything() == before

    def test_a_component_of_another_page_is_refused(self, subscribed, client, path, rt):
        with rt.work() as uow:
            other = a_component(uow, a_section(uow, a_page(uow, "cloud")), "disks").id
        fields = form(client.get(path))
        fields.add(f"components.{subscribed.subscription().id}", str(other))
        assert client.post(path, data=fields).status_code == 422

    def test_somebody_elses_rows_are_out_of_reach(self, subscribed, client, path, held, rt):
        key = subscribed.subscription().id
        fields = form(client.get(path))
        fields.setlist(f"categories.{key}", ["incident"])
        with rt.work() as uow:
            mallory = an_address(uow, a_subscriber(uow), "mallory@example.org").id
        theirs = subscribed.preferences(mallory)
        client.post(theirs, data=fields)
        client.post(f"{theirs}/leave", data={"leave": str(key)})
        ended = {"left": f"{key}@2026-11-23T09:00:00+00:00"}
        client.post(f"{theirs}/undo", data=ended)
        assert held().categories == 15
        assert subscribed.subscription().state is Consent.ACTIVE


class TestLeaving:
    def test_one_and_taking_it_back(self, subscribed, client, path, clock):
        subscribed.ask(client, targets=["travaux"])
        subscribed.work()
        client.post(f"/c/{subscribed.token()}", data={"answer": "accept"})
        key = subscribed.subscription("travaux").id
        goodbye = client.post(f"{path}/leave", data={"leave": str(key)})
        assert "Travaux" in goodbye.text
        assert subscribed.subscription("travaux").state is Consent.ENDED
        assert subscribed.subscription().state is Consent.ACTIVE
        left_at = subscribed.subscription("travaux").ended_at
        clock.advance(timedelta(minutes=59))
        client.post(f"{path}/undo", data={"left": f"{key}@{left_at.isoformat()}"})
        assert subscribed.subscription("travaux").state is Consent.ACTIVE

    def test_everything(self, subscribed, client, path):
        goodbye = client.post(f"{path}/leave", data={"leave": "all"})
        assert (goodbye.status_code, "Mail" in goodbye.text) == (200, True)
        assert subscribed.subscription().state is Consent.ENDED
        assert "receives nothing from us" in client.get(path).text

    @pytest.mark.parametrize("wish", ["", "999", "x", "0", "-1", "\u0661"])
    def test_an_odd_wish_leaves_nothing(self, subscribed, client, path, wish):
        answer = client.post(f"{path}/leave", data={"leave": wish})
        assert (answer.status_code, "nothing to leave" in answer.text) == (200, True)
        assert subscribed.subscription().state is Consent.ACTIVE
