"""What receivers look up before they believe our mail: SPF, DKIM, DMARC, and the relay's name."""

import base64
from collections.abc import Iterator
from ipaddress import ip_address

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver
from dns.reversename import from_address

from channels.email.config import EmailConfig
from service.doctor.findings import Finding, fault, fine, warning

SILENT = "check this machine's resolver; nothing is known about the record"


def of_mail(config: EmailConfig, resolver: Resolver) -> Iterator[Finding]:
    """Look up everything that concerns mail by *config*."""
    yield _spf(config.mail_host, resolver)
    yield _dkim(config, resolver)
    yield _dmarc(config.dkim_domain or config.mail_host, resolver)


def of_relay(host: str, resolver: Resolver) -> Iterator[Finding]:
    """Whether a relay's address has a name that leads back to it (RFC 1912 section 2.1)."""
    for address in _addresses(host, resolver):
        if not ip_address(address).is_global:
            yield fine("PTR", f"{host} is a neighbour: what the world sees is its own affair")
            continue
        names = _answers(resolver, str(from_address(address)), "PTR")
        if any(address in _addresses(name.rstrip("."), resolver) for name in names):
            yield fine("PTR", f"{address} is {names[0].rstrip('.')}")
        else:
            yield warning(
                "PTR",
                f"{address} has no name that leads back to it",
                "ask whoever gave you the address for a PTR record: many receivers refuse without",
            )


def _spf(domain: str, resolver: Resolver) -> Finding:
    found = [text for text in _answers(resolver, domain, "TXT") if text.startswith("v=spf1")]
    if not found:
        return warning(
            "SPF",
            f"{domain} says nothing about who may send for it",
            f'publish a TXT record at {domain}: "v=spf1 a:<your relay> -all"',
        )
    if len(found) > 1:
        return fault("SPF", f"{domain} has {len(found)} SPF records", "keep one (RFC 7208, 3.2)")
    if "+all" in found[0].split():
        return fault("SPF", f"{domain} lets everybody send", "end it with -all")
    return fine("SPF", found[0])


def _dkim(config: EmailConfig, resolver: Resolver) -> Finding:
    if config.dkim_key is None:
        return warning(
            "DKIM",
            "mail is not signed here",
            "let the relay sign, or set TOCSIN_CHANNEL_EMAIL_DKIM_KEY and …_DKIM_SELECTOR",
        )
    name = f"{config.dkim_selector}._domainkey.{config.dkim_domain or config.mail_host}"
    algorithm, ours = _public(config.dkim_key.get_secret_value())
    published = "".join(_answers(resolver, name, "TXT"))
    tags = dict(part.strip().partition("=")[::2] for part in published.split(";"))
    if "".join(tags.get("p", "").split()) == ours:
        return fine("DKIM", f"{name} holds our key")
    kind = "another key" if published else "no key"
    return fault(
        "DKIM",
        f"{name} holds {kind}",
        f'publish a TXT record at {name}: "v=DKIM1; k={algorithm}; p={ours}"',
    )


def _dmarc(domain: str, resolver: Resolver) -> Finding:
    found = [text for text in _answers(resolver, f"_dmarc.{domain}", "TXT") if "v=DMARC1" in text]
    if found:
        return fine("DMARC", found[0])
    return warning(
        "DMARC",
        f"_dmarc.{domain} has no policy",
        f'publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:you@{domain}"',
    )


def _public(pem: str) -> tuple[str, str]:
    """What DNS holds of a private key (RFC 6376 3.6.1; raw for ed25519, RFC 8463 section 4)."""
    public = load_pem_private_key(pem.encode(), None).public_key()
    if isinstance(public, Ed25519PublicKey):
        kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return kind, base64.b64encode(raw).decode()


def _addresses(host: str, resolver: Resolver) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        return [*_answers(resolver, host, "A"), *_answers(resolver, host, "AAAA")]


def _answers(resolver: Resolver, name: str, kind: str) -> list[str]:
    """The records of *name*, the parts of a text joined; none where there are none."""
    try:
        found = resolver.resolve(name, kind)
    except (NXDOMAIN, NoAnswer):
        return []
    return [
        b"".join(each.strings).decode("utf-8", "replace") if kind == "TXT" else each.to_text()
        for each in found
    ]


def silent(error: DNSException) -> Finding:
    """Nobody answers questions about names."""
    return warning("DNS", f"no answer: {type(error).__name__}", SILENT)
