"""Time zones as a form offers them: by continent, in words."""

from functools import cache

from scheduling import zones

CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip


@cache
def zone_groups() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return (continent, its zones as (name, words)); old names too: browsers still say them."""
    by_continent: dict[str, list[tuple[str, str]]] = {each: [] for each in CONTINENTS}
    for name in sorted(zones.NAMES):
        continent, _, place = name.partition("/")
        if continent in by_continent:
            words = place.replace("_", " ").replace("/", " – ")
            by_continent[continent].append((name, words))
    groups = ((continent, tuple(places)) for continent, places in by_continent.items())
    return (("UTC", (("UTC", "UTC"),)), *groups)
