"""One POST for each parcel, and its outcome: what most channels over HTTP come down to."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from channels.base import Address, HttpDoor, Outcome, Parcel, Reason, Result, Scope
from channels.exchange import Failure, Reply, Request
from channels.outbound import Door
from channels.replies import outcome

SECONDS = 10.0  # one deadline over a whole request

Reading = Callable[[Parcel, Reply | Failure], Outcome]


@dataclass(frozen=True, slots=True)
class Post:
    """What to send for one parcel; JSON unless *headers* say otherwise."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def streaming(http: HttpDoor) -> Door:
    """Return the host's door, if it is the one that drives many requests at once."""
    if not isinstance(http, Door):
        raise TypeError("this channel leaves by channels.outbound.Door, which streams")
    return http


def parse_url(http: HttpDoor, raw: str) -> Address:
    """Return the address of a hook: its URL, shown by its host alone; raises `Refused`."""
    target = streaming(http).guard.check_url(raw.strip())
    return Address(target.url, target.url, f"{target.host}/…", target.host)


def post_all(
    http: HttpDoor,
    parcels: Sequence[Parcel],
    make: Callable[[Parcel], Post],
    deadline: float,
    per_host: int,
    reading: Reading = outcome,
) -> Iterator[Outcome]:
    """Yield what becomes of each parcel as *make* writes it, once its answer is known.

    What *make* cannot write (ValueError, TypeError) is a rendition at fault; *reading* says what
    an answer means where the far side has words of its own.
    """
    requests = []
    for parcel in parcels:
        try:
            requests.append(_request(make(parcel), parcel))
        except (ValueError, TypeError) as error:
            detail = f"cannot be written: {type(error).__name__}"
            yield Outcome(
                parcel, Result.PERMANENT, Scope.MESSAGE, Reason.RENDER, "unwritten", detail
            )
    if deadline <= time.monotonic():
        for request in requests:
            yield Outcome(request.tag, Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT)
        return
    for request, came in streaming(http).post_many(requests, deadline, per_host):
        yield reading(request.tag, came)


def _request(post: Post, parcel: Parcel) -> Request:
    headers = {"content-type": "application/json", "user-agent": "Tocsin", **post.headers}
    return Request(post.url, post.body, headers, SECONDS, parcel)
