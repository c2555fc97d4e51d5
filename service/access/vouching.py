"""Who is let in because a provider of single sign-on vouches for them, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from service.access import actions, queries
from service.access.keys import new_token
from service.access.models import Role, Staff
from service.audit.actions import record
from service.config import OIDC, Settings, SettingsError, variable
from service.db.unit_of_work import UnitOfWork
from service.errors import Invalid


class NotSignedIn(Exception):
    """Nobody is vouched for; the words are for the log."""


class OidcConfig(BaseModel):
    """What the operator says of the provider: the settings `TOCSIN_OIDC_…`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    client: str = Field(min_length=1)
    secret: SecretStr = SecretStr("")
    name: str = "SSO"  # on the button
    scopes: str = "openid email profile"
    roles_claim: str = ""  # "": only who has an account, with the role it has
    roles: str = ""  # `status-admins=admin, on-call=moderator`

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the provider's word gives, if any."""
        held = claims.get(self.roles_claim)
        names = {held} if isinstance(held, str) else set(map(str, held or ()))
        given = (each.split("=", 1) for each in self.roles.split(",") if "=" in each)
        roles = {role.strip() for name, role in given if name.strip() in names}
        return next((each for each in Role if each in roles), None)  # from the highest down


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for."""

    subject: str  # issuer and its name for them, which never changes
    email: str
    name: str
    claims: Mapping[str, Any]


def single_sign_on(settings: Settings) -> OidcConfig | None:
    """Return the provider that the operator set, None without one; raises `SettingsError`."""
    given = settings.oidc_options
    if not given:
        return None
    if find_spec("authlib") is None:
        raise SettingsError(f"{variable(OIDC)}…: install the extra: pip install 'tocsin[oidc]'")
    try:
        return OidcConfig(**{name: value.get_secret_value() for name, value in given.items()})
    except ValidationError as error:
        lines = (f"{variable(OIDC + str(e['loc'][0]))}: {e['msg']}" for e in error.errors())
        raise SettingsError("\n".join(lines)) from None


def admit(uow: UnitOfWork, config: OidcConfig, found: Vouched) -> Staff:
    """Return the account of *found*, with the role that the provider gives where it gives roles.

    An account is theirs by a verified address once, then by the provider's own name for them
    alone: an address may be given to somebody else. Raises `NotSignedIn`.
    """
    role = config.role(found.claims) if config.roles else None
    if config.roles and role is None:
        raise NotSignedIn("none of their roles at the provider is one here")
    person = _known(uow, found) or _newcomer(uow, found, role)
    if person.disabled_at is not None:
        raise NotSignedIn("the account is disabled")
    if role is not None and person.role != role:
        actions.set_role(uow, person.email, role)
    if not person.oidc_subject:
        person.oidc_subject = found.subject
        record(uow, "staff.vouched_for", f"staff:{person.id}")
    return person


def _known(uow: UnitOfWork, found: Vouched) -> Staff | None:
    person = queries.staff_vouched_for(uow.session, found.subject)
    if person is not None:
        return person
    try:
        email = actions.normal_email(found.email)
    except Invalid:
        raise NotSignedIn("the provider's address is none") from None
    person = queries.staff_with_email(uow.session, email)
    if person is not None and person.oidc_subject:
        raise NotSignedIn("the account of this address is another person's at the provider")
    return person


def _newcomer(uow: UnitOfWork, found: Vouched, role: Role | None) -> Staff:
    if role is None:
        raise NotSignedIn("nobody here has this address")
    name = " ".join(found.name.split())[: actions.LONGEST_NAME] or found.email
    try:
        # Nobody knows the password: they come by the provider, until one is set.
        return actions.add_staff(uow, found.email, name, role, new_token())
    except Invalid:
        raise NotSignedIn("the provider's name or address for them cannot be used") from None
