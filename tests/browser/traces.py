"""What nobody can hand in over the API: a mail nobody understood, an endpoint, an export."""

from dataclasses import dataclass

from service.access import keys, links
from service.access.models import Purpose
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Attempt
from service.inbound.models import Entrance, Letter, LetterState
from service.moderation.models import Sender, Stance
from service.transfers import reading
from service.transfers.actions import hand_in
from service.transfers.plan import Wish
from service.webhooks.models import Endpoint
from tests.factories import a_subscriber, an_address
from tests.service.transfers.exports import summary

MAIL = b"""From: Ann <ann@example.com>\r
To: somebody@notify.example.org\r
Subject: =?utf-8?Q?=C3=80_lire?=\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=B\r
\r
--B\r
Content-Type: text/plain\r
\r
What is this?\r
--B\r
Content-Type: text/csv\r
Content-Disposition: attachment; filename="figures.csv"\r
\r
a,b\r
--B--\r
"""
TRACE = {
    "address": "203.0.113.7",
    "timings": {"connect": 0.01, "total": 0.2},
    "request": {"content-type": "application/json"},
    "sent": '{"type": "incident.created"}',
    "status": 503,
    "headers": {"retry-after": "60"},
    "body": "busy",
}


@dataclass(frozen=True, slots=True)
class Traces:
    """Where each is shown."""

    letter: int
    endpoint: str
    attempt: int
    owner: str  # the token of an endpoint's owner
    sender: str
    takeover: str
    subscriber: int


def leave_traces(uow: UnitOfWork) -> Traces:
    """Write them all."""
    person = a_subscriber(uow)
    owner = an_address(uow, person, "owner@example.org")
    hook = an_address(uow, person, "https://hooks.example.org/tocsin", channel="webhook")
    letter = Letter(
        received_at=uow.now, entrance=Entrance.OWNER, recipient="somebody@notify.example.org",
        mail_from="ann@example.com", raw=MAIL, state=LetterState.UNRECOGNISED,
    )  # fmt: skip
    endpoint = Endpoint(
        address_id=hook.id, owner_id=owner.id, label="Ours", watches=[], created_at=uow.now,
        created_by=uow.by,
    )  # fmt: skip
    attempt = Attempt(
        address_id=hook.id, parcel="1", kind="incident.created", attempt=1, at=uow.now,
        result="transient", reason="busy", detail="", trace=TRACE, next_at=uow.now, why="schedule",
    )  # fmt: skip
    sender = Sender(
        name="Monitoring", address="monitoring@example.org", stance=Stance.MODERATED,
        created_at=uow.now,
    )  # fmt: skip
    uow.session.add_all([letter, endpoint, attempt, sender])
    uow.session.flush()
    takeover = hand_in(uow, reading.content([("summary.json", summary())]), Wish("acme", "en"))
    keys.use(b"k" * 32)
    token = links.stateless(Purpose.ENDPOINTS, f"address:{owner.id}")
    return Traces(
        letter.id, endpoint.public_id, attempt.id, token, sender.public_id, takeover.public_id,
        person.id,
    )  # fmt: skip
