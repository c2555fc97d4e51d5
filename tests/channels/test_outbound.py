"""channels.outbound and channels.exchange"""

import os
import ssl
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.exchange import Job, Turns
from channels.guard import Guard, Target
from channels.outbound import Door, Failure, Kind, Phase, Reply, Request
from tests.channels.endpoints import LOOPBACK, Endpoint, closed_port, mute_server, serving


class Trusting(Guard):
    """Lets any loopback URL pass the first look, as a name that leads there would."""

    def check_url(self, url: str) -> Target:
        return Guard(LOOPBACK, self.ports).check_url(url)


class TestPost:
    def test_brings_back_status_headers_and_body(self, endpoint: Endpoint, door: Door):
        reply = door.post(f"{endpoint.url}/ok", b"{}", {"content-type": "application/json"}, 5)
        assert (reply.status, reply.body, reply.address) == (200, b"thanks", "127.0.0.1")
        assert reply.headers["content-length"] == "6"
        assert 0 < reply.seconds < 5
        (got,) = endpoint.received
        assert (got.body, got.headers["content-type"]) == (b"{}", "application/json")
        assert "expect" not in got.headers

    def test_an_empty_body_is_sent_as_such(self, endpoint: Endpoint, door: Door):
        assert door.post(f"{endpoint.url}/ok", b"", {}, 5).status == 200
        assert endpoint.received[0].headers["content-length"] == "0"

    def test_a_large_body_arrives_whole(self, endpoint: Endpoint, door: Door):
        door.post(f"{endpoint.url}/ok", b"\x00\xff" * 1_000_000, {}, 5)
        assert endpoint.received[0].body == b"\x00\xff" * 1_000_000

    def test_nothing_of_one_request_is_left_in_the_next(self, endpoint: Endpoint, door: Door):
        door.post(f"{endpoint.url}/status/429/60", b"first", {"x-first": "1"}, 5)
        reply = door.post(f"{endpoint.url}/busy", b"", {}, 5)
        assert (reply.body, "retry-after" in reply.headers) == (b"", False)
        assert "x-first" not in endpoint.received[1].headers

    def test_connections_are_kept(self, endpoint: Endpoint, door: Door):
        for _ in range(5):
            door.post(f"{endpoint.url}/ok", b"", {}, 5)
        assert len({each.line for each in endpoint.received}) == 1

    def test_an_interim_answer_is_not_the_answer(self, endpoint: Endpoint, door: Door):
        reply = door.post(f"{endpoint.url}/interim", b"", {}, 5)
        assert (reply.status, reply.body, "link" in reply.headers) == (202, b"later", False)

    def test_a_redirect_is_not_followed(self, endpoint: Endpoint, door: Door):
        assert door.post(f"{endpoint.url}/redirect", b"", {}, 5).status == 302
        assert len(endpoint.received) == 1

    def test_a_huge_body_is_cut_and_its_status_counts(self, endpoint: Endpoint, door: Door):
        reply = door.post(f"{endpoint.url}/huge", b"", {}, 5)
        assert (reply.status, reply.body) == (200, b"h" * 4096)

    def test_the_environments_proxy_is_not_used(
        self, endpoint: Endpoint, door: Door, monkeypatch: pytest.MonkeyPatch
    ):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert door.post(f"{endpoint.url}/ok", b"", {}, 5).status == 200


class TestFailures:
    @pytest.mark.parametrize("path", ["hang", "drip", "creep"])
    def test_one_deadline_spans_headers_and_body(self, endpoint: Endpoint, door: Door, path: str):
        begun = time.monotonic()
        failure = failed(door, f"{endpoint.url}/{path}", seconds=0.5)
        assert (failure.kind, failure.phase) == (Kind.TIMEOUT, Phase.AFTER_REQUEST)
        assert time.monotonic() - begun < 5

    def test_a_silent_handshake_is_proven_unsent(self, door: Door):
        with mute_server() as port:
            mute = Door(replace(door.guard, ports=(port,)))
            failure = failed(mute, f"https://127.0.0.1:{port}/", seconds=0.3)
            mute.close()
        assert (failure.kind, failure.phase) == (Kind.TIMEOUT, Phase.BEFORE_REQUEST)

    def test_a_closed_port_is_refused(self, door: Door):
        with closed_port() as port:
            nobody = Door(replace(door.guard, ports=(port,)))
            failure = failed(nobody, f"http://127.0.0.1:{port}/")
            nobody.close()
        assert (failure.kind, failure.phase) == (Kind.REFUSED, Phase.BEFORE_REQUEST)

    def test_an_unknown_name_is_told(self, door: Door):
        failure = failed(door, "https://nobody.invalid/")
        assert (failure.kind, failure.phase) == (Kind.DNS, Phase.BEFORE_REQUEST)

    def test_a_broken_connection_may_have_delivered(self, endpoint: Endpoint, door: Door):
        failure = failed(door, f"{endpoint.url}/reset")
        assert (failure.kind, failure.phase) == (Kind.RESET, Phase.AFTER_REQUEST)

    def test_what_is_not_http_is_told(self, endpoint: Endpoint, door: Door):
        failure = failed(door, f"{endpoint.url}/garbage")
        assert (failure.kind, failure.phase) == (Kind.PROTOCOL, Phase.AFTER_REQUEST)

    def test_a_header_with_a_line_break_never_leaves(self, endpoint: Endpoint, door: Door):
        with pytest.raises(Failure, match="line break"):
            door.post(f"{endpoint.url}/ok", b"", {"x": "a\r\nhost: b"}, 5)
        assert not endpoint.received


