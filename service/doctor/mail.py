"""The relay: whether it takes our mail, asked without sending any."""

import smtplib
import ssl
from collections.abc import Iterator

from channels.email.relay import Relay, Security
from service.doctor.findings import Finding, fault, fine, warning

PATIENCE = 10.0  # seconds
NOWHERE = "localhost"  # where mail comes from until an operator says otherwise


def relay(given: Relay, host: str) -> Iterator[Finding]:
    """Connect as *host*, protect the connection and sign in as the channel would."""
    place = f"{given.host}:{given.port}"
    try:
        with _connected(given, host) as server:
            _prepare(server, given)
            yield fine("relay", f"{place} answers{' and knows us' if given.user else ''}")
            if not server.has_extn("pipelining"):
                yield warning(
                    "relay",
                    f"{place} does not offer PIPELINING",
                    "use a relay that does: it is four times as fast",
                )
            yield from _protection(given, place)
    except smtplib.SMTPAuthenticationError as error:
        yield fault("relay", f"{place} refuses the password ({error.smtp_code})", _NAMES)
    except ssl.SSLError as error:
        yield fault(
            "relay",
            f"{place}: {error.reason or 'no TLS'}",
            "name a relay with a valid certificate, or give ?ca=FILE in TOCSIN_SMTP_URL",
        )
    except (OSError, smtplib.SMTPException) as error:
        yield fault("relay", f"{place}: {_reason(error)}", _NAMES)


def sender(host: str, address: str) -> Iterator[Finding]:
    """Whether bounces and answers can come back to *host* and *address*."""
    if host == NOWHERE:
        yield fault(
            "sender",
            f"mails are sent by {host}: bounces come back to nobody, and receivers refuse",
            "set TOCSIN_MAIL_HOST to a domain of yours",
        )
    if address.rpartition("@")[2] == NOWHERE:
        yield warning(
            "sender",
            f"{address} writes where neither page nor list names a sender",
            "set TOCSIN_MAIL_FROM to an address that is read",
        )


_NAMES = "check the host, port, user and password in TOCSIN_SMTP_URL"


def _connected(given: Relay, host: str) -> smtplib.SMTP:
    if given.security is Security.TLS:
        return smtplib.SMTP_SSL(given.host, given.port, host, timeout=PATIENCE, context=given.tls())
    return smtplib.SMTP(given.host, given.port, host, timeout=PATIENCE)


def _prepare(server: smtplib.SMTP, given: Relay) -> None:
    server.ehlo()
    if given.security is Security.STARTTLS:
        server.starttls(context=given.tls())
        server.ehlo()
    if given.user:
        server.login(given.user, given.password)


def _protection(given: Relay, place: str) -> Iterator[Finding]:
    if given.user and given.security is Security.NONE:
        yield fault(
            "relay",
            f"the password goes to {place} in clear text",
            "write smtp+starttls:// or smtps:// in TOCSIN_SMTP_URL",
        )


def _reason(error: Exception) -> str:
    match error:
        case smtplib.SMTPResponseException():
            return f"{error.smtp_code} {error.smtp_error!r}"
        case OSError(strerror=str() as why):
            return why
    return str(error) or type(error).__name__
