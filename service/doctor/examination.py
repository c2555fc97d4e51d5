"""The whole examination, in the order in which one would repair."""

from collections.abc import Callable, Iterator
from pathlib import Path

from dns.exception import DNSException
from dns.resolver import NoResolverConfiguration, Resolver
from sqlalchemy.engine import make_url

from channels.email.config import EmailConfig
from channels.email.relay import parse_relay
from service import mailbox
from service.assembly import at_hand, channels_at_hand, within_reach
from service.config import Settings
from service.doctor import machine, mail, names
from service.doctor.findings import Finding, fine

PATIENCE = 5.0  # seconds for one name


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found about an installation with *settings*."""
    yield from machine.settings(settings)
    yield from machine.disk(settings)
    yield from _database(settings)
    with channels_at_hand(settings) as registry:
        yield from machine.channels(registry, settings.channels)
    if "email" in settings.channels:
        yield from _mail(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        yield fine("database", f"{url.database} will be made at the first start")
        return
    reasons = within_reach(settings)
    yield from machine.parts(reasons)
    if "database" not in reasons:
        with at_hand(settings) as rt:
            yield from machine.zone_data(rt)


def _mail(settings: Settings) -> Iterator[Finding]:
    url = settings.smtp_url.get_secret_value()
    if mailbox.in_use(settings):
        yield fine("relay", "the built-in mailbox, which sends nothing out: set TOCSIN_SMTP_URL")
        return
    relay = parse_relay(url)
    yield from mail.relay(relay, settings.mail_host)
    given = {"smtp_url": url, "mail_host": settings.mail_host, **settings.options_of("email")}
    config = EmailConfig.model_validate(given)
    yield from _asked(lambda resolver: names.of_mail(config, resolver))
    yield from _asked(lambda resolver: names.of_relay(relay.host, resolver))


def _asked(look: Callable[[Resolver], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        resolver = Resolver()
        resolver.lifetime = PATIENCE
        yield from look(resolver)
    except (DNSException, NoResolverConfiguration) as error:
        yield names.silent(error)
