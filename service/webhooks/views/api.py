"""Endpoints for programs: settings, secrets, tests, the log, replay, the catalogue, catching up."""

import json
from collections import Counter

from apiflask import APIBlueprint
from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.webhook.catalogue import KINDS, Kind, example, example_message, examples_of, schema
from channels.webhook.formats import Bodies, Format
from channels.webhook.payload import content
from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import NotFound
from service.publications.freezing import thaw
from service.signup.actions import endpoints
from service.web.callers import api_key, public
from service.web.context import absolute, caller, runtime
from service.webhooks import queries, queries_replay
from service.webhooks.actions import outbox, replaying, settings
from service.webhooks.models import Endpoint
from service.webhooks.views.schemas import (
    AttemptsOut,
    AttemptsQuery,
    ChangeIn,
    KindNameOut,
    KindOut,
    KindsOut,
    ReplayedOut,
    ReplayIn,
    RotateIn,
    SecretOut,
    SentOut,
    SettingsOut,
    StreamOut,
    StreamQuery,
    TestIn,
    place_of,
)
from service.webhooks.views.shown import attempt_out, settings_out, shown

api = APIBlueprint("webhooks_api", __name__, url_prefix="/api/v1", tag="Webhooks")
AT_ONCE = 50
PLACE = "/endpoints/<int:endpoint_id>"


@api.get(f"{PLACE}/settings")
@api.output(SettingsOut)
@api.doc(summary="Read how an endpoint does")
@api_key(Scope.SUBSCRIBERS)
def read(endpoint_id: int) -> SettingsOut:
    """Its format, how it stands, and since when it fails, if it does."""
    with runtime().read() as session:
        return _out(session, endpoint_id)


@api.patch(f"{PLACE}/settings")
@api.input(ChangeIn)
@api.output(SettingsOut)
@api.doc(summary="Change an endpoint's label, format, or what it watches")
@api_key(Scope.SUBSCRIBERS)
def change(endpoint_id: int, json_data: ChangeIn) -> SettingsOut:
    """What is left out stays."""
    with runtime().work(caller().by) as uow:
        found = endpoints.endpoint(uow.session, endpoint_id)
        settings.change(uow, settings.claim(uow, found.address), json_data.wish())
        uow.session.flush()
        return _out(uow.session, endpoint_id)


@api.post(f"{PLACE}/secret")
@idempotent
@api.input(RotateIn)
@api.output(SecretOut, status_code=201)
@api.doc(summary="Give an endpoint a new secret")
@api_key(Scope.SUBSCRIBERS)
def rotate(endpoint_id: int, json_data: RotateIn) -> ResponseReturnValue:
    """Both sign until `old_secret_until`, the newer one first."""
    with runtime().work(caller().by) as uow:
        found = endpoints.endpoint(uow.session, endpoint_id)
        endpoint = settings.claim(uow, found.address)
        secret = settings.rotate(uow, endpoint, json_data.overlap())
        out = SecretOut(secret=secret, old_secret_until=endpoint.retires_at)
        return remember(uow, out, 201)


@api.post(f"{PLACE}/<any(pause, resume):step>")
@idempotent
@api.output(SettingsOut)
@api.doc(summary="Stop telling an endpoint for a while, or tell it again")
@api_key(Scope.SUBSCRIBERS)
def steer(endpoint_id: int, step: str) -> ResponseReturnValue:
    """What happens meanwhile is recorded as skipped and can be replayed."""
    with runtime().work(caller().by) as uow:
        found = endpoints.endpoint(uow.session, endpoint_id)
        take = settings.pause if step == "pause" else settings.resume
        take(uow, settings.claim(uow, found.address))
        uow.session.flush()
        return remember(uow, _out(uow.session, endpoint_id), 200)


@api.post(f"{PLACE}/test")
@idempotent
@api.input(TestIn)
@api.output(SentOut, status_code=202)
@api.doc(summary="Send an endpoint an example")
@api_key(Scope.SUBSCRIBERS)
def test(endpoint_id: int, json_data: TestIn) -> ResponseReturnValue:
    """Signed as any other; what came of it is in the log."""
    with runtime().work(caller().by) as uow:
        found = endpoints.endpoint(uow.session, endpoint_id)
        example = examples_of(KINDS[json_data.type])
        (put,) = outbox.put(uow, [found.address.id], outbox.TEST, example)
        return remember(uow, SentOut(id=put.parcel), 202)