class TestGuarded:
    def test_a_forbidden_url_is_not_even_looked_up(self, door: Door):
        failure = failed(door, "https://169.254.169.254/latest/meta-data/")
        assert (failure.kind, failure.phase) == (Kind.BLOCKED, Phase.BEFORE_REQUEST)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
    def test_a_name_that_leads_inside_opens_no_socket(self, endpoint: Endpoint, host: str):
        rebound = Door(Trusting((), (endpoint.server_port,)))
        failure = failed(rebound, f"http://{host}:{endpoint.server_port}/ok")
        rebound.close()
        assert (failure.kind, failure.phase) == (Kind.BLOCKED, Phase.BEFORE_REQUEST)
        assert "127" not in failure.detail  # a stranger learns nothing about names inside
        assert not endpoint.received


class TestTls:
    def test_a_certificate_that_nobody_vouches_for_is_refused(self, secure: "Secure"):
        door = Door(secure.endpoint.guard)
        failure = failed(door, secure.url)
        door.close()
        assert (failure.kind, failure.phase) == (Kind.TLS, Phase.BEFORE_REQUEST)
        assert not secure.endpoint.received

    def test_a_certificate_for_another_name_is_refused(self, secure: "Secure"):
        door = Door(secure.endpoint.guard, ca_file=str(secure.ca_file))
        failure = failed(door, secure.url.replace("127.0.0.1", "localhost"))
        door.close()
        assert (failure.kind, failure.phase) == (Kind.TLS, Phase.BEFORE_REQUEST)

    def test_a_vouched_for_endpoint_is_reached(self, secure: "Secure"):
        door = Door(secure.endpoint.guard, ca_file=str(secure.ca_file))
        assert door.post(secure.url, b"", {}, 5).status == 200
        door.close()

    def test_plain_http_behind_https_is_told(self, endpoint: Endpoint, door: Door):
        assert failed(door, endpoint.url.replace("http", "https")).kind is Kind.TLS


class TestPostMany:
    def test_outcomes_stream_past_the_hanging_one(self, endpoint: Endpoint, door: Door):
        paths = ["hang", *["ok"] * 20]
        results = door.post_many(requests(endpoint, paths, seconds=1), time.monotonic() + 10)
        told = [(request.tag, result) for request, result in results]
        assert [tag for tag, _ in told][-1] == 0
        assert sorted(tag for tag, _ in told) == list(range(21))
        assert isinstance(told[-1][1], Failure)
        assert all(isinstance(result, Reply) for _, result in told[:-1])

    def test_a_host_gets_no_more_than_its_share(self, endpoint: Endpoint, door: Door):
        many = requests(endpoint, ["busy"] * 12)
        assert len(list(door.post_many(many, time.monotonic() + 10, per_host=3))) == 12
        assert endpoint.most == 3

    def test_what_had_no_turn_by_the_deadline_is_not_begun(self, endpoint: Endpoint, door: Door):
        many = requests(endpoint, ["hang"] * 5)
        results = list(door.post_many(many, time.monotonic() + 0.4, per_host=2))
        phases = [result.phase for _, result in results if isinstance(result, Failure)]
        assert sorted(phases) == [Phase.AFTER_REQUEST] * 2 + [Phase.NOT_BEGUN] * 3
        assert len(endpoint.received) == 2

    def test_a_past_deadline_sends_nothing(self, endpoint: Endpoint, door: Door):
        ((_, result),) = door.post_many(requests(endpoint, ["ok"]), time.monotonic() - 1)
        assert isinstance(result, Failure)
        assert (result.phase, endpoint.received) == (Phase.NOT_BEGUN, [])

    def test_nothing_to_send_is_no_error(self, door: Door):
        assert list(door.post_many([], time.monotonic() + 1)) == []

    def test_giving_up_midway_leaves_the_door_usable(self, endpoint: Endpoint, door: Door):
        results = door.post_many(requests(endpoint, ["ok", "hang", "hang"]), time.monotonic() + 9)
        next(results)
        results.close()  # type: ignore[attr-defined]
        assert door.post(f"{endpoint.url}/ok", b"", {}, 5).status == 200

    def test_a_thread_may_begin_a_second_call_inside_a_first(self, endpoint: Endpoint, door: Door):
        outer = door.post_many(requests(endpoint, ["ok"] * 3), time.monotonic() + 9)
        for request, _ in outer:
            assert door.post(f"{endpoint.url}/ok?{request.tag}", b"", {}, 5).status == 200
        assert len(endpoint.received) == 6

    def test_eight_threads_do_not_mix_their_replies(self, endpoint: Endpoint, door: Door):
        def drain(thread: int) -> set[object]:
            many = [replace(each, tag=(thread, each.tag)) for each in requests(endpoint, PATHS)]
            results = door.post_many(many, time.monotonic() + 20)
            for request, result in results:
                assert isinstance(result, Reply)
                assert result.status == int(request.url.rpartition("/")[2])
            return {each.tag for each in many}

        with ThreadPoolExecutor(8) as pool:
            seen = set().union(*pool.map(drain, range(8)))
        assert len(seen) == 8 * len(PATHS)

    def test_works_above_file_descriptor_1024(self, endpoint: Endpoint, door: Door):
        held: list[int] = []
        try:
            while not held or held[-1] < 1100:
                held.append(os.dup(2))
            assert door.post(f"{endpoint.url}/ok", b"", {}, 5).status == 200
        finally:
            for each in held:
                os.close(each)

    def test_no_descriptor_is_left_behind(self):
        before = descriptors()
        server = Endpoint()
        door = Door(server.guard)
        paths = ["ok", "hang", "reset", "garbage", "huge"] * 4
        with serving(server):
            results = door.post_many(requests(server, paths, seconds=0.3), time.monotonic() + 9)
            assert len(list(results)) == 20
            door.close()
        assert descriptors() == before


