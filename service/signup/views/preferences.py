"""The preference page: change what one gets, how one is written to, leave, and take it back.

The long-lived link in a footer is the authority; only the difference between what the page showed
and what came back is applied, so that an old tab cannot undo a newer choice.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.db.unit_of_work import UnitOfWork
from service.errors import Fault, Invalid
from service.lists import queries as lists
from service.pages import queries as pages
from service.signup import queries
from service.signup.actions import coding, ways
from service.signup.failing import failing
from service.signup.views import manner, rows
from service.signup.views.asked import actions_of
from service.signup.views.leaving import goodbye, left_before
from service.signup.views.tokens import address_of, entry
from service.signup.views.visiting import evidence, greet
from service.signup.zone_names import zone_groups
from service.subscribers import queries as subscribers
from service.subscribers.actions import leave, restore
from service.subscribers.filters import CATEGORIES, MOMENTS, SEVERITIES
from service.subscribers.models import Address, Consent, Method
from service.subscribers.preferences import Saved, Settings, change, readdress, settings_of
from service.subscribers.targets import Target, key_of
from service.web.callers import link
from service.web.context import runtime
from service.web.parsing import LANGUAGES

preferences = Blueprint("preferences", __name__, template_folder="../templates")

DONE = (
    "saved",
    "same",
    "newer",
    "restored",
    "link",
    "test",
    "address",
    "lists",
    "ways",
    "proven",
    "stopped",
)


@preferences.get("/p/<token>")
@link
def show(token: str) -> ResponseReturnValue:
    """What an address gets, and how."""
    return page(token)


@preferences.post("/p/<token>")
@link
def save(token: str) -> ResponseReturnValue:
    """Apply what was changed in the form."""
    rt = runtime()
    answers: Mapping[int, rows.Answer] = {}
    with rt.read() as session:
        address_id = address_of(session, token).id
    try:
        with rt.work(f"address:{address_id}") as uow:
            answers = rows.read(uow.session, address_id, request.form, uow.now)
            saved = [*_change(uow, address_id, answers), *_readdress(uow, address_id)]
    except Invalid as error:
        return page(token, answers, error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return _back(token, _outcome(saved))


@preferences.get("/p/<token>/leave")
@preferences.get("/p/<token>/undo")
@link
def back(token: str) -> ResponseReturnValue:
    """Whoever comes back to where a button led, after choosing a language say."""
    return redirect(url_for("preferences.show", token=token), HTTPStatus.SEE_OTHER)


@preferences.post("/p/<token>/leave")
@link
def go(token: str) -> ResponseReturnValue:
    """Leave one, or everything."""
    rt = runtime()
    with rt.read() as session:
        address_id = address_of(session, token).id
    with rt.work(f"address:{address_id}") as uow:
        left = [
            leave(uow, each, evidence(Method.LINK))
            for each in _to_leave(uow.session, address_id, request.form.get("leave", ""))
        ]
    return goodbye(address_id, left, url_for("preferences.undo", token=token))


@preferences.post("/p/<token>/undo")
@link
def undo(token: str) -> ResponseReturnValue:
    """Take a leaving back."""
    rt = runtime()
    with rt.read() as session:
        address_id = address_of(session, token).id
    with rt.work(f"address:{address_id}") as uow:
        for each, left_at in left_before(uow.session, address_id, request.form):
            restore(uow, each, left_at, evidence(Method.LINK))
    return _back(token, "restored")


def page(
    token: str, answers: Mapping[int, rows.Answer] | None = None, faults: tuple[Fault, ...] = ()
) -> str:
    """Return the page that *token* opens, with what was filled in where the form came back."""
    rt = runtime()
    with rt.read() as session:
        entered = entry(session, token)
        address = entered.address
        person = subscribers.subscriber(session, address.subscriber_id)
        greet(person.locale)
        held = rows.rows(session, address.id, runtime().clock(), answers)
        return render_template(
            "signup/preferences.html",
            token=token,
            address=address,
            person=person,
            active=[row for row in held if row.state is Consent.ACTIVE],
            pending=[row for row in held if row.state is Consent.PENDING],
            categories=CATEGORIES,
            severities=SEVERITIES,
            stages=MOMENTS,
            zones=zone_groups(),
            tongues=LANGUAGES,
            you=_you(settings_of(person)),
            is_full=entered.is_full,
            others=_others(session, address),
            codes=coding.waiting(session, person.id, rt.clock()) if entered.is_full else (),
            change=queries.waiting_change(session, address.id, rt.clock()),
            offered=more(session, address.id) if entered.is_full else (),
            asked=actions_of(session, address),
            channels=ways.typed(rt.channels) if entered.is_full else (),
            from_browser=ways.from_browser(rt.channels) if entered.is_full else None,
            values=request.form,
            now=rt.clock(),
            failing=failing(session, address, rt.clock()),
            done=_done(),
            faults=faults,
        )


def more(session: Session, address_id: int) -> list[Target]:
    """The pages and open lists that an address neither has nor is asked about, in order."""
    held = {
        key_of(each)
        for each in subscribers.subscriptions(session, address_id)
        if each.state is not Consent.ENDED
    }
    there = [Target.of_page(each) for each in pages.pages(session)]
    there += [Target.of_list(each) for each in lists.lists(session) if each.is_open]
    return [each for each in there if each.key not in held]


def _others(session: Session, address: Address) -> list[Address]:
    """The other addresses of the same person that get something, or are to."""
    theirs = subscribers.addresses_in_use(session, address.subscriber_id)
    return [each for each in theirs if each.id != address.id]


def _you(held: Settings) -> dict[str, Any]:
    """How they are written to, or what they filled in where the form came back."""
    form = request.form
    quiet = held.quiet or ("", "")
    return {
        "shown": form.get("shown.you", manner.document(held)),
        "language": form.get("language", held.locale),
        "timezone": form.get("timezone", held.timezone),
        "frequency": form.get("frequency", held.frequency),
        "frequencies": manner.FREQUENCIES,
        "quiet_from": form.get("quiet_from", str(quiet[0])[:5]),
        "quiet_to": form.get("quiet_to", str(quiet[1])[:5]),
        "cap": form.get("cap", manner.cap_name(held.cap)),
        "caps": manner.CAPS,
        "pause": form.get("pause", manner.pause_day(held)),
        "paused_until": held.paused_until,
    }


def _done() -> str:
    done = request.args.get("done", "")
    return done if done in DONE else ""


def _change(
    uow: UnitOfWork, address_id: int, answers: Mapping[int, rows.Answer]
) -> Iterable[Saved]:
    for subscription_id, answer in answers.items():
        try:
            yield change(uow, address_id, subscription_id, answer.shown, answer.wanted)
        except Invalid as error:
            raise rows.at_row(error, subscription_id) from error


def _readdress(uow: UnitOfWork, address_id: int) -> Iterable[Saved]:
    given = manner.read(request.form, uow.now)
    return [readdress(uow, address_id, *given)] if given else []


def _outcome(saved: Iterable[Saved]) -> str:
    saved = list(saved)
    if any(each.is_newer_kept for each in saved):
        return "newer"
    return "saved" if any(each.is_changed for each in saved) else "same"


def _to_leave(session: Session, address_id: int, wish: str) -> list[int]:
    live: dict[str, Any] = {
        str(each.id): each.id
        for each in subscribers.subscriptions(session, address_id)
        if each.state is not Consent.ENDED
    }
    return list(live.values()) if wish == "all" else [live[wish]] if wish in live else []


def _back(token: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("preferences.show", token=token, done=done), HTTPStatus.SEE_OTHER)
