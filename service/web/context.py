"""What a view may ask of its surroundings: the runtime, the caller, the console's navigation."""

from dataclasses import dataclass, field
from typing import Any, cast

from flask import Blueprint, Flask, current_app, g

from service.runtime import Runtime
from service.web.callers import CallerKind, includes

_RUNTIME = "tocsin.runtime"
_NAVIGATION = "tocsin.navigation"
_EDITORS = "tocsin.editors"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent this request, as far as it was proved."""

    by: str  # for `rt.work(by=…)`: `staff:3`, `key:7`, `visitor`
    kind: CallerKind = CallerKind.PUBLIC
    id: int = 0
    name: str = ""
    role: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    def may(self, role: str) -> bool:
        """Whether this is a member of staff with *role* or one above it."""
        return self.kind is CallerKind.STAFF and includes(self.role, role)


VISITOR = Caller("visitor")


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the console's navigation."""

    endpoint: str  # `moderation_console.queue`
    label: str  # a key of the catalogue
    role: str  # who sees it, and everybody above
    position: int  # ascending; tens, so that others fit in between


def runtime() -> Runtime:
    """Return the service's view of the outside world."""
    return runtime_of(current_app)


def runtime_of(app: Flask) -> Runtime:
    """Return what the views of *app* work with."""
    return cast(Runtime, app.extensions[_RUNTIME])


def set_runtime(app: Flask, rt: Runtime) -> None:
    """Let the views of *app* work with *rt*."""
    app.extensions[_RUNTIME] = rt


def caller() -> Caller:
    """Return who sent the request; a visitor unless the route asked for more."""
    return cast(Caller, g.get("caller", VISITOR))


def absolute(path: str) -> str:
    """Return the address of *path* as the outside reaches it, whatever Host the request named."""
    return runtime().settings.public_url + path


def add_navigation(blueprint: Blueprint, item: NavItem) -> None:
    """Show *item* in the console of every app that registers *blueprint*."""
    blueprint.record(lambda state: _items(state.app).append(item))


def navigation() -> list[NavItem]:
    """Return the entries this caller may see, in order."""
    seen = [item for item in _items(current_app) if caller().may(item.role)]
    return sorted(seen, key=lambda item: (item.position, item.endpoint))


def add_editor(blueprint: Blueprint, kind: str, endpoint: str) -> None:
    """Let *endpoint*, which takes a `publication_id`, edit held publications about a *kind*.

    The kind is the word before the colon of their subject: `list:…`, `event:…`.
    """
    blueprint.record(lambda state: _editors(state.app).update({kind: endpoint}))


def editor(subject: str) -> str | None:
    """Return the endpoint that edits a held publication about *subject*, if there is one."""
    return _editors(current_app).get(subject.partition(":")[0])


def _editors(app: Any) -> dict[str, str]:
    return cast(dict[str, str], app.extensions.setdefault(_EDITORS, {}))


def _items(app: Any) -> list[NavItem]:
    return cast(list[NavItem], app.extensions.setdefault(_NAVIGATION, []))