class TestFork:
    def test_a_child_makes_its_own_connections(self, endpoint: Endpoint, door: Door):
        door.post(f"{endpoint.url}/ok", b"parent", {}, 5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the endpoint's threads: no harm
            child = os.fork()
        if child == 0:
            status = 1
            try:
                status = door.post(f"{endpoint.url}/ok", b"child", {}, 5).status
            finally:
                os._exit(0 if status == 200 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        door.post(f"{endpoint.url}/ok", b"parent", {}, 5)
        lines = [each.line for each in endpoint.received]
        assert lines[0] == lines[2] != lines[1]


class TestClose:
    def test_a_call_under_way_ends_and_lets_go(self, endpoint: Endpoint, door: Door):
        results = door.post_many(requests(endpoint, ["ok", "ok"]), time.monotonic() + 9)
        next(results)
        door.close()
        assert isinstance(next(results)[1], Reply)
        assert next(results, None) is None
        assert not door._idle


class TestTurns:
    def test_hosts_go_round(self):
        turns = Turns(per_host=2)
        for host in ["a", "a", "a", "b"]:
            turns.add(job(host))
        begun = [turns.take() for _ in range(4)]
        assert [each and each.target.host for each in begun] == ["a", "b", "a", None]

    def test_an_end_makes_room(self):
        turns = Turns(per_host=1)
        first, second = job("a"), job("a")
        turns.add(first)
        turns.add(second)
        assert turns.take() is first
        assert turns.take() is None
        turns.end(first)
        assert turns.take() is second
        turns.end(second)
        assert turns.take() is None


class Secure:
    """An endpoint behind TLS and the certificate that vouches for it."""

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "cert.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        self.ca_file.write_bytes(certificate(key).public_bytes(serialization.Encoding.PEM))
        key_file = folder / "key.pem"
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key_file)
        self.endpoint = Endpoint()
        self.endpoint.socket = context.wrap_socket(
            self.endpoint.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self.endpoint.server_port}/ok"


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    made = Secure(tmp_path)
    with serving(made.endpoint):
        yield made


def certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "endpoint")])
    now = datetime.now(UTC)
    named = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(named, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


PATHS = [f"status/{code}" for code in (200, 404, 410, 500, 503)] * 10


def requests(endpoint: Endpoint, paths: list[str], seconds: float = 8) -> list[Request]:
    return [
        Request(f"{endpoint.url}/{path}", b"{}", {}, seconds, tag) for tag, path in enumerate(paths)
    ]


def failed(door: Door, url: str, seconds: float = 5) -> Failure:
    with pytest.raises(Failure) as failure:
        door.post(url, b"{}", {}, seconds)
    return failure.value


def descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def job(host: str) -> Job:
    url = f"https://{host}/"
    return Job(Request(url, b"", {}), Target(url, "https", host, 443), [])
