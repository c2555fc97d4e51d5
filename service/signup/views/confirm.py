"""The page behind a confirmation link: two buttons. Looking changes nothing; a button acts."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import Expired, invalid
from service.pages import queries as pages
from service.pages.models import Page
from service.signup import queries as signup
from service.signup.actions import answers
from service.signup.actions.answers import Question, Standing
from service.signup.views.tokens import counted, preferences_url
from service.signup.views.visiting import evidence, greet, origin
from service.subscribers import queries as subscribers
from service.subscribers.filters import names
from service.subscribers.models import Method
from service.subscribers.preferences import choices
from service.subscribers.targets import Target
from service.web.callers import link
from service.web.context import runtime
from service.web.i18n import language, localised, t

confirm = Blueprint("confirm", __name__, template_folder="../templates")

ANSWERS = {"accept": answers.accept, "refuse": answers.refuse}


@confirm.get("/c/<token>")
@link
def ask(token: str) -> ResponseReturnValue:
    """The question with its two buttons; looking changes nothing."""
    rt = runtime()
    with rt.read() as session:
        asked = _question(session, token)
        if asked.standing is not Standing.OPEN:
            return _answered(session, token, asked, asked.standing)
        person = subscribers.subscriber(session, asked.address.subscriber_id)
        return render_template(
            "signup/confirm.html",
            token=token,
            address=asked.address,
            target=asked.target,
            gets=_gets(session, asked),
            until=asked.until,
            zone=person.timezone,
            leaning=request.args.get("answer", ""),
        )


@confirm.post("/c/<token>")
@link
def answer(token: str) -> ResponseReturnValue:
    """Do what the button says; again is harmless."""
    given = request.form.get("answer", "")
    if given not in ANSWERS:
        raise invalid("/answer", "use accept or refuse", "unknown_choice")
    rt = runtime()
    with rt.read() as session:
        asked = _question(session, token)
        text, version = answers.evidence_shown(asked.target, language())
    try:
        with rt.work(f"address:{asked.address.id}") as uow:
            standing = ANSWERS[given](uow, token, evidence(Method.LINK, text, version))
    except Expired:
        standing = Standing.EXPIRED if asked.standing is Standing.OPEN else asked.standing
    with rt.read() as session:
        page = _answered(session, token, _question(session, token), standing)
    return page, HTTPStatus.GONE if standing is Standing.EXPIRED else HTTPStatus.OK


@confirm.get("/c/<token>/renew")
@link
def renewed(token: str) -> ResponseReturnValue:
    """Whoever comes back to where a button led, after choosing a language say."""
    return redirect(url_for("confirm.ask", token=token), HTTPStatus.SEE_OTHER)


@confirm.post("/c/<token>/renew")
@link
def renew(token: str) -> ResponseReturnValue:
    """Ask for a fresh link; the answer says nothing."""
    rt = runtime()
    with rt.read() as session:
        _question(session, token)
    with rt.work("visitor") as uow:
        target = answers.renew(uow, token, origin(Method.LINK))
        page = _page_of(uow.session, target)
    if page is None or language() not in page.languages:
        return render_template("signup/sent.html", page=None)
    return redirect(
        url_for("signup.sent", page=page.slug, language=language()), HTTPStatus.SEE_OTHER
    )


def _question(session: Session, token: str) -> Question:
    asked = counted(lambda: answers.question(session, token, runtime().clock()))
    greet(subscribers.subscriber(session, asked.address.subscriber_id).locale)
    return asked


def _answered(session: Session, token: str, asked: Question, outcome: Standing) -> str:
    return render_template(
        "signup/answered.html",
        token=token,
        outcome=outcome.value,
        address=asked.address,
        target=asked.target,
        page=_page_of(session, asked.target),
        preferences=preferences_url(asked.address.id),
    )


def _page_of(session: Session, target: Target) -> Page | None:
    """The page one subscribes on: its own, or for a list of no page the first one."""
    if target.page_id is not None:
        return pages.page_by_id(session, target.page_id)
    return next(iter(pages.pages(session)), None)


def _gets(session: Session, asked: Question) -> list[str]:
    """What the subscription will bring, in words; a list brings all there is."""
    if asked.target.kind != "page":
        return []
    choice = choices(session, [asked.subscription])[asked.subscription.id]
    kinds = " · ".join(t(f"signup.category.{each}") for each in names(choice.categories))
    if choice.everything:
        return [t("signup.confirm.everything"), kinds]
    followed = [
        localised(each.name)
        for each in pages.every_section(session, asked.target.id)
        if each.id in choice.sections
    ] + [
        localised(each.name)
        for each in pages.every_component(session, asked.target.id)
        if each.id in choice.components
    ]
    named = signup.events_called(session, choice.events)
    if not followed:
        return [localised(each.title) for each in named]
    followed += [localised(each.title) for each in named]
    return [" · ".join(followed), kinds]
