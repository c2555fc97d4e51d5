"""The whole examination, in the order in which one would repair."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dns.exception import DNSException
from dns.resolver import NoResolverConfiguration, Resolver
from sqlalchemy.engine import make_url

from channels.email.config import EmailConfig
from channels.email.relay import parse_relay
from scheduling import zones
from service import health, mailbox
from service.assembly import channels_at_hand, check_settings, looked_at
from service.config import Settings
from service.doctor import machine, mail, names
from service.doctor.findings import Finding, fine
from service.runtime import utc_now

PATIENCE = 5.0  # seconds for one name

#: Looks at one part; may raise what an operator can put right: that is a finding, too.
Look = Callable[[Settings], Iterator[Finding]]


def parts() -> Iterator[tuple[str, Look]]:
    """Yield what to look at, each by its name."""
    yield "settings", _settings
    yield "disk", machine.disk
    yield "database", _database
    yield "channels", _channels
    yield "mail", _mail


def _settings(settings: Settings) -> Iterator[Finding]:
    yield from machine.settings(settings)
    check_settings(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    yield from machine.zone_rules(zones.DATA_VERSION, utc_now())
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        yield fine("database", f"{url.database} will be made at the first start")
        return
    with looked_at(settings) as rt:
        found = health.look(rt)
        yield from machine.parts(found, url.get_backend_name())
        if "database" not in found.reasons:
            yield from machine.plans(rt)


def _channels(settings: Settings) -> Iterator[Finding]:
    with _apart(settings) as apart, channels_at_hand(apart) as registry:
        yield from machine.channels(registry, settings.channels)


@contextmanager
def _apart(settings: Settings) -> Iterator[Settings]:
    # The built-in mailbox makes its folder: here one that is gone afterwards.
    with TemporaryDirectory() as folder:
        yield settings.model_copy(update={"data_dir": Path(folder)})


def _mail(settings: Settings) -> Iterator[Finding]:
    if "email" not in settings.channels:
        return
    if mailbox.in_use(settings):
        yield fine("relay", "the built-in mailbox, which sends nothing out: set TOCSIN_SMTP_URL")
        return
    with channels_at_hand(settings) as registry:
        if "email" in registry.unavailable():
            return  # said already
    url = settings.smtp_url.get_secret_value()
    relay = parse_relay(url)
    yield from mail.relay(relay, settings.mail_host)
    yield from mail.sender(settings.mail_host, settings.mail_from)
    given = {"smtp_url": url, "mail_host": settings.mail_host, **settings.options_of("email")}
    config = EmailConfig.model_validate(given)
    if settings.mail_host != mail.NOWHERE:
        yield from _asked(lambda resolver: names.of_mail(config, resolver))
    yield from _asked(lambda resolver: names.of_relay(relay.host, resolver))


def _asked(look: Callable[[Resolver], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        resolver = Resolver()
        resolver.lifetime = PATIENCE
        yield from look(resolver)
    except (DNSException, NoResolverConfiguration) as error:
        yield names.silent(error)
