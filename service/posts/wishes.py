"""What somebody may wish to say to a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.publications.terms import Terms


@dataclass(frozen=True, slots=True)
class PostWish:
    """A message to a list's members, words by language."""

    title: Mapping[str, str]
    body: Mapping[str, str]
    terms: Terms = field(default_factory=Terms)
