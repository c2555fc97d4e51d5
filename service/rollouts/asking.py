"""Asks staff to decide where a rollout cannot go on by itself, and reminds them until they do."""

from datetime import timedelta

from channels.base import Link, Message, Sender
from service.access import queries as access
from service.access.models import Staff
from service.db.unit_of_work import UnitOfWork
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts import wording
from service.rollouts.actions import send_single
from service.rollouts.models import Rollout
from service.rollouts.queries import states
from service.runtime import Runtime
from service.subscribers.actions import Person, correspondent, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin

AGAIN = timedelta(hours=4)  # between two reminders, on the plan's clock
LASTS = timedelta(days=2)


def ask_staff(rt: Runtime) -> None:
    """Mail every moderator about each rollout that waits for one, and again while it waits."""
    with rt.read() as session:
        waiting = [each.id for each in states.in_need(session, rt.clock() - AGAIN)]
    for rollout_id in waiting:
        with rt.work("ticker") as uow:
            rollout = states.locked(uow.session, rollout_id)
            if rollout and states.is_in_need(uow.session, rollout, uow.now - AGAIN):
                _ask(rt, uow, rollout)


def _ask(rt: Runtime, uow: UnitOfWork, rollout: Rollout) -> None:
    publication = uow.session.get_one(Publication, rollout.publication_id)
    rollout.asked_at = uow.now
    for person in access.deciders(uow.session):
        address = _address(rt, uow, person, str(publication.plan["fallback_zone"]))
        draft = _draft(rt, uow, rollout, publication)
        send_single(uow, draft, address)


def _address(rt: Runtime, uow: UnitOfWork, person: Staff, zone: str) -> int:
    parsed = parse(rt.channels, "email", person.email)
    return correspondent(uow, "email", parsed, Person(person.locale, zone, ZoneOrigin.FALLBACK)).id


def _draft(rt: Runtime, uow: UnitOfWork, rollout: Rollout, publication: Publication) -> Draft:
    told = thaw(publication.content)
    titles = {language: text.title for language, text in told.texts.items()}
    last = states.last_words(uow.session, rollout.id)
    url = f"{rt.settings.public_url}/console/rollouts/{rollout.public_id}"
    return Draft(
        purpose=Purpose.STAFF,
        message=Message(
            id="",
            type="rollout.waits",
            category="staff",
            stage="",
            severity="none",
            texts=wording.asking(rollout.pause_reason, titles, last),
            sender=Sender(next(iter(told.source.values())), rt.settings.mail_from),
            source=told.source,
            url="",
            subject=f"rollout:{rollout.public_id}",
            sequence=0,
            published_at=uow.now,
            links=(Link(wording.labels(), url),),
            bulk=False,
        ),
        audience=Audience(),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + LASTS,
    )
