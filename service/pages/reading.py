"""Reads a YAML file into a model, and says of each fault where it is and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.errors import Invalid, invalid
from service.pages.definition import Place, as_faults

Model = TypeVar("Model", bound=BaseModel)
#: The keys a part may have, by the key of the list it stands in; "" for the file.
Keys = Mapping[str, Sequence[str]]

#: What to do, by pydantic's word for what is wrong.
REMEDIES = {
    "missing": "is missing; write it",
    "string_type": "is not text but {value!r}; write text, in quotes if need be",
    "too_short": "is empty; write at least one",
    "dict_type": "is not a text by language; write {{fr: …, en: …}}",
    "list_type": "is not a list; begin each entry with a hyphen",
    "model_type": "is not a mapping; write one `key: value` a line",
    "bool_type": "is {value!r}; write true or false",
}


def read(path: Path, model: type[Model], keys: Keys) -> Model:
    """Return the *model* that the file says; *keys* are what each part of it may hold.

    Raises `Invalid`, whose faults name their place as `pages[0].sections[2].name.fr`.
    """
    document = _document(path)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = [(_place(each["loc"]), _remedy(each, keys)) for each in error.errors()]
        raise Invalid(as_faults(found)) from None


def _document(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        repeated = list(_repeated(root, ()))
        if repeated:
            raise Invalid(as_faults(repeated))
        return yaml.safe_load(text)
    except OSError as error:
        raise invalid(str(path), f"{error.strerror}; give the path of a YAML file") from None
    except UnicodeDecodeError:
        raise invalid(str(path), "is not UTF-8 text; save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise invalid(_position(path, error), f"is not YAML: {_problem(error)}") from None


def _repeated(node: yaml.Node | None, at: Place) -> Iterator[tuple[Place, str]]:
    # YAML's loader silently keeps the last of two equal keys.
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*at, name), f"stands twice (line {key.start_mark.line + 1}); keep one"
            seen.add(name)
            yield from _repeated(value, (*at, name))
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _repeated(value, (*at, i))


def _position(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error)


def _place(where: Place) -> Place:
    return tuple(part for part in where if part != "[key]") or ("the file",)


def _remedy(error: ErrorDetails, known: Keys) -> str:
    if error["type"] == "extra_forbidden":
        return _unknown_key(error["loc"], known)
    template = REMEDIES.get(error["type"])
    if template is not None:
        return template.format(value=error["input"])
    return f"{error['input']!r}: {error['msg'].removeprefix('Value error, ')}"


def _unknown_key(where: Place, known: Keys) -> str:
    owner = next((part for part in reversed(where[:-1]) if isinstance(part, str)), "")
    keys = known[owner]
    near = get_close_matches(str(where[-1]), keys, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"is no key here; {meant}remove it or use one of {', '.join(keys)}"
