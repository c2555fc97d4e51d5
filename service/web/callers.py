"""Markers that say who may call a view; one without a marker keeps the service from starting."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., object])

#: What staff may be, from the least to the most; each includes the ones before it.
ROLES = ("viewer", "author", "moderator", "admin")

_MARK = "_tocsin_caller"


class CallerKind(StrEnum):
    """What proves that a caller may call."""

    PUBLIC = "public"  # nothing
    FORM = "form"  # nothing, but the form must be ours: a CSRF token
    API_KEY = "api_key"  # a key with a scope
    STAFF = "staff"  # a signed-in member of staff with a role
    LINK = "link"  # a signed link in the address


@dataclass(frozen=True, slots=True)
class Mark:
    """Who may call a view."""

    kind: CallerKind
    need: str = ""  # the scope of a key, the role of staff


def public(view: View) -> View:
    """Anybody may call this; whatever it does could be done with a bare HTTP client as well."""
    return _marked(view, Mark(CallerKind.PUBLIC))


def public_form(view: View) -> View:
    """Anybody may call this, but only from a form of ours: a POST needs its CSRF token."""
    return _marked(view, Mark(CallerKind.FORM))


def link(view: View) -> View:
    """The signed link in the address is the authority; the view redeems it."""
    return _marked(view, Mark(CallerKind.LINK))


def api_key(scope: str = "") -> Callable[[View], View]:
    """Programs with an API key that has *scope* (any key where it is empty) may call this."""
    return lambda view: _marked(view, Mark(CallerKind.API_KEY, str(scope)))


def staff(role: str = ROLES[0]) -> Callable[[View], View]:
    """Signed-in staff with *role*, or one above it, may call this."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role: use one of {', '.join(ROLES)}")
    return lambda view: _marked(view, Mark(CallerKind.STAFF, str(role)))


def mark_of(view: object) -> Mark | None:
    """Return who may call *view*, if it says so."""
    return getattr(view, _MARK, None)


def includes(role: str, needed: str) -> bool:
    """Whether *role* may do what *needed* may."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def check(app: Flask) -> None:
    """Make sure that every route says who may call it; raises `RuntimeError` naming the others."""
    silent = sorted(name for name, view in app.view_functions.items() if mark_of(view) is None)
    if silent:
        raise RuntimeError(f"these views do not say who may call them: {', '.join(silent)}")


def _marked(view: View, mark: Mark) -> View:
    setattr(view, _MARK, mark)  # `functools.wraps` carries it through other decorators
    return view
