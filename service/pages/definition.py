"""What a file may say of pages, their sections and their components."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.errors import Fault
from service.web.parsing import Language, Line, PageSlug, Prose, Slug, ZoneName

Place = tuple[str | int, ...]


def _mailbox(address: str) -> str:
    if not address:
        return address  # the service's own sender
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"no e-mail address: {error}") from None


Name = dict[Language, Annotated[str, Line(120)]]
Note = dict[Language, Annotated[str, Prose(2000)]]
Mailbox = Annotated[str, AfterValidator(_mailbox)]


class Part(BaseModel):
    """A part of the file: unknown keys are refused, text is never guessed from other values."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ComponentDefinition(Part):
    """One service; *impact* is what users can no longer do when it fails."""

    slug: Slug
    name: Name
    description: Note = Field(default={})
    impact: Note = Field(default={})


class SectionDefinition(Part):
    """A group of services."""

    slug: Slug
    name: Name
    components: list[ComponentDefinition] = Field(min_length=1)


class PageDefinition(Part):
    """A platform's public site; the first of *languages* is its default."""

    slug: PageSlug
    host: str | None = None
    name: Name
    description: Note = Field(default={})
    languages: list[Language] = Field(default=["fr", "en"], min_length=1)
    timezone: ZoneName
    sender_name: Annotated[str, Line(120, least=0)] = ""
    sender_address: Mailbox = ""
    retired: bool = False
    sections: list[SectionDefinition] = Field(min_length=1)


def faults_of_pages(pages: list[PageDefinition]) -> Iterator[tuple[Place, str]]:
    """Yield what no single value shows: words that are taken, texts that lack a language."""
    yield from twice([((("pages", i), "slug"), page.slug) for i, page in enumerate(pages)])
    yield from twice([((("pages", i), "host"), page.host) for i, page in enumerate(pages)])
    for i, page in enumerate(pages):
        yield from _faults_of_page(("pages", i), page)


def _faults_of_page(at: Place, page: PageDefinition) -> Iterator[tuple[Place, str]]:
    sections = [((*at, "sections", i), each) for i, each in enumerate(page.sections)]
    components = [
        ((*place, "components", i), each)
        for place, section in sections
        for i, each in enumerate(section.components)
    ]
    yield from twice([((place, "slug"), each.slug) for place, each in sections])
    yield from twice([((place, "slug"), each.slug) for place, each in components])
    for place, part in [(at, page), *sections, *components]:
        yield from unspoken(place, part, page.languages, at)


def twice(values: Iterable[tuple[tuple[Place, str], str | None]]) -> Iterator[tuple[Place, str]]:
    """Yield each place whose value an earlier place has already."""
    first: dict[str, Place] = {}
    for (place, key), value in values:
        if value is not None and value in first:
            yield (*place, key), f"{value!r} is already {spell(first[value])}; choose another word"
        elif value is not None:
            first[value] = (*place, key)


def unspoken(
    place: Place, part: Part, languages: list[Language], owner: Place
) -> Iterator[tuple[Place, str]]:
    """Yield each text of *part* that lacks one of *languages*, which *owner* promises."""
    for key in ("name", "description", "impact"):
        text = getattr(part, key, {})
        for language in languages if text else ():
            if language not in text:
                promised = spell((*owner, "languages"))
                yield (
                    (*place, key, language),
                    f"is missing; write it, or take {language} out of {promised}",
                )


def spell(place: Place) -> str:
    """Return *place* as people read it: `pages[0].sections[2].name.fr`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def as_faults(found: Iterable[tuple[Place, str]]) -> list[Fault]:
    """Return *found* as the faults of a refusal."""
    by_place: defaultdict[str, list[str]] = defaultdict(list)
    for place, detail in found:
        by_place[spell(place)].append(detail)
    return [Fault(place, "; ".join(details)) for place, details in by_place.items()]
