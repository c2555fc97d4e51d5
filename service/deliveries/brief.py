"""What is the same for everybody a publication is sent to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from channels.base import Message, Text
from scheduling import zones
from scheduling.windows import Doorkeeper, Rule
from service.access import links
from service.deliveries.manners import Manners, manners
from service.deliveries.queries import people
from service.deliveries.queries.people import Permit
from service.deliveries.wording import about
from service.publications.freezing import is_as_approved, thaw
from service.publications.models import Publication, Purpose
from service.publications.plans import Plan
from service.subscribers.audience import Audience

#: Which consent lets a message of some purpose through; mail to staff, or one's own, needs none.
PERMITS: dict[Purpose, Callable[[Publication, Audience], Permit]] = {
    Purpose.BULK: lambda _, audience: Permit(audience.pages, audience.lists),
    Purpose.CONFIRMATION: lambda publication, _: Permit(
        subscription=int(publication.subject.removeprefix("subscription:"))
    ),
    Purpose.STAFF: lambda *_: Permit(),
    Purpose.OWN: lambda *_: Permit(),
}


class ChangedSinceApproval(Exception):
    """Something behind the service's back wrote to what was approved; its rollout is paused."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A publication, read once and kept: it never changes after its approval."""

    publication: Publication
    purpose: Purpose
    expires_at: datetime
    manners: Manners
    message: Message
    targets: Sequence[tuple[str, int]]  # in the order of the bits of `Delivery.matched`
    permit: Permit
    plan: Plan
    rule: Rule  # when it may reach someone
    names: Mapping[tuple[str, int], dict[str, str]]  # of its targets, by language
    corrects: int = 0  # the rollout whose messages it continues; 0: none
    about: Mapping[str, str] = field(default_factory=dict)  # what filters looked at, by language
    _doorkeeper: Doorkeeper = field(init=False)

    def __post_init__(self) -> None:
        """Ask the rule for each zone once a minute."""
        object.__setattr__(self, "_doorkeeper", Doorkeeper(self.rule))

    def is_open(self, zone: str, now: datetime) -> bool:
        """Whether its rule lets it reach somebody without quiet hours in *zone*."""
        return self._doorkeeper.allowed(zone, now)

    def zone_of(self, zone: str) -> str:
        """The zone whose clock counts for somebody: their own, else the plan's fallback."""
        return zone if zones.is_zone(zone) else self.plan.fallback_zone


def sending_rule(publication: Publication, plan: Plan) -> Rule:
    """When *publication* may reach someone; a critical or a single one at any hour."""
    rule = plan.rule(publication.expires_at)
    return rule if manners(publication).windows else at_any_hour(rule)


def at_any_hour(rule: Rule) -> Rule:
    """*rule* without windows and blackouts; it begins and ends as before."""
    return replace(rule, windows=(), blackouts=frozenset())


def read_brief(session: Session, publication_id: int, now: datetime) -> Brief:
    """Return the brief of a publication.

    Raises `ChangedSinceApproval` for what goes to many and is not what its hash says.
    """
    publication = session.get_one(Publication, publication_id)
    if publication.purpose is Purpose.BULK and not is_as_approved(publication):
        raise ChangedSinceApproval(publication.public_id)
    audience = Audience.from_json(publication.audience)
    message = _with_tokens(session, publication, audience, now)
    plan = Plan.model_validate(publication.plan)
    return Brief(
        publication=publication,
        purpose=publication.purpose,
        expires_at=publication.expires_at,
        manners=manners(publication),
        message=message,
        targets=audience.targets,
        corrects=audience.reached,
        permit=PERMITS[publication.purpose](publication, audience),
        plan=plan,
        rule=sending_rule(publication, plan),
        names=people.source_names(session, audience.pages, audience.lists),
        about=about(message),
    )


def _with_tokens(
    session: Session, publication: Publication, audience: Audience, now: datetime
) -> Message:
    """The frozen message, its links given the tokens that are stored nowhere."""
    message = thaw(publication.content)
    if message.type == links.CODED:
        code = links.code(session, publication.subject, now)
        texts = {
            language: Text(
                *(words.replace(links.CODE_SLOT, code) for words in (one.title, one.body))
            )
            for language, one in message.texts.items()
        }
        return replace(message, texts=texts)
    if not any("{" in link.url for link in message.links):
        return message
    given = (publication.subject, audience.addresses[0], now)
    tokens = (replace(link, url=links.filled(session, link.url, *given)) for link in message.links)
    return replace(message, links=tuple(tokens))
