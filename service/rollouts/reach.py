"""Whom the ramp is for, and whose clock counts: asked by planning and by whoever looks ahead."""

from channels.registry import Registry, Unavailable
from scheduling import zones


def is_ramped(channels: Registry, name: str) -> bool:
    """Whether channel *name* writes to persons, to whom windows and growth apply: in bulk."""
    try:
        return channels.push(name).traits.bulk
    except Unavailable:
        return False  # its single messages wait for it, and hold up nobody else's


def known_zone(zone: str, fallback: str) -> str:
    """The zone whose clock counts: *zone*, or the plan's *fallback* where nobody knows it."""
    return zone if zones.is_zone(zone) else fallback
