"""Tells the standby parties of a launch that trouble has come, and only then."""

from channels.base import Link, Message, Sender
from service.db.unit_of_work import UnitOfWork
from service.launches import queries, wording
from service.launches.models import Launch, LaunchAlarm
from service.launches.plan import LaunchPlan
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.rollouts.asking import LASTS
from service.rollouts.models import Decision
from service.runtime import Runtime
from service.subscribers.actions import Person, find_or_create, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin
from service.web.parsing import LANGUAGES


def tell_standby(rt: Runtime) -> None:
    """Mail each standby contact of a launch in trouble, once for each trouble.

    That is a NO-GO at a gate or by the guard, an abort, or a person's word.
    """
    with rt.read() as session:
        waiting = queries.alarms(session)
    for launch_id, decision_id in waiting:
        with rt.work("ticker") as uow:
            _tell(rt, uow, launch_id, decision_id)


def _tell(rt: Runtime, uow: UnitOfWork, launch_id: int, decision_id: int) -> None:
    launch = uow.session.get_one(Launch, launch_id)
    if (launch_id, decision_id) not in queries.alarms(uow.session):
        return  # another ticker was faster
    uow.session.add(LaunchAlarm(launch_id=launch_id, decision_id=decision_id, at=uow.now))
    plan = LaunchPlan.model_validate(launch.plan)
    draft = _draft(rt, uow, launch, plan, uow.session.get_one(Decision, decision_id))
    for party in plan.parties:
        for contact in party.contacts if party.is_standby else ():
            parsed = parse(rt.channels, "email", contact)
            who = Person(LANGUAGES[0], "UTC", ZoneOrigin.FALLBACK)
            send_single(uow, draft, find_or_create(uow, "email", parsed, who).id)


def _draft(
    rt: Runtime, uow: UnitOfWork, launch: Launch, plan: LaunchPlan, decision: Decision
) -> Draft:
    publication = uow.session.get_one(Publication, launch.publication_id)
    source = thaw(publication.content).source
    url = f"{rt.settings.public_url}/console/launches/{launch.slug}"
    return Draft(
        purpose=Purpose.STAFF,
        message=Message(
            id="",
            type="launch.trouble",
            category="staff",
            stage="",
            severity="none",
            texts=wording.trouble(plan.title, decision.kind, decision.comment),
            sender=Sender(next(iter(source.values())), rt.settings.mail_from),
            source=source,
            url="",
            subject=f"launch:{launch.public_id}:{decision.id}",
            sequence=0,
            published_at=uow.now,
            links=(Link(wording.button(), url),),
            bulk=False,
        ),
        audience=Audience(),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + LASTS,
    )
