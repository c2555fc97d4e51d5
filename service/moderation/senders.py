"""What can be done with senders: the programs and mail addresses that may submit."""

from dataclasses import dataclass

from service.access import queries as access
from service.access.actions import normal_email
from service.access.keys import digest, new_token
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.moderation import queries_senders as queries
from service.moderation.models import Sender, SenderRule, Stance
from service.moderation.naming import target_key
from service.web.parsing import Unclean, clean

#: What a submission can be about; a message is one to a list.
CATEGORIES = ("incident", "maintenance", "action_required", "announcement", "general", "message")
SECRET_LENGTH = 24  # characters of the local part: 120 bits
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class SenderWish:
    """A sender to be: a key by its name, or a mail address."""

    name: str
    key: str = ""
    address: str = ""
    stance: str = Stance.MODERATED


@dataclass(frozen=True, slots=True)
class RuleWish:
    """A rule to be; *page* and *list_slug* are slugs, "" leaves a side open."""

    stance: str
    category: str = ""
    page: str = ""
    list_slug: str = ""


def add_sender(uow: UnitOfWork, wish: SenderWish) -> Sender:
    """Name a program or an address that may submit; raises `Invalid`, `NotFound`, `Conflict`."""
    name = _name(wish.name)
    if bool(wish.key) == bool(wish.address):
        raise invalid("/address", "give either a key or a mail address", "one_of_two")
    if queries.sender_named(uow.session, name):
        raise Conflict(f"there is a sender named {name!r}", code="taken")
    sender = Sender(name=name, stance=_stance(wish.stance), created_at=uow.now)
    if wish.key:
        _speak_for_key(uow, sender, wish.key)
    else:
        _speak_for_address(uow, sender, wish.address)
    uow.session.add(sender)
    uow.session.flush()
    record(uow, "sender.added", f"sender:{sender.id}", name=name, stance=sender.stance)
    return sender


def set_stance(uow: UnitOfWork, name: str, stance: str) -> Sender:
    """Change what becomes of what no rule speaks of; raises `NotFound`, `Invalid`."""
    sender = found(uow, name)
    wanted = _stance(stance)
    _check_trust(sender, wanted, "")
    sender.stance = wanted
    record(uow, "sender.stance_set", f"sender:{sender.id}", stance=wanted)
    return sender


def set_rule(uow: UnitOfWork, name: str, wish: RuleWish) -> SenderRule:
    """Make an exception, or change one; raises `NotFound`, `Invalid`."""
    sender = found(uow, name)
    category, target = _where(uow, wish)
    stance = _stance(wish.stance)
    if not category and not target:
        raise invalid("/category", "name a category, a page or a list", "missing")
    _check_trust(sender, stance, target)
    rule = queries.rule_at(uow.session, sender.id, category, target)
    if rule is None:
        rule = SenderRule(sender_id=sender.id, category=category, target=target)
        uow.session.add(rule)
    rule.stance = stance
    uow.session.flush()
    record(
        uow,
        "sender.rule_set",
        f"sender:{sender.id}",
        category=category,
        target=target,
        stance=stance,
    )
    return rule


def drop_rule(uow: UnitOfWork, name: str, wish: RuleWish) -> Sender:
    """Take an exception back; raises `NotFound`, `Invalid`."""
    sender = found(uow, name)
    category, target = _where(uow, wish)
    rule = queries.rule_at(uow.session, sender.id, category, target)
    if rule is None:
        raise NotFound(f"{sender.name} has no such rule")
    queries.drop_rule(uow.session, rule)
    record(uow, "sender.rule_dropped", f"sender:{sender.id}", category=category, target=target)
    return sender


def new_secret(uow: UnitOfWork, name: str) -> str:
    """Give a mail sender a new secret word for the address it posts to, and return it.

    Nobody can show it again; the word before it opens nothing any more. Raises `NotFound`,
    `Invalid`.
    """
    sender = found(uow, name)
    if not sender.address:
        raise invalid("/name", f"{sender.name} is a program: it proves itself by its key")
    word = new_token().replace("-", "").replace("_", "").lower()[:SECRET_LENGTH]
    sender.secret = digest(word)
    record(uow, "sender.secret_set", f"sender:{sender.id}")
    return word


def retire(uow: UnitOfWork, name: str) -> Sender:
    """Take nothing more from a sender; raises `NotFound`."""
    sender = found(uow, name)
    if sender.retired_at is None:
        sender.retired_at, sender.secret = uow.now, None
        record(uow, "sender.retired", f"sender:{sender.id}")
    return sender


def restore(uow: UnitOfWork, name: str) -> Sender:
    """Take a retired sender back into use; raises `NotFound`."""
    sender = found(uow, name)
    if sender.retired_at is not None:
        sender.retired_at = None
        record(uow, "sender.restored", f"sender:{sender.id}")
    return sender


def found(uow: UnitOfWork, name: str) -> Sender:
    """Return the sender whose name or public id is *name*; raises `NotFound`."""
    sender = queries.sender_named(uow.session, name)
    if sender is None:
        raise NotFound(f"there is no sender {name}")
    return sender


def _speak_for_key(uow: UnitOfWork, sender: Sender, key_name: str) -> None:
    key = access.key_named(uow.session, key_name)
    if key is None or key.revoked_at:
        raise invalid("/key", f"there is no key named {key_name!r} in use", "unknown_key")
    if queries.sender_of_key(uow.session, key.id):
        raise Conflict(f"the key {key_name!r} is a sender already", code="taken")
    sender.api_key_id = key.id


def _speak_for_address(uow: UnitOfWork, sender: Sender, address: str) -> None:
    sender.address = normal_email(address, "/address")
    _check_trust(sender, sender.stance, "")
    known = (each.address for each in queries.every_sender(uow.session))
    if sender.address in known:
        raise Conflict(f"{sender.address} is a sender already", code="taken")


def _check_trust(sender: Sender, stance: Stance, target: str) -> None:
    # Whoever can forge one mail must not reach everybody: trust names its page or list.
    if sender.address and stance is Stance.TRUSTED and not target:
        raise invalid("/stance", "trust a mail address for one page or list", "trust_everywhere")


def _where(uow: UnitOfWork, wish: RuleWish) -> tuple[str, str]:
    if wish.category and wish.category not in CATEGORIES:
        raise invalid("/category", f"use one of {', '.join(CATEGORIES)}", "unknown_choice")
    return wish.category, target_key(uow.session, wish.page, wish.list_slug)


def _stance(stance: str) -> Stance:
    if stance not in {each.value for each in Stance}:
        raise invalid("/stance", f"use one of {', '.join(Stance)}", "unknown_choice")
    return Stance(stance)


def _name(name: str) -> str:
    try:
        tidy = clean(name, LONGEST_NAME)
    except Unclean as error:
        raise invalid("/name", str(error), error.code) from None
    if not tidy:
        raise invalid("/name", "write a name", "missing")
    return tidy
