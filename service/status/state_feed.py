"""State feeds: the newest item is the state now, those before it the states before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from channels.base import Feed, Item
from service.pages.history import Stretch, Word, merged, stretches
from service.pages.models import Component, State
from service.pages.states import worst
from service.status.feeds import EPOCH, Place, of_items
from service.web.dates import moment
from service.web.i18n import localised, translate

MOST = 50


def of_component(place: Place, component: Component, words: Iterable[Word], now: datetime) -> Feed:
    """Return the states of one component, newest first."""
    found = _stretches(words, component.created_at, now)
    return _feed(place, found, component.public_id, localised(component.name, place.language))


def of_page(
    place: Place,
    components: Sequence[Component],
    words: Mapping[int, Sequence[Word]],
    now: datetime,
) -> Feed:
    """Return the worst states of a page, newest first."""
    lines = [_stretches(words.get(each.id, ()), each.created_at, now) for each in components]
    starts = sorted({stretch.start for line in lines for stretch in line})
    begun = starts[0] if starts else place.page.created_at
    cuts = [*(starts or [begun]), now]
    found = merged(
        Stretch(start, end, worst(_at(line, start) for line in lines))
        for start, end in pairwise(cuts)
    )
    name = localised(place.page.name, place.language)
    return _feed(
        place, found or [Stretch(begun, now, State.OPERATIONAL)], place.page.public_id, name
    )


def _stretches(words: Iterable[Word], since: datetime, now: datetime) -> list[Stretch]:
    # From the beginning: a window that moves would give the oldest item another id each day.
    found = stretches(words, (), since, since, now)
    return found or [Stretch(since, now, State.OPERATIONAL)]


def _at(line: Sequence[Stretch], instant: datetime) -> State:
    found = next((each for each in line if each.start <= instant < each.end), None)
    return (found and found.state) or State.OPERATIONAL


def _feed(place: Place, found: Sequence[Stretch], key: str, name: str) -> Feed:
    newest = list(reversed(found))[:MOST]
    items = tuple(_item(place, each, key, name, is_now=no == 0) for no, each in enumerate(newest))
    return of_items(place, items, place.of)


def _item(place: Place, stretch: Stretch, key: str, name: str, *, is_now: bool) -> Item:
    state = translate(place.language, f"state.{stretch.state or State.OPERATIONAL}")
    zone, language = place.page.timezone, place.language
    began = moment(stretch.start, zone, language=language)
    if is_now:
        said = translate(language, "status.feed.states.since", since=began)
    else:
        ended = moment(stretch.end, zone, language=language)
        said = translate(language, "status.feed.states.between", since=began, until=ended)
    return Item(
        id=f"tag:{place.host},{EPOCH}:state/{key}/{stretch.start:%Y%m%dT%H%M%SZ}",
        title=f"[{state}] {name}",
        html=f"<p>{said}</p>",
        url=place.url,
        published_at=stretch.start,
        categories=(state,),
    )
