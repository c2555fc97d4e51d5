"""These tests need no noun's routes but the ones that let people in."""

from collections.abc import Callable, Sequence

import pytest
from apiflask import APIFlask
from flask.typing import ResponseReturnValue

from service.app import create_app
from service.web.callers import public

View = Callable[[], ResponseReturnValue]


@pytest.fixture
def nouns() -> Sequence[str]:
    return ("access",)


@pytest.fixture
def app(rt, nouns) -> APIFlask:
    """One of each test's own: they add routes."""
    return create_app(rt, nouns)


@pytest.fixture
def at(app) -> Callable[..., None]:
    """Add a route of this test's own: `at("/x", view)`."""

    def add(path: str, view: View, mark: Callable[[View], View] = public, **options) -> None:
        app.add_url_rule(path, f"test{path}", mark(view), **options)

    return add
