"""Mails to staff: news that were promised and are late, roles they were given."""

from datetime import timedelta

from channels.base import Link, Message, Sender, Text
from service.access import queries as access
from service.access.models import Staff
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Invalid
from service.events import queries_handbook as handbook
from service.events import queries_keeping as queries
from service.events import wording
from service.pages.models import Page
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.runtime import Runtime
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin
from service.web.dates import moment
from service.web.i18n import localised
from service.web.parsing import LANGUAGES

LASTS = timedelta(days=2)


def chase(rt: Runtime, uow: UnitOfWork) -> int:
    """Tell whoever promised news, and every moderator, that it is late; return how often."""
    late = queries.promised(uow.session, uow.now)
    for event, update in late:
        event.chased_at = uow.now
        page = uow.session.get_one(Page, event.page_id)
        titles = {each: localised(event.title, each) for each in LANGUAGES}
        at = update.next_update_at or uow.now
        times = {each: moment(at, page.timezone, "short", each) for each in LANGUAGES}
        letter = wording.promised(titles, times)
        url = f"{rt.settings.public_url}/console/events/{event.public_id}"
        for person in _concerned(uow, update.created_by):
            _mail(rt, uow, person, letter, f"promise:{update.public_id}:{person.id}", url, page)
    return len(late)


def name_holders(rt: Runtime, uow: UnitOfWork) -> int:
    """Tell everybody who was given a role; return how many were."""
    fresh = handbook.untold(uow.session)
    for duty in fresh:
        duty.told_at = uow.now
        person = access.staff_by_id(uow.session, duty.staff_id or 0)
        if person is None or person.disabled_at is not None:
            continue
        page = uow.session.get_one(Page, duty.page_id)
        names = {each: localised(page.name, each) for each in LANGUAGES}
        letter = wording.duty(duty.name, duty.tasks, names)
        url = f"{rt.settings.public_url}/console/handbook/{page.slug}"
        subject = f"duty:{duty.public_id}:{person.id}:{int(uow.now.timestamp())}"
        _mail(rt, uow, person, letter, subject, url, page)
    return len(fresh)


def _concerned(uow: UnitOfWork, author: str) -> list[Staff]:
    kind, _, number = author.partition(":")
    people = {person.id: person for person in access.deciders(uow.session)}
    if kind == "staff" and (writer := access.staff_by_id(uow.session, int(number))):
        people.update({} if writer.disabled_at else {writer.id: writer})
    return list(people.values())


def _mail(
    rt: Runtime,
    uow: UnitOfWork,
    person: Staff,
    letter: wording.Letter,
    subject: str,
    url: str,
    page: Page,
) -> None:
    try:
        parsed = parse(rt.channels, "email", person.email)
    except (Invalid, Conflict):  # mail is switched off
        return
    who = Person(person.locale, page.timezone, ZoneOrigin.FALLBACK)
    address = find_or_create(uow, "email", parsed, who)
    draft = Draft(
        purpose=Purpose.STAFF,
        message=_message(rt.settings, letter, subject, url, uow, page),
        audience=Audience(addresses=(address.id,)),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + LASTS,
    )
    send_single(uow, draft, address.id)


def _message(
    settings: Settings,
    letter: wording.Letter,
    subject: str,
    url: str,
    uow: UnitOfWork,
    page: Page,
) -> Message:
    return Message(
        id="",
        type="staff.reminder",
        category="staff",
        stage="",
        severity="none",
        texts={language: Text(*words) for language, words in letter.items()},
        sender=Sender("Tocsin", settings.mail_from),
        source=page.name,
        url="",
        subject=subject,
        sequence=0,
        published_at=uow.now,
        links=(Link({"fr": "Ouvrir", "en": "Open"}, url),),
        bulk=False,
    )
