"""What moderators' forms do: decide, claim, put off, test, review."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Forbidden, Invalid, invalid
from service.moderation import actions, handling
from service.moderation.testing import send_test
from service.moderation.views.console import page
from service.moderation.views.schemas import ApproveIn, DeferForm, TestForm, VerdictIn
from service.publications.models import Publication, PublicationState
from service.rollouts.queries import states
from service.web.callers import staff
from service.web.context import caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

desk = Blueprint("deciding", __name__, url_prefix="/console/moderation")

_VERDICTS = {
    "approve": lambda uow, key, wish: actions.approve(
        uow, key, wish.hash, wish.comment, wish.undo_minutes
    ),
    "reject": lambda uow, key, wish: actions.reject(uow, key, wish.hash, wish.comment),
    "discard": lambda uow, key, wish: actions.discard(uow, key, wish.hash, wish.comment),
}
_CLAIMS = {"claim": handling.claim, "release": handling.release}


@desk.post("/<publication_id>")
@staff("moderator")
def decide(publication_id: str) -> ResponseReturnValue:
    """Approve, reject or discard what was seen."""
    verdict = request.form.get("verdict", "")
    ended: list[str] = []

    def act(uow: UnitOfWork) -> str:
        if verdict not in _VERDICTS:
            raise invalid("/verdict", f"use one of {', '.join(_VERDICTS)}", "unknown_choice")
        wish = parse_form(ApproveIn, request.form)
        publication = _VERDICTS[verdict](uow, publication_id, wish)
        rollout = states.of_publication(uow.session, publication.id)
        ended.append(rollout.public_id if rollout else "")
        return t(_done(verdict, publication))

    answer = _acted(publication_id, act)
    if not ended:
        return answer
    if verdict == "approve" and ended[0]:
        return redirect(url_for("rollouts.show", rollout_id=ended[0]), 303)
    return redirect(url_for("moderation.queue"), 303)


@desk.post("/<publication_id>/<any(claim, release):step>")
@staff("moderator")
def claim(publication_id: str, step: str) -> ResponseReturnValue:
    """Tell the others that one is at it, or no longer."""

    def act(uow: UnitOfWork) -> str:
        _CLAIMS[step](uow, publication_id, parse_form(VerdictIn, request.form).hash)
        return t(f"moderation.done.{step}")

    return _acted(publication_id, act)


@desk.post("/<publication_id>/defer")
@staff("moderator")
def defer(publication_id: str) -> ResponseReturnValue:
    """Put the decision off."""

    def act(uow: UnitOfWork) -> str:
        wish = parse_form(DeferForm, request.form)
        handling.defer(uow, publication_id, wish.hash, uow.now + wish.wait, wish.comment)
        return t("moderation.done.defer")

    return _acted(publication_id, act)


@desk.post("/<publication_id>/test")
@staff("moderator")
def test(publication_id: str) -> ResponseReturnValue:
    """Send it to a few chosen addresses, marked as a test."""

    def act(uow: UnitOfWork) -> str:
        wish = parse_form(TestForm, request.form)
        count = send_test(
            uow, runtime().channels, publication_id, wish.hash, tuple(dict.fromkeys(wish.to))
        )
        return t("moderation.done.test", count=count)

    return _acted(publication_id, act)


@desk.post("/<publication_id>/review")
@staff("moderator")
def review(publication_id: str) -> ResponseReturnValue:
    """Say what one thinks of what left in a hurry."""

    def act(uow: UnitOfWork) -> str:
        actions.review(uow, publication_id, parse_form(VerdictIn, request.form).comment)
        return t("moderation.done.review")

    return _acted(publication_id, act)


def _acted(publication_id: str, act: Callable[[UnitOfWork], str]) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            done = act(uow)
    except Invalid as refusal:
        return page(publication_id, refusal.faults), 422
    except (Conflict, Forbidden) as refused:
        flash(t(f"moderation.conflict.{refused.code}"), "bad")
    else:
        flash(done, "good")
    return redirect(url_for("moderation.show", publication_id=publication_id), 303)


def _done(verdict: str, publication: Publication) -> str:
    if verdict == "approve" and publication.state is PublicationState.HELD:
        return "moderation.done.agreed"
    return f"moderation.done.{verdict}"
