"""channels.email: what a relay may do, and what we know afterwards"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from channels.base import Reason, Result, Scope
from channels.email.address import parse_address
from tests.channels.email.factories import a_channel, a_parcel, a_rendition, parcels, sent
from tests.channels.email.peer import DROP, HANG, Peer

SHORT = 0.5  # seconds: far more than loopback needs, little enough to wait for


def talk(peer: Peer, count: int = 1, seconds: float = 20, **config):
    """Send *count* mails through *peer* and close."""
    channel = a_channel(peer.port, **config)
    try:
        return sent(channel, parcels(count), seconds)
    finally:
        channel.close()


def only_second(reply: str):
    return lambda command: reply if "person1@" in command else "250 2.1.5 ok"


def hang_for(recipient: str):
    return lambda command: HANG if recipient in command else "250 2.1.5 ok"


class TestPipelining:
    @pytest.mark.parametrize("offers", [("PIPELINING",), ()])
    def test_all_are_taken_once_each(self, offers):
        with Peer(offers=offers) as peer:
            outcomes = talk(peer, 40, connections=2)
        assert {o.result for o in outcomes} == {Result.SENT}
        assert outcomes[0].reference == "4XYZ"
        assert sorted(t.recipient for t in peer.taken) == sorted(
            f"person{n}@example.org" for n in range(40)
        )
        assert all(t.sender.startswith("b+d") for t in peer.taken)
        assert peer.connections <= 2

    def test_a_server_that_does_not_offer_it_is_never_hurried(self):
        with Peer(offers=()) as peer:
            talk(peer, 10, connections=1)
        assert peer.hasty == []

    @pytest.mark.parametrize("offers", [("PIPELINING",), ()])
    def test_a_refused_recipient_does_not_disturb_the_others(self, offers):
        with Peer({"rcpt": only_second("550 5.1.1 user unknown")}, offers) as peer:
            outcomes = talk(peer, 5, connections=1)
        assert outcomes[1].reason is Reason.UNKNOWN_RECIPIENT
        assert outcomes[1].code == "550 5.1.1"
        assert [o.result for o in outcomes].count(Result.SENT) == 4
        assert len(peer.taken) == 4

    def test_a_go_ahead_without_recipient_gets_a_lone_dot(self):
        answers = {"rcpt": only_second("550 5.1.1 user unknown"), "data": "354 go ahead"}
        with Peer(answers) as peer:
            outcomes = talk(peer, 5, connections=1)
        assert outcomes[1].reason is Reason.UNKNOWN_RECIPIENT
        assert [o.result for o in outcomes].count(Result.SENT) == 4
        assert [t.recipient for t in peer.taken].count("person1@example.org") == 0

    def test_a_go_ahead_without_sender_gets_no_message(self):
        with Peer({"mail": "550 5.7.1 not you", "data": "354 go ahead"}) as peer:
            (outcome,) = talk(peer)
        assert (outcome.result, outcome.scope) == (Result.PERMANENT, Scope.INSTANCE)
        assert peer.taken == []


class TestPhases:
    @pytest.mark.parametrize("offers", [("PIPELINING",), ()])
    @pytest.mark.parametrize(
        ("step", "result", "scope"),
        [
            ("greeting", Result.NOT_TRIED, Scope.INSTANCE),
            ("ehlo", Result.NOT_TRIED, Scope.INSTANCE),
            ("mail", Result.TRANSIENT, Scope.INSTANCE),
            ("rcpt", Result.TRANSIENT, Scope.INSTANCE),
            ("data", Result.TRANSIENT, Scope.INSTANCE),
            ("dot", Result.UNKNOWN, Scope.INSTANCE),
        ],
    )
    @pytest.mark.parametrize("how", [HANG, DROP])
    def test_silence_says_what_is_proven(self, offers, step, result, scope, how):
        with Peer({step: how}, offers) as peer:
            (outcome,) = talk(peer, seconds=SHORT if how == HANG else 20)
        assert (outcome.result, outcome.scope) == (result, scope)
        expected = {
            HANG: {Reason.TIMEOUT},
            DROP: {Reason.UNREACHABLE, Reason.INTERRUPTED},
        }
        assert outcome.reason in expected[how]

    @pytest.mark.parametrize(
        ("step", "result"),
        [("greeting", Result.NOT_TRIED), ("ehlo", Result.NOT_TRIED)]
        + [(step, Result.TRANSIENT) for step in ("mail", "rcpt", "data", "dot")],
    )
    def test_a_server_that_says_it_leaves_took_nothing(self, step, result):
        with Peer({step: "421 4.3.2 shutting down"}) as peer:
            (outcome,) = talk(peer)
        assert outcome.result is result
        assert outcome.code == "421 4.3.2"
        assert peer.taken == []

    @pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
    def test_a_deferral_is_worth_another_try(self, step):
        with Peer({step: "451 4.7.1 Greylisted, try again in 300 seconds"}) as peer:
            outcomes = talk(peer, 3, connections=1)
        assert {o.result for o in outcomes} == {Result.TRANSIENT}
        assert outcomes[0].retry_after == 300

    def test_a_message_whose_end_never_left_was_not_taken(self):
        rendition = a_rendition()
        huge = replace(rendition, text=rendition.text + b"x\r\n" * 8_000_000)
        with Peer({"body": HANG}) as peer:
            channel = a_channel(peer.port)
            (outcome,) = sent(channel, [a_parcel(1, huge)], 1)
            channel.close()
        assert (outcome.result, outcome.reason) == (Result.TRANSIENT, Reason.TIMEOUT)

    def test_a_relay_that_wakes_up_gets_the_next_mail(self):
        with Peer({"greeting": HANG}) as peer:
            channel = a_channel(peer.port, connections=1)
            (outcome,) = sent(channel, [a_parcel(1)], SHORT)
            assert (outcome.result, outcome.reason) == (Result.NOT_TRIED, Reason.TIMEOUT)
            peer.answers.clear()
            (outcome,) = sent(channel, [a_parcel(2)])
            channel.close()
        assert outcome.result is Result.SENT

    def test_one_late_sender_does_not_harm_another(self):
        with Peer({"rcpt": hang_for("person1@")}, ()) as peer:
            channel = a_channel(peer.port, connections=1)
            with ThreadPoolExecutor(2) as threads:
                late = threads.submit(sent, channel, [a_parcel(1)], SHORT)
                other = threads.submit(sent, channel, [a_parcel(2)])
            channel.close()
        assert late.result()[0].result in {Result.TRANSIENT, Result.NOT_TRIED}
        assert other.result()[0].result is Result.SENT

    def test_what_follows_a_hanging_message_was_not_begun(self):
        with Peer({"dot": HANG}, ()) as peer:
            outcomes = talk(peer, 4, SHORT, connections=1)
        results = [o.result for o in outcomes]
        assert results.count(Result.UNKNOWN) == 1
        assert results.count(Result.NOT_TRIED) == 3

    def test_nothing_leaves_after_the_deadline(self):
        with Peer() as peer:
            (outcome,) = talk(peer, seconds=-1)
        assert outcome.result is Result.NOT_TRIED
        assert peer.connections == 0

    def test_an_answer_that_is_not_smtp_is_told_so(self):
        with Peer({"greeting": "HTTP/1.1 400 Bad Request"}) as peer:
            (outcome,) = talk(peer)
        assert (outcome.result, outcome.reason) == (Result.NOT_TRIED, Reason.PROTOCOL)

    def test_nobody_listening(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        channel = a_channel(port)
        outcomes = sent(channel, parcels(3))
        channel.close()
        assert {(o.result, o.scope, o.reason) for o in outcomes} == {
            (Result.NOT_TRIED, Scope.INSTANCE, Reason.UNREACHABLE)
        }


class TestConnections:
    def test_one_is_used_again(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            for number in range(5):
                sent(channel, [a_parcel(number)])
            channel.close()
        assert peer.connections == 1
        assert len(peer.taken) == 5
        assert peer.commands[-1] == "QUIT"

    def test_one_that_went_stale_costs_nothing(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            sent(channel, [a_parcel(1)])
            peer.drop_all()
            (outcome,) = sent(channel, [a_parcel(2)])
            channel.close()
        assert outcome.result is Result.SENT
        assert peer.connections == 2

    def test_a_relay_that_allows_fewer_is_used_with_fewer(self):
        with Peer(most=2) as peer:
            outcomes = talk(peer, 60, connections=6)
        assert {o.result for o in outcomes} == {Result.SENT}

    def test_a_relay_that_drops_every_connection_is_given_up(self):
        with Peer({"mail": DROP}) as peer:
            outcomes = talk(peer, 200, connections=2)
        assert {o.result for o in outcomes} <= {Result.TRANSIENT, Result.NOT_TRIED}
        assert peer.connections < 50

    def test_one_without_work_is_closed_politely(self, monkeypatch):
        monkeypatch.setattr("channels.email.pool.IDLE", 0.05)
        with Peer() as peer:
            channel = a_channel(peer.port)
            sent(channel, [a_parcel(1)])
            peer.wait_for_idle()
            (outcome,) = sent(channel, [a_parcel(2)])
            channel.close()
        assert outcome.result is Result.SENT
        assert peer.commands.count("QUIT") == 2

    def test_a_closed_channel_opens_again_when_asked(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            channel.close()
            sent(channel, [a_parcel(1)])
            channel.close()
            (outcome,) = sent(channel, [a_parcel(2)])
            channel.close()
        assert outcome.result is Result.SENT

    def test_a_caller_who_leaves_frees_the_channel(self):
        with Peer({"dot": HANG}) as peer:
            channel = a_channel(peer.port, connections=1)
            outcomes = channel.send(parcels(20), time.monotonic() + SHORT)
            next(outcomes)
            del outcomes
            channel.close()
        assert peer.taken == []


class TestLimits:
    def test_an_address_beyond_ascii_needs_smtputf8(self):
        with Peer(offers=("PIPELINING",)) as peer:
            channel = a_channel(peer.port)
            parcel = a_parcel(1, address=parse_address("zoë@example.org"))
            first, second = sent(channel, [parcel, a_parcel(2)])
            channel.close()
        assert (first.result, first.scope) == (Result.PERMANENT, Scope.ADDRESS)
        assert second.result is Result.SENT

    def test_it_is_asked_for_where_it_is_offered(self):
        with Peer() as peer:
            channel = a_channel(peer.port)
            (outcome,) = sent(channel, [a_parcel(1, address=parse_address("zoë@example.org"))])
            channel.close()
        assert outcome.result is Result.SENT
        assert any(c.endswith("BODY=8BITMIME SMTPUTF8") for c in peer.commands)
        assert peer.taken[0].recipient == "zoë@example.org"

    def test_a_message_over_the_size_limit_is_not_begun(self):
        with Peer(offers=("SIZE 1000", "PIPELINING")) as peer:
            (outcome,) = talk(peer)
        assert (outcome.scope, outcome.reason) == (Scope.MESSAGE, Reason.TOO_LARGE)
        assert not any(command.startswith("MAIL") for command in peer.commands)

    def test_a_rendition_of_another_channel_harms_nobody_else(self, channel):
        first, second = sent(channel, [a_parcel(1, rendition="x"), a_parcel(2)])
        assert first.reason is Reason.RENDER
        assert second.result is Result.SENT


@pytest.fixture
def channel():
    """A channel towards a server that takes everything."""
    with Peer() as peer:
        channel = a_channel(peer.port)
        yield channel
        channel.close()
