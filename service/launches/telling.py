"""Tells the parties of a launch when it begins and ends; those on standby of trouble alone."""

from channels.base import Link, Message, Sender, Text
from service.db.unit_of_work import UnitOfWork
from service.launches import queries, wording
from service.launches.models import Launch, LaunchAlarm
from service.launches.plan import LaunchPlan, Side
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


def tell_parties(rt: Runtime) -> None:
    """Mail the contacts of a launch, once for each decision: news, or trouble for the standby.

    Trouble is a NO-GO at a gate or by the guard, an abort, or a person's word.
    """
    with rt.read() as session:
        waiting = queries.alarms(session, rt.clock() - LASTS)
    for launch_id, decision_id in waiting:
        with rt.work("ticker") as uow:
            _tell(rt, uow, launch_id, decision_id)


def _tell(rt: Runtime, uow: UnitOfWork, launch_id: int, decision_id: int) -> None:
    launch = uow.session.get_one(Launch, launch_id)
    if (launch_id, decision_id) not in queries.alarms(uow.session, uow.now - LASTS):
        return  # another ticker was faster
    uow.session.add(LaunchAlarm(launch_id=launch_id, decision_id=decision_id, at=uow.now))
    plan = LaunchPlan.model_validate(launch.plan)
    decision = uow.session.get_one(Decision, decision_id)
    is_trouble = decision.kind not in queries.NEWS
    for party in plan.parties:
        if party.is_standby is is_trouble:
            draft = _draft(rt, uow, launch, plan, decision, party.side)
            for contact in party.contacts:
                parsed = parse(rt.channels, "email", contact)
                who = Person(LANGUAGES[0], "UTC", ZoneOrigin.FALLBACK)
                send_single(uow, draft, find_or_create(uow, "email", parsed, who).id)


def _draft(
    rt: Runtime,
    uow: UnitOfWork,
    launch: Launch,
    plan: LaunchPlan,
    decision: Decision,
    side: Side,
) -> Draft:
    publication = uow.session.get_one(Publication, launch.publication_id)
    source = thaw(publication.content).source
    url = f"{rt.settings.public_url}/console/launches/{launch.slug}"
    return Draft(
        purpose=Purpose.STAFF,
        message=Message(
            id="",
            type="launch.news" if decision.kind in queries.NEWS else "launch.trouble",
            category="staff",
            stage="",
            severity="none",
            texts=_texts(plan, decision),
            sender=Sender(next(iter(source.values())), rt.settings.mail_from),
            source=source,
            url="",
            subject=f"launch:{launch.public_id}:{decision.id}",
            sequence=0,
            published_at=uow.now,
            # Outside the house nobody can open the console.
            links=(Link(wording.button(), url),) if side is Side.INTERNAL else (),
            bulk=False,
        ),
        audience=Audience(),
        plan=URGENT,
        urgency=Urgency.CRITICAL,
        expires_at=uow.now + LASTS,
    )


def _texts(plan: LaunchPlan, decision: Decision) -> dict[str, Text]:
    if decision.kind in queries.NEWS:
        return wording.news(plan.title, decision.kind)
    return wording.trouble(plan.title, decision.kind, decision.comment)
