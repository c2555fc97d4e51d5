"""Tells the parties of a launch when it begins and ends; those on standby of trouble alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.base import Link, Message, Sender, Text
from service.db.unit_of_work import UnitOfWork
from service.launches import queries, wording
from service.launches.models import Launch, LaunchAlarm
from service.launches.plan import LaunchPlan, Side
from service.lists.models import MailingList
from service.pages.models import Page
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT
from service.rollouts.actions import send_single
from service.rollouts.asking import LASTS
from service.rollouts.models import Decision, DecisionKind
from service.runtime import Runtime
from service.subscribers.actions import Person, correspondent, parse
from service.subscribers.audience import Audience
from service.subscribers.models import ZoneOrigin
from service.web.parsing import LANGUAGES


@dataclass(frozen=True, slots=True)
class _Word:
    """What is told, and what tells it from any other word about the same launch."""

    kind: DecisionKind
    comment: str
    name: str

    @property
    def is_news(self) -> bool:
        return self.kind in queries.NEWS


def tell_parties(rt: Runtime) -> None:
    """Mail the contacts of a launch, once for each decision: news, or trouble for the standby.

    Trouble is a NO-GO at a gate or by the guard, an abort, or a person's word.
    """
    since = rt.clock() - LASTS
    with rt.read() as session:
        decided, said = queries.alarms(session, since), queries.untold(session, since)
    for launch_id, decision_id in decided:
        with rt.work("ticker") as uow:
            _tell_of_decision(rt, uow, launch_id, decision_id)
    for trouble_id in said:
        with rt.work("ticker") as uow:
            _tell_of_trouble(rt, uow, trouble_id)


def _tell_of_decision(rt: Runtime, uow: UnitOfWork, launch_id: int, decision_id: int) -> None:
    if (launch_id, decision_id) not in queries.alarms(uow.session, uow.now - LASTS):
        return  # another ticker was faster
    uow.session.add(LaunchAlarm(launch_id=launch_id, decision_id=decision_id, at=uow.now))
    decision = uow.session.get_one(Decision, decision_id)
    _tell(rt, uow, launch_id, _Word(decision.kind, decision.comment, str(decision_id)))


def _tell_of_trouble(rt: Runtime, uow: UnitOfWork, trouble_id: int) -> None:
    trouble = queries.claim_trouble(uow.session, trouble_id, uow.now)
    if trouble is not None:
        word = _Word(trouble.kind, trouble.comment, f"before:{trouble_id}")
        _tell(rt, uow, trouble.launch_id, word)


def _tell(rt: Runtime, uow: UnitOfWork, launch_id: int, word: _Word) -> None:
    launch = uow.session.get_one(Launch, launch_id)
    plan = LaunchPlan.model_validate(launch.plan)
    for party in plan.parties:
        if party.is_standby is not word.is_news:
            draft = _draft(rt, uow, launch, plan, word, party.side)
            language = party.language or next(iter(draft.message.texts))
            for contact in party.contacts:
                parsed = parse(rt.channels, "email", contact)
                who = Person(language, "UTC", ZoneOrigin.FALLBACK)
                send_single(uow, draft, correspondent(uow, "email", parsed, who).id)


def _draft(
    rt: Runtime,
    uow: UnitOfWork,
    launch: Launch,
    plan: LaunchPlan,
    word: _Word,
    side: Side,
) -> Draft:
    source = _source(uow, launch)
    url = f"{rt.settings.public_url}/console/launches/{launch.slug}"
    return Draft(
        purpose=Purpose.STAFF,
        message=Message(
            id="",
            type="launch.news" if word.is_news else "launch.trouble",
            category="staff",
            stage="",
            severity="none",
            texts=wording.in_both(_texts(plan, word), _first_language(uow, launch)),
            sender=Sender(next(iter(source.values())), rt.settings.mail_from),
            source=source,
            url="",
            subject=f"launch:{launch.public_id}:{word.name}",
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


def _source(uow: UnitOfWork, launch: Launch) -> Mapping[str, str]:
    """Who speaks, by language: the message's page or list, or Tocsin while there is none."""
    if launch.publication_id is None:
        return dict.fromkeys(LANGUAGES, "Tocsin")
    return thaw(uow.session.get_one(Publication, launch.publication_id).content).source


def _first_language(uow: UnitOfWork, launch: Launch) -> str:
    """What the message's page, or list, speaks first."""
    if launch.publication_id is None:
        return LANGUAGES[0]
    publication = uow.session.get_one(Publication, launch.publication_id)
    audience = Audience.from_json(publication.audience)
    if audience.pages:
        return uow.session.get_one(Page, audience.pages[0]).languages[0]
    if audience.lists:
        return uow.session.get_one(MailingList, audience.lists[0]).languages[0]
    return LANGUAGES[0]


def _texts(plan: LaunchPlan, word: _Word) -> dict[str, Text]:
    if word.is_news:
        return wording.news(plan.title, word.kind)
    return wording.trouble(plan.title, word.kind, word.comment)
