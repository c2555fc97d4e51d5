"""What follows from one mail, by the address it came to."""

from collections.abc import Callable

from channels.base import Text
from channels.email.bounces.causes import Cause
from channels.email.bounces.classify import Kind, Verdict, classify
from service.access import queries as access
from service.access.models import Staff
from service.bounces import actions as bounces
from service.bounces import queries as evidence_queries
from service.bounces.actions import Word
from service.bounces.telling import administrators, staff_message, tell_staff
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Echo
from service.inbound import proving
from service.inbound.confirming import confirm
from service.inbound.desk import Desk, Understood
from service.inbound.knocking import Knock, knock
from service.inbound.models import Entrance, Letter, LetterState
from service.inbound.posting import post as take_post
from service.lists import queries as lists
from service.moderation import queries_duties as duties
from service.posts.letters import read_post
from service.runtime import Runtime
from service.subscribers import actions as subscribers
from service.subscribers import queries as people
from service.subscribers.actions import Evidence
from service.subscribers.models import Method

_CALM = frozenset({"auth-failure", "not-spam", "dmarc"})  # reports that are nobody's complaint
_TITLE = 200  # characters of a subject


def understand(rt: Runtime, uow: UnitOfWork, letter: Letter) -> Understood:
    """Do what *letter* asks for; raises `ServiceError` where it asks for what cannot be."""
    to = knock(uow.session, letter.recipient, rt.settings.mail_host)
    return _HANDLERS[letter.entrance](Desk(rt, uow, letter, to))


def _returned(desk: Desk) -> Understood:
    verdict = classify(desk.letter.raw)
    if verdict.kind is Kind.COMPLAINT:
        return _complain(desk, verdict)
    place = evidence_queries.place_of(desk.uow.session, *desk.to.numbers)
    if place is None or verdict.kind is Kind.AUTOMATIC:
        return Understood(LetterState.IGNORED, "automatic" if place else "forgotten")
    if bounces.accuse(desk.uow, place, verdict.findings, "mail"):
        return Understood(LetterState.DONE, "bounce", verdict.cause)
    if verdict.findings and all(each.delayed for each in verdict.findings):
        return Understood(LetterState.IGNORED, "delayed", verdict.cause)
    return Understood(LetterState.UNRECOGNISED, "unrecognised", verdict.cause)


def _complaint(desk: Desk) -> Understood:
    verdict = classify(desk.letter.raw)
    if verdict.kind is Kind.COMPLAINT:
        return _complain(desk, verdict)
    return Understood(LetterState.UNRECOGNISED, "unrecognised", verdict.cause)


def _complain(desk: Desk, verdict: Verdict) -> Understood:
    if verdict.feedback in _CALM:
        return Understood(LetterState.IGNORED, "no_complaint", verdict.feedback)
    place = evidence_queries.place_of(desk.uow.session, *desk.to.numbers)
    if place is None:
        return Understood(LetterState.IGNORED, "forgotten")
    word = Word(Echo.COMPLAINT, Cause.FEEDBACK, verdict.feedback or "abuse", "mail")
    bounces.note(desk.uow, place, word)
    return Understood(LetterState.DONE, "complaint", verdict.feedback)


def _leave(desk: Desk) -> Understood:
    (subscription_id,) = desk.to.numbers
    if people.subscription(desk.uow.session, subscription_id) is None:
        return Understood(LetterState.IGNORED, "forgotten")
    subscribers.leave(desk.uow, subscription_id, Evidence(Method.MAIL))
    return Understood(LetterState.DONE, "left")


def _forward(desk: Desk) -> Understood:
    message = desk.message
    if proving.is_loop(message, desk.host) or proving.is_machine(message):
        return Understood(LetterState.IGNORED, "automatic")
    post = read_post(message)
    author = proving.author(message) or desk.letter.mail_from
    quoted = "\n".join(f"> {line}" for line in post.body.splitlines()[:400])
    body = f"{author} → {desk.letter.recipient}\n\n{quoted}"
    text = Text(post.subject[:_TITLE] or desk.letter.recipient, body)
    told = staff_message(
        desk.uow,
        desk.rt.settings,
        "staff.forwarded",
        f"letter:{desk.letter.id}",
        {"fr": text, "en": text},
    )
    count = tell_staff(desk.uow, desk.rt.channels, _owners(desk.uow, desk.to), told)
    state = LetterState.DONE if count else LetterState.UNRECOGNISED
    return Understood(state, "forwarded" if count else "nobody")


def _owners(uow: UnitOfWork, to: Knock) -> list[Staff]:
    """Who answers for a list: those on duty there, else the administrators."""
    found = lists.list_by_slug(uow.session, to.list_slug) if to.list_slug else None
    named = duties.on_duty(uow.session, [f"list:{found.id}"]) if found else []
    wanted = {each.staff_id for each in named}
    everybody = [each for each in access.all_staff(uow.session) if each.disabled_at is None]
    return [each for each in everybody if each.id in wanted] or administrators(uow)


_HANDLERS: dict[Entrance, Callable[[Desk], Understood]] = {
    Entrance.BOUNCE: _returned,
    Entrance.COMPLAINT: _complaint,
    Entrance.LEAVE: _leave,
    Entrance.CONFIRM: confirm,
    Entrance.POST: take_post,
    Entrance.OWNER: _forward,
    Entrance.POSTMASTER: _forward,
}
