"""The API for people: `/api/v1/docs`, made from its own description, without a script."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from apiflask import APIFlask
from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from service.errors import NotFound
from service.web.callers import public
from service.web.context import absolute
from service.web.examples import Schema, example, kind_of, resolved

PATH = "/api/v1/docs"
METHODS = ("get", "post", "put", "patch", "delete")
_CHAPTERS = "tocsin.reference"
SECONDS = 300  # a page of it may be old


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a body."""

    name: str
    where: str  # path, query, header, body
    kind: str
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status and what comes with it."""

    status: str
    about: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that programs can do."""

    anchor: str
    method: str
    path: str
    title: str
    about: str
    scope: str | None  # None: no key is needed
    fields: Sequence[Field]
    request: str
    answers: Sequence[Answer]
    refusals: Sequence[str]


def install(app: APIFlask) -> None:
    """Give *app* these pages."""
    hidden = app.doc(hide=True)  # the description is of what programs do
    app.add_url_rule(PATH, "reference.contents", hidden(contents))
    app.add_url_rule(f"{PATH}/<tag>", "reference.chapter", hidden(chapter))


@public
def contents() -> ResponseReturnValue:
    """What there is, how to call it, how refusals look."""
    found = _known_chapters()
    page = render_template("reference/contents.html", chapters=found, root=absolute(""))
    return page, {"Cache-Control": f"public, max-age={SECONDS}"}


@public
def chapter(tag: str) -> ResponseReturnValue:
    """Every operation on one kind of thing."""
    found = _known_chapters()
    if tag not in found:
        raise NotFound(f"there is no chapter {tag}")
    page = render_template("reference/chapter.html", chapters=found, tag=tag)
    return page, {"Cache-Control": f"public, max-age={SECONDS}"}


def chapters(description: Schema) -> Mapping[str, Sequence[Operation]]:
    """Return the operations of an API by tag, in the order of the description."""
    found: dict[str, list[Operation]] = {each["name"]: [] for each in description["tags"]}
    known = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for method in METHODS:
            if operation := methods.get(method):
                made = _operation(method, path, operation, known)
                found.setdefault(operation["tags"][0], []).append(made)
    return {tag: operations for tag, operations in found.items() if operations}


def _known_chapters() -> Mapping[str, Sequence[Operation]]:
    """The chapters of this application: the same for all its life, and slow to make."""
    kept = current_app.extensions
    if _CHAPTERS not in kept:
        kept[_CHAPTERS] = chapters(cast(APIFlask, current_app).spec)  # type: ignore[arg-type]
    return cast(Mapping[str, Sequence[Operation]], kept[_CHAPTERS])


def _operation(method: str, path: str, given: Schema, known: Schema) -> Operation:
    body = given.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = list(_answers(given["responses"], known))
    return Operation(
        anchor=f"{method}{path.replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        title=given.get("summary", ""),
        about=given.get("description", ""),
        scope=given.get("x-scope", "") if "security" in given else None,
        fields=[*_parameters(given, known), *_fields(body.get("schema"), known)],
        request=_request(method, path, given, body.get("schema"), known),
        answers=[each for each in answers if each.status < "3"],
        refusals=[each.status for each in answers if each.status >= "3"],
    )


def _parameters(given: Schema, known: Schema) -> Iterator[Field]:
    for each in given.get("parameters", ()):
        schema = each.get("schema", {})
        about = each.get("description") or schema.get("description", "")
        required = each.get("required", False)
        yield Field(each["name"], each["in"], kind(schema, known), required, about)


def _fields(schema: Schema | None, known: Schema) -> Iterator[Field]:
    found = resolved(schema or {}, known)
    for name, each in found.get("properties", {}).items():
        required = name in found.get("required", ())
        yield Field(name, "body", kind(each, known), required, each.get("description", ""))


def kind(schema: Schema, known: Schema) -> str:
    """Say in a word or two what a value is."""
    found = resolved(schema, known)
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    simple = kind_of(found)
    if simple == "array":
        return f"list of {kind(found.get('items', {}), known)}"
    if simple == "object" and set(found.get("properties", ())) == {"fr", "en"}:
        return "text by language"
    return str(found.get("format", "text")) if simple == "string" else simple or "any"


def _request(method: str, path: str, given: Schema, schema: Schema | None, known: Schema) -> str:
    place = path
    for each in given.get("parameters", ()):
        if each["in"] == "path":
            value = example(each.get("schema", {}), known, each["name"].removesuffix("_id"))
            place = place.replace(f"{{{each['name']}}}", str(value))
    parts = [f"curl -s {absolute('')}{place}"]
    if method != "get":
        parts[0] += f" -X {method.upper()}"
    if "security" in given:
        parts.append('-H "Authorization: Bearer $KEY"')
    if schema is not None:
        body = json.dumps(example(schema, known, whole=False), ensure_ascii=False, indent=2)
        quoted = body.replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(parts)


def _answers(responses: Mapping[str, Any], known: Schema) -> Iterator[Answer]:
    for status, each in sorted(responses.items()):
        schema = each.get("content", {}).get("application/json", {}).get("schema")
        shown = example(schema, known) if schema else None
        text = json.dumps(shown, ensure_ascii=False, indent=2) if shown else ""
        about = each.get("description", "")
        if about == "Successful response":
            about = HTTPStatus(int(status)).phrase
        yield Answer(status, about, text)
