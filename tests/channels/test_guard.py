"""channels.guard"""

from contextlib import suppress
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Refused
from channels.guard import Guard, is_public, parse_networks

GUARD = Guard()
INSIDE = Guard(allowed_networks=parse_networks("127.0.0.0/8, 10.1.0.0/16 fd00:1::/32"))


class TestForbiddenAddresses:
    @pytest.mark.parametrize(
        "host",
        [
            *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),
            *("017700000001", "127.0.0.1.", "①②⑦.0.0.1", "\uff11\uff12\uff17。0。0。1"),
            *("localhost", "LOCALHOST", "localhost.", "a.localhost"),
            *("0.0.0.1", "0", "10.0.0.1", "100.64.0.1", "172.16.0.1", "172.31.255.255"),
            *("169.254.169.254", "192.168.1.1", "192.0.0.8", "192.0.2.1", "192.88.99.1"),
            *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
            *("240.0.0.1", "255.255.255.255"),
            *("[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
            *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]"),
            *("[2001::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]"),
            *("[fec0::1]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"),
        ],
    )
    def test_an_address_that_is_not_public_is_refused_however_it_is_written(self, host: str):
        assert code_of(f"https://{host}/hook") == "internal"

    @pytest.mark.parametrize(
        "address",
        ["192.0.0.8", "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1", "224.0.0.1", "fe80::1%eth0"],
    )
    def test_what_python_calls_global_is_not_taken_at_its_word(self, address: str):
        assert not GUARD.admits(address)

    @pytest.mark.parametrize(
        "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "2a00::1"]
    )
    def test_public_addresses_are_admitted(self, address: str):
        assert GUARD.admits(address)

    @given(st.ip_addresses())
    def test_nothing_private_is_ever_public(self, ip):
        if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast:
            assert not is_public(ip)


class TestForbiddenForms:
    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("https://user@example.org/", "userinfo"),
            ("https://user:word@example.org/", "userinfo"),
            ("https://example.org@127.0.0.1/", "userinfo"),
            ("https://example.org:22/", "port"),
            ("https://example.org:8443/", "port"),
            ("https://example.org:0/", "port"),
            ("https://example.org:99999/", "port"),
            ("https://example.org:123456/", "host"),
            ("https://example.org:https/", "host"),
            ("https://example.org:/", "host"),
            ("http://example.org/", "https"),
            ("ftp://example.org/", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("gopher://example.org/", "scheme"),
            ("javascript:alert(1)", "bad_url"),
            ("//example.org/", "bad_url"),
            ("example.org/hook", "bad_url"),
            ("", "bad_url"),
            ("https:///hook", "host"),
            ("https://", "host"),
            ("https://exa mple.org/", "bad_url"),
            ("https://example.org/a b", "bad_url"),
            ("https://example.org\\@127.0.0.1/", "bad_url"),
            ("https://example.org/\r\nhost: x", "bad_url"),
            ("https://example.org/\x00", "bad_url"),
            ("https://example.org/\ud800", "bad_url"),
            ("https://[::1", "host"),
            ("https://[fe80::1%25eth0]/", "host"),
            ("https://[1.2.3.4]/", "host"),
            ("https://[::1]x/", "host"),
            ("https://1.2.3.4.5/", "host"),
            ("https://256.256.256.256/", "host"),
            ("https://example..org/", "host"),
            ("https://-example.org/", "host"),
            ("https://exa%6dple.org/", "host"),
            (f"https://{'a' * 64}.org/", "host"),
            (f"https://{'a.' * 130}org/", "host"),
            (f"https://example.org/{'a' * 2048}", "too_long"),
            ("https://straße.example/", "idna"),
            ("https://a\u200db.example/", "idna"),
            (f"https://{'é' * 64}.example/", "idna"),
        ],
    )
    def test_each_is_told_by_its_own_code(self, url: str, code: str):
        assert code_of(url) == code

    @given(st.text(max_size=60))
    def test_whatever_is_typed_is_refused_or_understood(self, raw: str):
        with suppress(Refused):
            target = GUARD.check_url(f"https://{raw}")
            assert GUARD.check_url(target.url) == target
            assert target.url.isascii()


class TestSpelling:
    @pytest.mark.parametrize(
        ("url", "spelled"),
        [
            ("https://example.org", "https://example.org/"),
            ("HTTPS://Example.ORG:443/Hook", "https://example.org/Hook"),
            ("https://example.org./hook", "https://example.org/hook"),
            ("https://example.org/hook#part", "https://example.org/hook"),
            ("https://example.org?a=b", "https://example.org/?a=b"),
            ("https://example.org/a?b=%20&c=é", "https://example.org/a?b=%20&c=%C3%A9"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("https://16843009/", "https://1.1.1.1/"),
            ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]/"),
            ("https://a_b.example.org/", "https://a_b.example.org/"),
        ],
    )
    def test_one_address_has_one_spelling(self, url: str, spelled: str):
        assert GUARD.check_url(url).url == spelled


class TestOperator:
    def test_allows_own_networks_and_http_there(self):
        assert INSIDE.check_url("http://127.0.0.1/hook").host == "127.0.0.1"
        assert INSIDE.check_url("http://localhost/hook").host == "localhost"
        assert INSIDE.check_url("https://[::ffff:10.1.2.3]/").port == 443
        assert INSIDE.admits("fd00:1::7")

    def test_other_networks_stay_closed(self):
        assert code_of("https://10.2.0.1/", INSIDE) == "internal"
        assert not INSIDE.admits("169.254.169.254")

    def test_plain_http_to_the_world_needs_to_be_allowed(self):
        assert code_of("http://example.org/", INSIDE) == "https"
        assert not INSIDE.admits("1.1.1.1", plain=True)
        open_guard = Guard(allow_http=True)
        assert open_guard.check_url("http://example.org/").port == 80
        assert open_guard.admits("1.1.1.1", plain=True)
        assert code_of("http://127.0.0.1/", open_guard) == "internal"

    def test_allows_ports(self):
        guard = Guard(ports=(80, 443, 8443))
        assert guard.check_url("https://example.org:8443/").url == "https://example.org:8443/"

    def test_networks_are_read_from_one_line(self):
        assert parse_networks(" 10.0.0.0/8,::1 ") == (
            ip_network("10.0.0.0/8"),
            ip_network("::1/128"),
        )
        assert ip_address("10.1.1.1") in parse_networks("10.0.0.0/8")[0]
        assert parse_networks("") == ()
        with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
            parse_networks("10.0.0.1/8")


def code_of(url: str, guard: Guard = GUARD) -> str:
    with pytest.raises(Refused) as refused:
        guard.check_url(url)
    return refused.value.code