@api.post(f"{PLACE}/replay")
@idempotent
@api.input(ReplayIn)
@api.output(ReplayedOut, status_code=202)
@api.doc(summary="Tell an endpoint again")
@api_key(Scope.SUBSCRIBERS)
def replay(endpoint_id: int, json_data: ReplayIn) -> ResponseReturnValue:
    """What it missed, all, or the newest word of each event; with `dry_run`, only how much."""
    with runtime().work(caller().by) as uow:
        found = endpoints.endpoint(uow.session, endpoint_id)
        endpoint, wish = settings.claim(uow, found.address), json_data.wish(uow.now)
        types = Counter(each.kind for each in replaying.chosen(uow.session, endpoint, wish))
        if not json_data.dry_run:
            replaying.replay(uow, endpoint, wish)
        out = ReplayedOut(count=types.total(), dry_run=json_data.dry_run, types=dict(types))
        return remember(uow, out, 202)


@api.get(f"{PLACE}/attempts")
@api.input(AttemptsQuery, location="query")
@api.output(AttemptsOut)
@api.doc(summary="Read the log of an endpoint's attempts")
@api_key(Scope.SUBSCRIBERS)
def attempts(endpoint_id: int, query_data: AttemptsQuery) -> AttemptsOut:
    """Request, answer, timings, resolved address, next try and why; newest first."""
    with runtime().read() as session:
        found = endpoints.endpoint(session, endpoint_id)
        log = queries.attempts(session, found.address.id, query_data.before, AT_ONCE + 1)
        older = None
        if len(log) > AT_ONCE:
            before = log[AT_ONCE - 1].id
            path = url_for("webhooks_api.attempts", endpoint_id=endpoint_id, before=before)
            older = absolute(path)
        return AttemptsOut(attempts=[attempt_out(each) for each in log[:AT_ONCE]], next=older)


@api.get("/webhooks/types")
@api.output(KindsOut)
@api.doc(summary="Name the types of events")
@public
def kinds() -> KindsOut:
    """Every type that endpoints are told, with the address of its schema."""
    return KindsOut(
        types=[
            KindNameOut(
                type=it.type,
                description=it.says,
                for_operators=it.for_operators,
                schema_url=absolute(url_for("webhooks_api.kind", kind=it.type)),
            )
            for it in KINDS.values()
        ]
    )


@api.get("/webhooks/types/<kind>")
@api.output(KindOut)
@api.doc(summary="Read the schema of a type of event")
@public
def kind(kind: str) -> KindOut:
    """Its JSON Schema, and one example in each format."""
    if kind not in KINDS:
        raise NotFound(f"there is no type {kind}")
    return _kind(KINDS[kind])


@api.get("/events/stream")
@api.input(StreamQuery, location="query")
@api.output(StreamOut)
@api.doc(summary="Catch up on what was published")
@api_key(Scope.SUBSCRIBERS)
def stream(query_data: StreamQuery) -> StreamOut:
    """The standard bodies of webhooks, oldest first, for whoever missed some."""
    rt = runtime()
    with rt.read() as session:
        found = queries_replay.stream(session, query_data.place(), rt.clock(), query_data.limit)
        last = place_of(found[-1].at, found[-1].number) if found else query_data.after
        return StreamOut(events=[content(thaw(each.content)) for each in found], next=last)


def _out(session: Session, endpoint_id: int) -> SettingsOut:
    found = endpoints.endpoint(session, endpoint_id)
    row = queries.endpoint(session, found.address.id)
    fresh = Endpoint(address_id=found.address.id, public_id="", label="", watches=[])
    return settings_out(session, shown(session, row or fresh))


def _kind(it: Kind) -> KindOut:
    bodies = Bodies.of_notice(example(it)) if it.for_operators else Bodies.of(example_message(it))
    return KindOut(
        type=it.type,
        description=it.says,
        for_operators=it.for_operators,
        json_schema=schema(it),
        examples={each.value: json.loads(bodies.in_format(each)) for each in Format},
    )
