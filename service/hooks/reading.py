"""From what a tool posts to what it says: pure functions, and nothing a tool sends is trusted."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import invalid
from service.pages.models import State
from service.web.parsing import LANGUAGES, Unclean, clean

LONGEST_TITLE, LONGEST_BODY = 200, 4000

#: What tools call how bad it is.
SEVERITIES: Mapping[str, State] = {
    "critical": State.DOWN, "page": State.DOWN, "fatal": State.DOWN, "down": State.DOWN,
    "major": State.MAJOR, "error": State.MAJOR, "high": State.MAJOR,
    "major_disruption": State.MAJOR, "warning": State.MINOR, "minor": State.MINOR,
    "low": State.MINOR, "info": State.MINOR, "minor_disruption": State.MINOR,
}  # fmt: skip
#: What tools call over.
OVER = frozenset({"resolved", "ok", "up", "closed", "recovered", "normal", "completed"})


@dataclass(frozen=True, slots=True)
class Saying:
    """What a tool says of one trouble: its name for it, whether it is over, what it hits."""

    key: str
    is_over: bool
    title: Mapping[str, str]
    body: Mapping[str, str]
    states: Mapping[str, State]  # by the component's slug or id


def of_alertmanager(document: Mapping[str, Any]) -> Saying:
    """Return what a webhook of Prometheus Alertmanager (version 4) says of one group.

    Alerts name services by the label `component` (or `service`), how bad it is by `severity`;
    texts come from `summary` and `description`, or `summary_fr` and so on. Raises `Invalid`.
    """
    alerts = [it for it in _list(document, "alerts") if isinstance(it, Mapping)]
    group = str(document.get("groupKey") or "")
    if not alerts or not group:
        raise invalid("/alerts", "expected a webhook of Alertmanager, version 4", "unknown")
    annotations = _table(document, "commonAnnotations") or _table(alerts[0], "annotations")
    labels = _table(document, "commonLabels") or _table(alerts[0], "labels")
    name = str(labels.get("alertname") or "Alert")
    states: dict[str, State] = {}
    for alert in alerts:
        for component, state in _hit(alert):
            known = states.get(component, State.OPERATIONAL)
            states[component] = max(known, state, key=list(State).index)
    return Saying(
        key=_short(group),
        is_over=document.get("status") == "resolved",
        title=_texts(annotations, "summary", name, LONGEST_TITLE),
        body=_texts(annotations, "description", name, LONGEST_BODY),
        states=states,
    )


def of_mapping(document: Any, mapping: Mapping[str, str]) -> Saying:
    """Return what *document* says by the paths of *mapping*, such as `data.incident.id`.

    Raises `Invalid` naming the path that leads nowhere.
    """
    key = _text(document, mapping, "key", LONGEST_TITLE)
    title = {each: _text(document, mapping, "title", LONGEST_TITLE) for each in LANGUAGES}
    said = str(_at(document, mapping["status"]) or "").lower()
    component = mapping.get("fixed_component") or (
        str(_at(document, mapping["component"]) or "") if mapping.get("component") else ""
    )
    bad = str(_at(document, mapping["severity"]) or "").lower() if mapping.get("severity") else ""
    body = _text(document, mapping, "body", LONGEST_BODY) if mapping.get("body") else title["en"]
    state = SEVERITIES.get(bad, State.MINOR)
    return Saying(
        key=_short(key),
        is_over=said in OVER or said == mapping.get("over", "").lower() != "",
        title=title,
        body=dict.fromkeys(LANGUAGES, body),
        states={component: state} if component else {},
    )


def _hit(alert: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    labels = _table(alert, "labels")
    component = str(labels.get("component") or labels.get("service") or "")
    if not component:
        return
    if alert.get("status") == "resolved":
        yield component, State.OPERATIONAL
    else:
        severity = str(labels.get("severity") or "").lower()
        yield component, SEVERITIES.get(severity, State.MINOR)


def _texts(source: Mapping[str, Any], name: str, default: str, most: int) -> dict[str, str]:
    plain = source.get(name) or source.get("summary") or default
    return {
        language: _clean(str(source.get(f"{name}_{language}") or plain), most)
        for language in LANGUAGES
    }


def _text(document: Any, mapping: Mapping[str, str], name: str, most: int) -> str:
    found = _at(document, mapping[name])
    if found in (None, "") or isinstance(found, dict | list):
        detail = f"there is no text at {mapping[name]!r}, where the hook looks for the {name}"
        raise invalid(f"/{name}", detail, "missing")
    return _clean(str(found), most)


def _clean(text: str, most: int) -> str:
    try:
        return clean(text[:most], most, lines=most > LONGEST_TITLE)
    except Unclean as unclean:
        raise invalid("/text", str(unclean), unclean.code) from None


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _list(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _short(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40]
