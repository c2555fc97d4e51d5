"""Launches for programs."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.db.unit_of_work import UnitOfWork
from service.launches import actions, queries
from service.launches.finding import found_launch
from service.launches.plan import LaunchPlan
from service.launches.reporting import report
from service.launches.standing import standing
from service.launches.views.schemas import (
    LaunchesOut,
    LaunchOut,
    ReportOut,
    SeedIn,
    TestedOut,
    WordIn,
    launch_out,
    report_out,
)
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("launches_api", __name__, url_prefix="/api/v1/launches", tag="Launches")


@api.get("")
@api.output(LaunchesOut)
@api.doc(summary="List launch plans")
@api_key(Scope.ROLLOUTS)
def list_launches() -> LaunchesOut:
    """Newest first, with their checklists."""
    with runtime().read() as session:
        found = [launch_out(standing(session, each)) for each in queries.launches(session)]
    return LaunchesOut(launches=found)


@api.post("")
@idempotent
@api.input(LaunchPlan)
@api.output(LaunchOut)
@api.doc(summary="Make a launch plan be what it says; ticks and tests stay")
@api_key(Scope.ROLLOUTS)
def apply_launch(json_data: LaunchPlan) -> ResponseReturnValue:
    """Parties, checks, risks and criteria that are left out are preset."""
    with runtime().work(caller().by) as uow:
        actions.apply(uow, json_data)
        return _answer(uow, json_data.slug)


@api.get("/<slug>")
@api.output(LaunchOut)
@api.doc(summary="Read a launch plan and how far it is")
@api_key(Scope.ROLLOUTS)
def show_launch(slug: str) -> LaunchOut:
    """`blocking` names what keeps its message from being approved."""
    with runtime().read() as session:
        return launch_out(found_launch(session, slug))


@api.get("/<slug>/report")
@api.output(ReportOut)
@api.doc(summary="Read the report of a launch: its success criteria, measured")
@api_key(Scope.ROLLOUTS)
def show_report(slug: str) -> ReportOut:
    """Final once its rollout is over."""
    with runtime().read() as session:
        seen = found_launch(session, slug)
        return report_out(report(session, seen))


@api.post("/<slug>/checks/<key>/done")
@idempotent
@api.input(WordIn)
@api.output(LaunchOut)
@api.doc(summary="Tick a check")
@api_key(Scope.ROLLOUTS)
def tick_check(slug: str, key: str, json_data: WordIn) -> ResponseReturnValue:
    """What is found out by itself cannot be ticked."""
    return _acted(actions.tick, slug, key, json_data.comment)


@api.post("/<slug>/checks/<key>/waive")
@idempotent
@api.input(WordIn)
@api.output(LaunchOut)
@api.doc(summary="Go without a check, for a reason")
@api_key(Scope.ROLLOUTS)
def waive_check(slug: str, key: str, json_data: WordIn) -> ResponseReturnValue:
    """The comment is needed."""
    return _acted(actions.waive, slug, key, json_data.comment)


@api.post("/<slug>/checks/<key>/reopen")
@idempotent
@api.input(WordIn)
@api.output(LaunchOut)
@api.doc(summary="Take a tick or a waiver back")
@api_key(Scope.ROLLOUTS)
def reopen_check(slug: str, key: str, json_data: WordIn) -> ResponseReturnValue:
    """404 where there is none."""
    return _acted(actions.reopen, slug, key, json_data.comment)


@api.post("/<slug>/tests")
@idempotent
@api.output(TestedOut)
@api.doc(summary="Send the content as it is to the seed addresses that lack it")
@api_key(Scope.ROLLOUTS)
def send_tests(slug: str) -> ResponseReturnValue:
    """Changed content is another content: it is tested anew."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        return remember(uow, TestedOut(sent=actions.send_tests(uow, rt.channels, slug)))


@api.post("/<slug>/tests/acknowledge")
@idempotent
@api.input(SeedIn)
@api.output(LaunchOut)
@api.doc(summary="Say that the test was seen at an address")
@api_key(Scope.ROLLOUTS)
def acknowledge_test(slug: str, json_data: SeedIn) -> ResponseReturnValue:
    """It counts for the content as it is."""
    return _acted(actions.acknowledge, slug, json_data.address)


@api.post("/<slug>/trouble")
@idempotent
@api.input(WordIn)
@api.output(LaunchOut)
@api.doc(summary="Say that a launch is in trouble: its parties on standby are told")
@api_key(Scope.ROLLOUTS)
def declare_trouble(slug: str, json_data: WordIn) -> ResponseReturnValue:
    """The comment is needed. Nothing is paused by it, and it may come before there is a message."""
    return _acted(actions.declare_trouble, slug, json_data.comment)


def _acted(act: Callable[..., object], slug: str, *wish: str) -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        act(uow, slug, *wish)
        return _answer(uow, slug)


def _answer(uow: UnitOfWork, slug: str) -> ResponseReturnValue:
    uow.session.flush()
    return remember(uow, launch_out(found_launch(uow.session, slug)))
