"""Finds channels by entry point and builds the enabled ones; a failing one is unavailable."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from channels.base import Channel, Host, PullChannel, PushChannel, Traits
from channels.outcomes import place

GROUP = "tocsin.channels"
SUITES = "tocsin.conformance"  # the suite of each channel, for `tocsin channel check`
SHORTEST_SECRET = 4  # what is shorter would blot out ordinary words

log = logging.getLogger(__name__)


class UnknownChannel(LookupError):
    """A channel is asked for that no installed package has."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no channel {name!r} (there are {', '.join(known) or 'none'})")
        self.name, self.known = name, known


class ShadowedChannel(LookupError):
    """Two packages claim the same name."""

    def __init__(self, name: str, owners: Sequence[str]) -> None:
        super().__init__(f"channel {name!r} is claimed by {' and '.join(owners)}: remove one")
        self.name, self.owners = name, owners


class Unavailable(LookupError):
    """A channel that cannot be used now, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"channel {name} is unavailable: {why}")
        self.name, self.why = name, why


class Registry:
    """The enabled channels: those that work, and why the others do not."""

    def __init__(
        self,
        push: Mapping[str, PushChannel],
        pull: Mapping[str, PullChannel],
        unavailable: Mapping[str, str],
    ) -> None:
        self._push, self._pull, self._unavailable = dict(push), dict(pull), dict(unavailable)

    def push(self, name: str) -> PushChannel:
        """Return the channel that sends as *name*; raises `Unavailable`."""
        if name in self._push:
            return self._push[name]
        raise Unavailable(name, self._why(name, "it does not send: people fetch it"))

    def pull(self, name: str) -> PullChannel:
        """Return the channel that people fetch as *name*; raises `Unavailable`."""
        if name in self._pull:
            return self._pull[name]
        raise Unavailable(name, self._why(name, "nobody fetches it: it sends"))

    def push_names(self) -> tuple[str, ...]:
        """The working channels that send."""
        return tuple(self._push)

    def pull_names(self) -> tuple[str, ...]:
        """The working channels that people fetch."""
        return tuple(self._pull)

    def unavailable(self) -> Mapping[str, str]:
        """Why each enabled channel that does not work does not."""
        return MappingProxyType(self._unavailable)

    def close(self) -> None:
        """Close every channel; one that fails to does not keep the others open."""
        for name, channel in self._push.items():
            try:
                channel.close()
            except Exception as error:  # noqa: BLE001 - the border with other people's code
                log.warning("channel %s did not close: %s", name, place(error))

    def _why(self, name: str, other_kind: str) -> str:
        if name in self._unavailable:
            return self._unavailable[name]
        return other_kind if name in self._push or name in self._pull else "it is not enabled"


def load(names: Sequence[str], configs: Mapping[str, Mapping[str, Any]], host: Host) -> Registry:
    """Return the channels *names*, each built from its settings in *configs*.

    Only these are imported; one that cannot be imported or configured is unavailable.
    Raises `UnknownChannel` and `ShadowedChannel`: mistakes of the operator stop the start.
    """
    push: dict[str, PushChannel] = {}
    pull: dict[str, PullChannel] = {}
    unavailable: dict[str, str] = {}
    for point in points(names):
        channel = _build(point, configs.get(point.name, {}), host)
        if isinstance(channel, str):
            unavailable[point.name] = channel
            log.warning("channel %s is unavailable: %s", point.name, channel)
        elif isinstance(channel, PushChannel):
            push[point.name] = channel
        else:
            pull[point.name] = channel
    return Registry(push, pull, unavailable)


def points(names: Sequence[str]) -> list[EntryPoint]:
    """Return where each of *names* is found, importing none; raises as `load` does."""
    found = entry_points(group=GROUP)
    return [_only(name, found) for name in dict.fromkeys(names)]


def installed() -> list[tuple[str, str]]:
    """Return each channel that a package offers, with the package; imports none."""
    return sorted((point.name, _owner(point)) for point in entry_points(group=GROUP))


def suite(name: str) -> str | None:
    """Return where the conformance suite of channel *name* is, as pytest takes it."""
    found = entry_points(group=SUITES).select(name=name)
    return next((point.value.replace(":", "::") for point in found), None)


def _only(name: str, found: EntryPoints) -> EntryPoint:
    same = list(found.select(name=name))
    if not same:
        raise UnknownChannel(name, sorted(found.names))
    if len(same) > 1:
        raise ShadowedChannel(name, sorted(_owner(point) for point in same))
    return same[0]


def _owner(point: EntryPoint) -> str:
    return f"{point.dist.name if point.dist else 'an unnamed package'} ({point.value})"


def _build(
    point: EntryPoint, settings: Mapping[str, Any], host: Host
) -> PushChannel | PullChannel | str:
    try:
        return _kept(_made(point, settings, host), point)
    except ValidationError as error:
        return without_secrets("\n".join(remedies(error)), settings)
    except Exception as error:  # noqa: BLE001 - the border with other people's code
        return without_secrets(f"{place(error)}: {error}", settings)


def _made(point: EntryPoint, settings: Mapping[str, Any], host: Host) -> object:
    kind: type[Channel] = point.load()
    return kind(kind.Config.model_validate(settings), host)


def _kept(made: object, point: EntryPoint) -> PushChannel | PullChannel | str:
    if isinstance(made, PushChannel) and isinstance(made.traits, Traits):
        return made
    if isinstance(made, PullChannel):
        return made
    return f"{point.value} keeps neither contract of channels.base, push or pull"


def remedies(error: ValidationError) -> Iterator[str]:
    """Yield `field: what to do` for each thing wrong with a configuration."""
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        field = ".".join(map(str, each["loc"])) or "configuration"
        yield f"{field}: {REMEDIES.get(each['type']) or each['msg'].removeprefix('Value error, ')}"


REMEDIES = {
    "missing": "give a value",
    "extra_forbidden": "remove it, this channel has no such setting",
}


def without_secrets(text: str, settings: Any) -> str:
    """Return *text* without any value of *settings*: a plugin may quote its configuration."""
    for value in sorted(_words(settings), key=len, reverse=True):
        text = text.replace(value, "…")
    return text


def _words(settings: Any) -> Iterator[str]:
    if isinstance(settings, Mapping):
        settings = list(settings.values())
    if isinstance(settings, list | tuple | set):
        for each in settings:
            yield from _words(each)
    elif hasattr(settings, "get_secret_value"):
        yield from _words(settings.get_secret_value())
    elif isinstance(settings, str) and len(settings) >= SHORTEST_SECRET:
        yield settings
