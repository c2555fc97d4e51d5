"""An upstream application proposes lists to somebody: one mail a list, once, never a consent."""

from dataclasses import dataclass

from channels.registry import Registry
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.signup.actions.requests import CHANNEL, Origin, keep
from service.signup.wording import consent_text
from service.subscribers.actions import parse
from service.subscribers.filters import Choice
from service.subscribers.targets import Target
from service.web.parsing import LANGUAGES


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom an application proposes what; all but the address may be "" where it does not know."""

    address: str
    lists: tuple[Target, ...]
    external_ref: str
    locale: str  # as the application has it: `fr`, `fr-CA`, `de`
    timezone: str


def invite(uow: UnitOfWork, channels: Registry, wish: Invitation, origin: Origin) -> None:
    """Keep one proposal a list for the workers, whatever is known of the address.

    Raises `Invalid` for what is no address.
    """
    parsed = parse(channels, CHANNEL, wish.address)
    submission = new_public_id()
    for target in wish.lists:
        locale = _spoken(wish.locale, target)
        details = {
            "locale": locale,
            "timezone": wish.timezone,
            "external_ref": wish.external_ref,
            "choice": Choice().to_json(),
            "text": consent_text(target, locale),
            "version": target.version,
        }
        keep(uow, target.key, parsed, details, origin, submission)


def _spoken(locale: str, target: Target) -> str:
    """The language of ours that comes nearest to *locale*, else the list's first one."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else target.languages[0]
