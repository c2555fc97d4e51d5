"""Finds the launch that a request names."""

from sqlalchemy.orm import Session

from service.errors import NotFound
from service.launches import queries
from service.launches.standing import LaunchStanding, standing


def found_launch(session: Session, slug: str) -> LaunchStanding:
    """Return how far the launch called *slug* is; raises `NotFound`."""
    launch = queries.by_slug(session, slug)
    if launch is None:
        raise NotFound(f"there is no launch {slug}")
    return standing(session, launch)
