"""Builds the web application: the shell, every noun's routes, a check that all are guarded."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from types import ModuleType

from apiflask import APIFlask
from flask import Blueprint, Flask
from sqlalchemy import MetaData
from werkzeug.middleware.proxy_fix import ProxyFix

from service.access import guard, keys
from service.db.base import Base
from service.keyfile import secret_keys
from service.runtime import Runtime
from service.web import (
    addresses,
    callers,
    choices,
    context,
    dates,
    health,
    i18n,
    jsons,
    limits,
    looks,
    markdown,
    openapi,
    problems,
    reference,
    shell,
    traces,
)

#: The nouns, from the ground up; those that have views bring blueprints.
NOUNS = (
    "access", "audit", "pages", "lists", "subscribers", "publications", "deliveries", "rollouts",
    "launches", "moderation", "bounces", "events", "hooks", "posts", "signup", "digests",
    "webhooks", "relays", "inbound", "mailbox", "transfers", "status", "metrics",
)  # fmt: skip


def create_app(rt: Runtime, nouns: Sequence[str] = NOUNS) -> APIFlask:
    """Return the web application that works with *rt*, with the routes of *nouns*.

    Raises `RuntimeError` where a route does not say who may call it.
    """
    keys.use(*secret_keys(rt.settings))
    app = APIFlask(
        __name__,
        title="Tocsin",
        version=version("tocsin"),
        spec_path=openapi.PATH,
        docs_path=None,
        static_folder="web/static",
        static_url_path="/-/static",
        template_folder="web/templates",
    )
    app.secret_key, *earlier = keys.every("forms")
    app.config["SECRET_KEY_FALLBACKS"] = earlier
    app.config["WTF_CSRF_SECRET_KEY"] = [*reversed(earlier), app.secret_key]  # the last one signs
    context.set_runtime(app, rt)
    parts = (
        addresses, shell, traces, problems, jsons, i18n, dates, choices, looks, markdown, limits,
        health, openapi, reference, guard,
    )  # fmt: skip
    for part in parts:
        part.install(app)
    for blueprint in _blueprints(nouns):
        app.register_blueprint(blueprint)
    callers.public(app.view_functions["static"])
    callers.public(app.view_functions["openapi.spec"])
    callers.check(app)
    _behind_proxies(app, rt.settings.trusted_proxies)
    return app


def load_models(nouns: Sequence[str] = NOUNS) -> MetaData:
    """Return the tables of all *nouns*."""
    for noun in nouns:
        name = f"service.{noun}.models"
        if importlib.util.find_spec(f"service.{noun}") and importlib.util.find_spec(name):
            importlib.import_module(name)
    return Base.metadata


def _blueprints(nouns: Sequence[str]) -> Iterator[Blueprint]:
    for noun in nouns:
        for module in _views(noun):
            yield from (it for it in vars(module).values() if isinstance(it, Blueprint))


def _views(noun: str) -> Iterator[ModuleType]:
    name = f"service.{noun}.views"
    if importlib.util.find_spec(f"service.{noun}") and importlib.util.find_spec(name):
        module = importlib.import_module(name)
        yield module
        for each in pkgutil.iter_modules(getattr(module, "__path__", ())):
            yield importlib.import_module(f"{name}.{each.name}")


def _behind_proxies(app: Flask, count: int) -> None:
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
