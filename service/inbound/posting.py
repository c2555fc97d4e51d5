"""A mail to a list: who wrote it, is that proven, and what is held for a moderator."""

from email.message import Message

from service.errors import Forbidden, Invalid
from service.inbound import answering, files, proving
from service.inbound.desk import Desk, Understood
from service.inbound.models import HELD_FILES, LetterState
from service.lists import queries as lists
from service.moderation import queries_senders as senders
from service.moderation.models import Sender
from service.posts import actions as posts
from service.posts.letters import Post, read_post
from service.posts.wishes import PostWish

_TITLE = 200  # characters of a subject


def post(desk: Desk) -> Understood:
    """Hold what an allowed and proven sender wrote; the rest is dismissed without an answer."""
    message = desk.message
    if why := _dismissed(desk, message):
        return Understood(LetterState.IGNORED, why)
    address = proving.author(message)
    sender = senders.sender_of_address(desk.uow.session, address) if address else None
    if sender is None:
        return Understood(LetterState.IGNORED, "unknown_sender")
    has_secret = desk.to.sender_id == sender.id
    trusted = desk.rt.settings.inbound_trusted
    if not has_secret and not proving.is_proven(message, address, trusted):
        return Understood(LetterState.IGNORED, "unproven")
    desk.uow.by = f"sender:{sender.id}"
    return _submit(desk, sender, read_post(message))


def _dismissed(desk: Desk, message: Message) -> str:
    """Why nobody answers to this mail, whoever wrote it; "" where somebody might."""
    if proving.is_loop(message, desk.host):
        return "loop"
    if proving.is_machine(message) or not desk.letter.mail_from:
        return "automatic"
    return "reply" if proving.is_reply_to_us(message, desk.host) else ""


def _submit(desk: Desk, sender: Sender, post: Post) -> Understood:
    to = lists.list_by_slug(desk.uow.session, desk.to.list_slug)
    language = to.languages[0] if to and to.languages else "fr"
    found = _held(desk, language, post)
    if found.state is LetterState.IGNORED and sender.address:
        about = answering.About(desk.letter, sender, post.subject[:_TITLE], language)
        answering.answer(desk.rt, desk.uow, about, found)
    return found


def _held(desk: Desk, language: str, post: Post) -> Understood:
    settings = desk.rt.settings
    if post.attachments and settings.inbound_attachments == "refuse":
        return Understood(LetterState.IGNORED, "attachments", ", ".join(post.attachments)[:_TITLE])
    if not post.subject or not (post.body or post.attachments):
        return Understood(LetterState.IGNORED, "empty")
    outcome = HELD_FILES if post.attachments else "held"
    linked = files.linked(settings.public_url, desk.letter.id, language, post)
    wish = PostWish({language: post.subject[:_TITLE]}, {language: linked})
    try:
        held = posts.submit_message(desk.uow, settings, desk.to.list_slug, wish)
    except Forbidden:
        return Understood(LetterState.IGNORED, "sender_refused")
    except Invalid as refusal:
        return Understood(LetterState.IGNORED, "invalid", refusal.faults[0].detail)
    return Understood(LetterState.DONE, outcome, held.publication.public_id)
