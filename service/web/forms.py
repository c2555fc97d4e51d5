"""Bodies and forms into models; what does not fit comes back as faults, field by field."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from service.errors import Fault, Invalid

Model = TypeVar("Model", bound=BaseModel)
_BOX = {"true": True, "false": False}


def parse(model: type[Model], data: Any) -> Model:
    """Return *data* as a *model*; raises `Invalid` with one fault a field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Invalid(faults_of(error)) from None


def parse_form(model: type[Model], form: MultiDict[str, str]) -> Model:
    """Return what was filled in as a *model*; a field left empty counts as not sent.

    `title.fr` is the key `fr` of the field `title`. Raises `Invalid`.
    """
    return parse(model, _values(model, form))


def faults_of(error: ValidationError) -> list[Fault]:
    """Translate pydantic's errors; never the value, it may be a secret."""
    return [Fault(_pointer(each["loc"]), _detail(each), each["type"]) for each in error.errors()]


def fault_at(faults: Sequence[Fault], name: str) -> Fault | None:
    """Return the first fault of the form's field *name*, or of something in it."""
    pointer = "/" + name.replace(".", "/")
    return next((each for each in faults if f"{each.pointer}/".startswith(f"{pointer}/")), None)


def _values(model: type[BaseModel], form: MultiDict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in form:
        name, _, part = key.partition(".")
        given = [each for each in form.getlist(key) if each != ""]
        if name not in model.model_fields or not given:
            continue
        if part:
            values.setdefault(name, {})[part] = given[0]
        elif _takes_many(model, name):
            values[name] = given
        else:
            values[name] = _meant(model, name, given[0])
    return values


def _meant(model: type[BaseModel], name: str, text: str) -> str | bool:
    """A form has only texts: what a box says becomes what a program would send."""
    return _BOX.get(text, text) if model.model_fields[name].annotation is bool else text


def _takes_many(model: type[BaseModel], name: str) -> bool:
    return get_origin(model.model_fields[name].annotation) in (list, tuple, set, frozenset)


def _pointer(where: Iterable[int | str]) -> str:
    # RFC 6901
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in where)
    return "".join(f"/{step}" for step in steps)


def _detail(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "this field is needed"
    return error["msg"].removeprefix("Value error, ")
