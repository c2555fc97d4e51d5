"""Files that came with a post: kept with the mail, linked from the message, handed out as data.

A link can be made by nobody else and is in the message that moderators approve; outside the console
it leads somewhere only once the message has begun to leave.
"""

from collections.abc import Iterator
from urllib.parse import quote

from sqlalchemy.orm import Session

from service.access.envelopes import Door, opened, sealed
from service.errors import NotFound
from service.inbound import queries
from service.inbound.models import Letter
from service.posts.letters import File, Post, files_of
from service.web.i18n import translate


def linked(public_url: str, letter_id: int, language: str, post: Post) -> str:
    """Return the body of *post* with a list of links to its files, if it has any; Markdown."""
    if not post.attachments:
        return post.body
    lines = _lines(public_url, letter_id, post)
    title = translate(language, "inbound.attached")
    return "\n\n".join([part for part in (post.body, f"**{title}**", "\n".join(lines)) if part])


def file_at(session: Session, letter_id: int, n: int) -> File:
    """Return the *n*-th file of a stored mail; raises `NotFound`."""
    letter = queries.letter(session, letter_id)
    found = files_of(letter.raw) if letter else []
    if not 0 <= n < len(found):
        raise NotFound("there is no such file")
    return found[n]


def place_of(token: str) -> tuple[int, int]:
    """Return the mail and the number of the file that *token* leads to; raises `NotFound`."""
    door, numbers = opened(token)
    if door is not Door.FILE:
        raise NotFound("there is no such file")
    letter_id, n = numbers
    return letter_id, n


def is_public(session: Session, letter_id: int) -> bool:
    """Whether the message that came with a mail has begun to leave."""
    letter = queries.letter(session, letter_id)
    return letter is not None and queries.has_left(session, letter.detail)


def names(letter: Letter) -> list[str]:
    """What the files of a mail are called."""
    return [each.name for each in files_of(letter.raw)]


def _lines(public_url: str, letter_id: int, post: Post) -> Iterator[str]:
    for n, name in enumerate(post.attachments):
        words = name.replace("[", "(").replace("]", ")").replace("\\", "")
        url = f"{public_url}/files/{sealed(Door.FILE, letter_id, n)}/{quote(name, safe='')}"
        yield f"- [{words}](<{url}>)"
