"""Hooks for monitoring tools: the sender behind their API key decides what becomes of it."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import NotFound, invalid
from service.hooks import actions, queries
from service.hooks.actions import Effect, Received
from service.hooks.models import Hook
from service.hooks.reading import of_alertmanager, of_mapping
from service.pages import queries as pages
from service.web.callers import api_key
from service.web.context import caller, runtime
from service.web.forms import parse
from service.web.parsing import Line, Slug

api = APIBlueprint("hooks_api", __name__, url_prefix="/api/v1/hooks", tag="Hooks")

_Place = Annotated[str, Line(200, least=0)]


class MappingIn(BaseModel):
    """Where in a tool's JSON things stand, as `data.incident.id` or `alerts.0.name`."""

    model_config = ConfigDict(extra="forbid")

    key: _Place = Field(description="The tool's own name for the trouble: what is deduplicated by.")
    status: _Place = Field(description="`resolved`, `ok`, `up`, `closed`… end it.")
    title: _Place
    body: _Place = ""
    component: _Place = Field("", description="Where the service's name stands.")
    fixed_component: _Place = Field("", description="A service's name, where the tool says none.")
    severity: _Place = Field("", description="`critical`, `major`, `warning`, …")
    over: _Place = Field("", description="The tool's own word for over.")


class HookIn(BaseModel):
    """A generic hook."""

    model_config = ConfigDict(extra="forbid")

    page: Slug
    mapping: MappingIn


class HookOut(BaseModel):
    """A generic hook and where its tool posts to."""

    name: str
    page: str
    mapping: dict[str, str]
    url: str


class HooksOut(BaseModel):
    """Every generic hook."""

    hooks: list[HookOut]


class ReceivedOut(BaseModel):
    """What became of what a tool said."""

    effect: Effect
    event: str | None = None
    publication: str | None = None
    state: str | None = Field(None, description="Of the publication: held, or approved.")


class _Name(BaseModel):
    name: Slug


@api.post("/alertmanager/<page>")
@idempotent
@api.output(ReceivedOut)
@api.doc(summary="Take a webhook of Prometheus Alertmanager")
@api_key(Scope.SUBMIT)
def alertmanager(page: str) -> ResponseReturnValue:
    """Alerts name services by the label `component`; one group is one incident."""
    said = of_alertmanager(_document())
    rt = runtime()
    with rt.work(caller().by) as uow:
        return remember(uow, _out(actions.receive(uow, rt.settings, page, "alertmanager", said)))


@api.post("/in/<name>")
@idempotent
@api.output(ReceivedOut)
@api.doc(summary="Take what a tool posts, by a hook's mapping")
@api_key(Scope.SUBMIT)
def generic(name: str) -> ResponseReturnValue:
    """The mapping says where in the tool's JSON things stand."""
    rt, document = runtime(), _document()
    with rt.work(caller().by) as uow:
        hook = queries.by_name(uow.session, name)
        page = pages.page_by_id(uow.session, hook.page_id) if hook else None
        if hook is None or page is None or hook.retired_at is not None:
            raise NotFound(f"there is no hook {name}")
        said = of_mapping(document, hook.mapping)
        received = actions.receive(uow, rt.settings, page.slug, f"hook-{hook.id}", said)
        return remember(uow, _out(received))


@api.get("")
@api.output(HooksOut)
@api.doc(summary="List hooks")
@api_key(Scope.PAGES)
def list_hooks() -> HooksOut:
    """Those in use."""
    with runtime().read() as session:
        found = queries.hooks(session)
        slugs = {each.id: each.slug for each in pages.every_page(session)}
        return HooksOut(hooks=[_hook(each, slugs[each.page_id]) for each in found])


@api.put("/<name>")
@api.input(HookIn)
@api.output(HookOut)
@api.doc(summary="Create or change a hook")
@api_key(Scope.PAGES)
def put_hook(name: str, json_data: HookIn) -> HookOut:
    """Which tool's JSON becomes incidents on which page, and how."""
    parse(_Name, {"name": name})
    mapping = {key: path for key, path in json_data.mapping.model_dump().items() if path}
    with runtime().work(caller().by) as uow:
        return _hook(actions.save(uow, name, json_data.page, mapping), json_data.page)


@api.delete("/<name>")
@api.output({}, status_code=204)
@api.doc(summary="Retire a hook")
@api_key(Scope.PAGES)
def delete_hook(name: str) -> ResponseReturnValue:
    """What it opened stays."""
    with runtime().work(caller().by) as uow:
        actions.retire(uow, name)
    return "", 204


def _document() -> dict[str, Any]:
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        raise invalid("", "send a JSON object", "not_json")
    return document


def _hook(hook: Hook, page: str) -> HookOut:
    there = f"{runtime().settings.public_url}/api/v1/hooks/in/{hook.name}"
    return HookOut(name=hook.name, page=page, mapping=hook.mapping, url=there)


def _out(received: Received) -> ReceivedOut:
    if received.held is None:
        return ReceivedOut(effect=received.effect)
    publication = received.held.publication
    return ReceivedOut(
        effect=received.effect,
        event=received.held.event.public_id,
        publication=publication.public_id,
        state=publication.state,
    )
