"""Checks what a schema cannot: that the names in docker-compose.yml and the Dockerfile exist.

    python tools/compose.py [FOLDER]

Prints a line for each mistake and ends with 1 if there was one.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from service.config import CHANNEL, PREFIX, Settings

SHELF = "/run/secrets/"
Service = Mapping[str, Any]


def mistakes(folder: Path) -> Iterator[str]:
    """Yield what is wrong with both files of *folder*."""
    compose = yaml.safe_load((folder / "docker-compose.yml").read_text("utf-8"))
    for name, service in compose["services"].items():
        for found in _of_service(service, compose):
            yield f"docker-compose.yml: {name}: {found}"
    for found in _unused(compose):
        yield f"docker-compose.yml: {found}"
    dockerfile = (folder / "Dockerfile").read_text("utf-8")
    for setting in re.findall(rf"\b({PREFIX}\w+)=", dockerfile):
        if not _is_setting(setting):
            yield f"Dockerfile: {setting} is no setting"


def _of_service(service: Service, compose: Mapping[str, Any]) -> Iterator[str]:
    yield from _dependencies(service, compose["services"])
    for kind in ("networks", "secrets", "volumes"):
        for name in _named(service, kind):
            if name not in compose.get(kind, {}):
                yield f"there is no {kind[:-1]} {name}"
    yield from _environment(service)
    if "build" not in service and not re.search(
        r":[^/@]*\d[^/@]*(@sha256:\w{64})?$", _image(service)
    ):
        yield f"{_image(service)} names no exact version"


def _dependencies(service: Service, services: Mapping[str, Service]) -> Iterator[str]:
    for name, wish in service.get("depends_on", {}).items():
        target = services.get(name)
        if target is None:
            yield f"depends on {name}, which does not exist"
        elif wish["condition"] == "service_healthy" and not _says_its_health(target):
            yield f"waits for the health of {name}, which does not tell it"
        elif wish["condition"] == "service_completed_successfully" and (
            target.get("restart") != "no"
        ):
            yield f'waits for the end of {name}, which needs restart: "no"'


def _says_its_health(service: Service) -> bool:
    return bool(service.get("healthcheck", {}).get("test"))


def _environment(service: Service) -> Iterator[str]:
    for name, value in service.get("environment", {}).items():
        if name.startswith(PREFIX) and not _is_setting(name):
            yield f"{name} is no setting"
        if name.endswith("_FILE"):
            secret = str(value).removeprefix(SHELF)
            if secret not in service.get("secrets", ()):
                yield f"{name} names {value}, which this service is not given"


def _is_setting(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower().removesuffix("_file")
    return name in Settings.model_fields or name.startswith(CHANNEL)


def _unused(compose: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("networks", "secrets", "volumes"):
        used = {name for each in compose["services"].values() for name in _named(each, kind)}
        for name in compose.get(kind, {}):
            if name not in used:
                yield f"nobody uses the {kind[:-1]} {name}"


def _named(service: Service, kind: str) -> Iterator[str]:
    for entry in service.get(kind, ()):
        name = str(entry).partition(":")[0]
        if kind != "volumes" or not name.startswith((".", "/", "~")):
            yield name


def _image(service: Service) -> str:
    return str(service.get("image", ""))


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    found = list(mistakes(given))
    for line in found:
        print(line)
    sys.exit(bool(found))
