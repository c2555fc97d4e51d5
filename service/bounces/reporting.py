"""Takes what mail providers report, whoever wrote the plugin that reads it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import entry_points

from channels.base import Refused
from channels.email.address import parse_address
from channels.email.bounces.causes import Cause
from channels.email.bounces.classify import Finding
from channels.email.reports.base import Reader, Report
from service.access.envelopes import Door, opened
from service.bounces import queries
from service.bounces.actions import Word, accuse, note
from service.bounces.queries import Place
from service.config import Settings, SettingsError
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Echo
from service.errors import NotFound
from service.subscribers import queries as people

GROUP = "tocsin.reports"


def reader(settings: Settings, provider: str) -> Reader:
    """Return what reads the reports of *provider*; raises `NotFound`, `SettingsError`."""
    if provider not in settings.reports:
        raise NotFound("no reports are taken from there")
    return _built(provider, tuple(sorted(settings.report_options_of(provider).items())))


@lru_cache(maxsize=16)
def _built(provider: str, options: tuple[tuple[str, str], ...]) -> Reader:
    found = entry_points(group=GROUP, name=provider)
    if not found:
        raise SettingsError(f"TOCSIN_REPORTS: no plugin reads the reports of {provider!r}")
    given: Mapping[str, str] = dict(options)
    try:
        made: Reader = next(iter(found)).load()(given)
    except ValueError as error:
        raise SettingsError(f"TOCSIN_REPORT_{provider.upper()}_…: {error}") from error
    return made


def take_reports(uow: UnitOfWork, provider: str, reports: Sequence[Report]) -> int:
    """Keep *reports* and draw the consequences; return how many were about mail of ours."""
    taken = 0
    for report in reports:
        place = _place(uow, report)
        if place is None:
            continue
        taken += 1
        if report.cause is Cause.FEEDBACK:
            note(uow, place, Word(Echo.COMPLAINT, report.cause, report.words, provider))
        else:
            finding = Finding(report.address, "", report.cause, report.hard, words=report.words)
            accuse(uow, place, (finding,), provider)
    return taken


def _place(uow: UnitOfWork, report: Report) -> Place | None:
    """The delivery: by our signed return path, else the newest to that address."""
    try:
        door, numbers = opened(report.return_path.partition("@")[0])
        if door is Door.BOUNCE:
            return queries.place_of(uow.session, *numbers)
    except NotFound:
        pass
    return queries.place_named(uow.session, report.message_id) or _newest(uow, report.address)


def _newest(uow: UnitOfWork, raw: str) -> Place | None:
    # The provider has proved who it is: what it says of an address may be believed.
    try:
        parsed = parse_address(raw)
    except Refused:
        return None
    address = people.address_by_key(uow.session, "email", parsed.key)
    return queries.newest_place(uow.session, address.id) if address else None
