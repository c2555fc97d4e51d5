"""What receivers look up, asked of a name server of our own."""

import base64
import socketserver
import threading
from collections.abc import Iterator

import dns.message
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dns.resolver import Resolver

from channels.email.config import EmailConfig
from service.doctor import names
from service.doctor.findings import Level

KEY = Ed25519PrivateKey.generate()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


class NameServer(socketserver.UDPServer):
    """Answers from a table of (name, kind) → texts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Question)
        self.records: dict[tuple[str, str], list[str]] = {}
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Question(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        data, socket = self.request
        query = dns.message.from_wire(data)
        asked = query.question[0]
        name, kind = asked.name.to_text().rstrip("."), dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(query)
        if found := self.server.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, found))
        socket.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server
        server.shutdown()


@pytest.fixture
def resolver(server) -> Resolver:
    found = Resolver(configure=False)
    found.nameservers, found.port = ["127.0.0.1"], server.server_address[1]
    return found


def config(**given) -> EmailConfig:
    return EmailConfig(smtp_url="smtp://relay", mail_host="mail.example.org", **given)


def levels(found):
    return {each.part: each.level for each in found}


class TestMail:
    def test_with_every_record_is_fine(self, server, resolver):
        server.records = {
            ("mail.example.org", "TXT"): ['"v=spf1 a:relay.example.org -all"'],
            ("_dmarc.mail.example.org", "TXT"): ['"v=DMARC1; p=reject"'],
            ("s1._domainkey.mail.example.org", "TXT"): [
                f'"v=DKIM1; k=ed25519; " "p={PUBLIC[:20]}" "{PUBLIC[20:]}"'
            ],
        }
        signed = config(dkim_key=PEM, dkim_selector="s1")
        assert set(levels(names.of_mail(signed, resolver)).values()) == {Level.FINE}

    def test_without_records_each_remedy_can_be_copied(self, resolver):
        found = {each.part: each for each in names.of_mail(config(), resolver)}
        assert {each.level for each in found.values()} == {Level.WARNING}
        assert '"v=spf1 ' in found["SPF"].remedy
        assert "_dmarc.mail.example.org" in found["DMARC"].remedy

    def test_a_key_that_is_not_ours_is_a_fault(self, server, resolver):
        server.records = {("s1._domainkey.mail.example.org", "TXT"): ['"v=DKIM1; p=AAAA"']}
        found = names.of_mail(config(dkim_key=PEM, dkim_selector="s1"), resolver)
        dkim = next(each for each in found if each.part == "DKIM")
        assert dkim.level is Level.FAULT
        assert f'"v=DKIM1; k=ed25519; p={PUBLIC}"' in dkim.remedy

    @pytest.mark.parametrize("texts", [["v=spf1 +all"], ["v=spf1 -all", "v=spf1 a -all"]])
    def test_a_record_that_is_worse_than_none_is_a_fault(self, server, resolver, texts):
        server.records = {("mail.example.org", "TXT"): [f'"{text}"' for text in texts]}
        assert levels(names.of_mail(config(), resolver))["SPF"] is Level.FAULT


class TestRelay:
    def test_its_name_leads_back_to_it(self, server, resolver):
        server.records = {
            ("relay.example.org", "A"): ["8.8.4.4"],
            ("4.4.8.8.in-addr.arpa", "PTR"): ["relay.example.org."],
        }
        assert levels(names.of_relay("relay.example.org", resolver)) == {"PTR": Level.FINE}

    def test_a_name_that_leads_elsewhere_is_told(self, server, resolver):
        server.records = {
            ("relay.example.org", "A"): ["8.8.4.4"],
            ("4.4.8.8.in-addr.arpa", "PTR"): ["elsewhere.example.org."],
        }
        assert levels(names.of_relay("relay.example.org", resolver)) == {"PTR": Level.WARNING}

    def test_a_neighbour_needs_none(self, resolver):
        assert levels(names.of_relay("10.0.0.5", resolver)) == {"PTR": Level.FINE}
