"""The description of the API: OpenAPI 3.1, made from the routes, their models and their marks."""

from collections.abc import Iterator
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from apiflask import APIFlask
from flask import current_app

from service.web.callers import CallerKind, Mark, mark_of
from service.web.problems import MEDIA_TYPE

PATH = "/api/v1/openapi.json"
KEY = "apiKey"
OF_ALL = "Service"  # the tag of what belongs to no noun

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "One entry a field that cannot be used.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)."},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}

_EVERYWHERE = (
    HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE,
)  # fmt: skip
_WITH_KEY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_ABOUT_SOMETHING = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key with the same body gets the same answer, and acts once.",
}


def install(app: APIFlask) -> None:
    """Describe *app*'s API at `PATH`."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        SECURITY_SCHEMES={KEY: {"type": "http", "scheme": "bearer"}},
        VALIDATION_ERROR_STATUS_CODE=HTTPStatus.UNPROCESSABLE_ENTITY.value,
    )
    app.spec_processor(complete)


def complete(spec: Any) -> Any:
    """Add to APIFlask's description who may call, and how refusals look."""
    # Two blueprints of one noun may bear one name.
    tags = {tag["name"]: tag for tag in [*spec.get("tags", []), {"name": OF_ALL}]}
    spec["tags"] = list(tags.values())
    spec.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for rule in current_app.url_map.iter_rules():
        path = spec["paths"].get(_templated(rule.rule), {})
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            if operation := path.get(method.lower()):
                view = current_app.view_functions[rule.endpoint]
                _complete(operation, method, mark_of(view))
                operation.setdefault("tags", [OF_ALL])
                _explain(operation, getdoc(view) or "")
    return spec


def _complete(operation: dict[str, Any], method: str, mark: Mark | None) -> None:
    with_key = mark is not None and mark.kind is CallerKind.API_KEY
    if mark is not None and with_key:
        operation["security"] = [{KEY: []}]
        if mark.need:
            operation["x-scope"] = mark.need
    if with_key and method == "POST":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    for status in _refusals(operation, method, with_key=with_key):
        operation["responses"].setdefault(
            str(status.value),
            {
                "description": status.phrase,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )


def _explain(operation: dict[str, Any], words: str) -> None:
    """Take a view's own words along where its summary says something else."""
    if words and words != operation.get("summary"):
        operation.setdefault("description", words)


def _refusals(operation: dict[str, Any], method: str, *, with_key: bool) -> Iterator[HTTPStatus]:
    yield from _EVERYWHERE
    if with_key:
        yield from _WITH_KEY
    if operation.get("requestBody") or operation.get("parameters"):
        yield from _ABOUT_SOMETHING
    if operation.get("requestBody"):
        yield from _WITH_BODY
    if method != "GET":
        yield HTTPStatus.CONFLICT


def _templated(rule: str) -> str:
    """Return Flask's `/x/<int:id>` as OpenAPI's `/x/{id}`."""
    steps = []
    for step in rule.split("/"):
        name = step.removeprefix("<").removesuffix(">").rpartition(":")[2]
        steps.append(f"{{{name}}}" if step.startswith("<") else step)
    return "/".join(steps)
