"""While few of its mails are answered, the form asks everybody one more question."""

import re
from datetime import timedelta

import pytest

from service.signup.deciding import LEAST_SAMPLE, is_abused
from service.signup.models import SignupDecision, SignupRequest


def asked(rt, count, answered=0):
    with rt.work() as uow:
        for place in range(count):
            uow.session.add(
                SignupRequest(
                    submission=str(place),
                    at=uow.now,
                    due_at=uow.now,
                    channel="email",
                    address_key=f"{place}@example.org",
                    target="page:1",
                    network=f"198.51.100.{place}",
                    wish={},
                    decision=SignupDecision.CONFIRM,
                    answered_at=uow.now if place < answered else None,
                )
            )


@pytest.fixture
def abused(town, rt, clock):
    asked(rt, LEAST_SAMPLE)
    clock.advance(timedelta(hours=1))
    return town


NUMBERS = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def puzzle(client):
    page = client.get("/mail/en/subscribe").text
    [token] = re.findall(r'name="puzzle" value="([^"]+)"', page)
    [(one, other)] = re.findall(r"How much is (\w+) plus (\w+)\?", page)
    return {"puzzle": token, "answer": str(NUMBERS.index(one) + NUMBERS.index(other))}


class TestTheBreaker:
    @pytest.mark.parametrize(
        ("count", "answered", "trips"),
        [(49, 0, False), (50, 0, True), (50, 5, False), (200, 19, True), (200, 20, False)],
    )
    def test_trips_on_enough_mails_with_too_few_answers(self, count, answered, trips):
        assert is_abused(count, answered) is trips

    def test_gives_people_time_to_answer(self, town, client, rt, clock):
        asked(rt, LEAST_SAMPLE)
        assert "How much is" not in client.get("/mail/en/subscribe").text
        clock.advance(timedelta(minutes=16))
        assert "How much is" in client.get("/mail/en/subscribe").text

    def test_stays_still_where_people_answer(self, town, client, rt, clock):
        asked(rt, 200, answered=30)
        clock.advance(timedelta(hours=1))
        assert "How much is" not in client.get("/mail/en/subscribe").text

    def test_counts_an_answer_by_the_button(self, subscribed, rt):
        with rt.read() as session:
            assert session.query(SignupRequest).one().answered_at is not None


class TestTheQuestion:
    def test_must_be_answered(self, abused, client):
        refused = abused.ask(client)
        assert refused.status_code == 422
        assert "This is not the answer" in refused.text
        assert abused.ask(client, **puzzle(client)).status_code == 303

    def test_can_be_answered_in_words(self, abused, client):
        given = puzzle(client)
        number = int(given["answer"])
        if number < len(NUMBERS):
            given["answer"] = NUMBERS[number].upper()
        assert abused.ask(client, **given).status_code == 303

    def test_serves_once_and_for_an_hour(self, abused, client, clock):
        given, late = puzzle(client), puzzle(client)
        assert abused.ask(client, **given).status_code == 303
        assert abused.ask(client, **given).status_code == 422
        clock.advance(timedelta(hours=1, seconds=1))
        assert abused.ask(client, **late).status_code == 422

    @pytest.mark.parametrize("token", ["", "1.1.9999999999.x.00", "é", "a.b", "." * 500])
    def test_cannot_be_made_up(self, abused, client, token):
        assert abused.ask(client, puzzle=token, answer="2").status_code == 422

    def test_leaves_a_network_fewer_tries(self, abused, client):
        answers = [abused.ask(client, **puzzle(client)).status_code for _ in range(4)]
        assert answers == [303, 303, 303, 429]
