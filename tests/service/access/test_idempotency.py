"""service.access.idempotency, through a view of the shape every API POST has."""

from datetime import timedelta

import pytest
from apiflask import APIBlueprint
from pydantic import BaseModel

from service.access import idempotency
from service.access.idempotency import idempotent, remember
from service.access.models import IdempotentRequest
from service.app import create_app
from service.audit.actions import record
from service.audit.models import AuditEntry
from service.errors import Conflict
from service.web.callers import api_key
from service.web.context import caller, runtime


class Wish(BaseModel):
    word: str
    after: str = ""


class Done(BaseModel):
    number: int
    word: str


class Counter:
    """An app with a POST that writes one audit entry, and a hook while it is at work."""

    def __init__(self, app, program, rt):
        self.meanwhile = lambda: None
        self.rt = rt
        self.client = program("submit")
        api = APIBlueprint("counter", __name__, url_prefix="/api/v1")

        @api.post("/count")
        @api_key("submit")
        @api.input(Wish)
        @api.output(Done, status_code=201)
        @idempotent
        def count(json_data: Wish):
            self.meanwhile()
            with runtime().work(caller().by) as uow:
                record(uow, "counted", json_data.word)
                if json_data.after == "refuse":
                    raise Conflict("no")
                if json_data.after == "forget":
                    return {"number": 0, "word": ""}
                return remember(
                    uow, Done(number=1, word=json_data.word), 201, {"Location": "/api/v1/count/1"}
                )

        app.register_blueprint(api)

    def post(self, key="k1", word="a", **more):
        return self.client.post(
            "/api/v1/count", json={"word": word, **more}, headers={"Idempotency-Key": key}
        )

    @property
    def counted(self):
        with self.rt.read() as session:
            return session.query(AuditEntry).filter_by(action="counted").count()

    @property
    def claims(self):
        with self.rt.read() as session:
            return session.query(IdempotentRequest).all()


@pytest.fixture
def app(rt, nouns):
    """One of each test's own: they add routes."""
    return create_app(rt, nouns)


@pytest.fixture
def counter(app, program, rt):
    return Counter(app, program, rt)


class TestIdempotent:
    def test_the_same_request_acts_once_and_gets_the_same_answer(self, counter):
        first, second = counter.post(), counter.post()
        assert first.status_code == second.status_code == 201
        assert first.data == second.data
        assert first.headers["Location"] == second.headers["Location"]
        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"
        assert counter.counted == 1

    def test_another_key_acts_again(self, counter):
        counter.post("k1")
        counter.post("k2")
        assert counter.counted == 2

    def test_without_a_key_every_request_acts(self, counter):
        for _ in range(2):
            answer = counter.client.post("/api/v1/count", json={"word": "a"})
            assert answer.status_code == 201
        assert counter.counted == 2
        assert counter.claims == []

    def test_another_body_under_the_same_key_is_refused(self, counter):
        counter.post(word="a")
        answer = counter.post(word="b")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "idempotency_key_reused"
        assert counter.counted == 1

    def test_keys_belong_to_whoever_sent_them(self, counter, program):
        counter.post()
        counter.client = program("submit")
        assert "Idempotent-Replayed" not in counter.post().headers
        assert counter.counted == 2

    def test_while_the_first_runs_the_second_is_told_to_wait(self, counter):
        seen = []

        def again():
            counter.meanwhile = lambda: None
            seen.append(counter.post())

        counter.meanwhile = again
        assert counter.post().status_code == 201
        assert seen[0].status_code == 409
        assert seen[0].json["code"] == "still_running"
        assert counter.counted == 1

    def test_a_refusal_is_not_remembered(self, counter):
        assert counter.post(after="refuse").status_code == 409
        assert counter.claims == []
        assert counter.post(word="b").status_code == 201

    def test_a_body_that_does_not_parse_leaves_the_key_free(self, counter):
        assert counter.post(word=None).status_code == 422
        assert counter.claims == []

    @pytest.mark.parametrize("key", ["", "x" * 256, "é"])
    def test_a_key_is_short_and_visible(self, counter, key):
        answer = counter.post(key)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "idempotency_key"

    def test_a_view_that_forgets_to_remember_is_found_out(self, counter):
        assert counter.post(after="forget").status_code == 500

    def test_answers_are_sealed(self, counter):
        counter.post(word="whsec_secret")
        assert "whsec_secret" not in str(counter.claims[0].body)


class TestTakingOver:
    def crash(self, counter):
        """Leave what a process leaves that died between claim and commit."""

        class Killed(BaseException):
            pass

        def die():
            raise Killed

        counter.meanwhile = die
        with pytest.raises(Killed):
            counter.post()
        counter.meanwhile = lambda: None

    def test_a_claim_of_a_dead_process_blocks_for_a_while_only(self, counter, clock):
        self.crash(counter)
        assert counter.post().status_code == 409
        clock.advance(idempotency.PATIENCE)
        assert counter.post().status_code == 201
        assert counter.counted == 1

    def test_a_slow_request_that_was_taken_over_does_nothing(self, counter, clock):
        def someone_else():
            counter.meanwhile = lambda: None
            clock.advance(idempotency.PATIENCE)
            assert counter.post().status_code == 201

        counter.meanwhile = someone_else
        answer = counter.post()
        assert answer.status_code == 409
        assert answer.json["code"] == "taken_over"
        assert counter.counted == 1

    def test_after_a_day_the_key_may_be_used_anew(self, counter, clock):
        counter.post(word="a")
        clock.advance(timedelta(hours=24))
        assert counter.post(word="b").status_code == 201
        assert counter.counted == 2
