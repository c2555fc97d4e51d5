"""Takes an approval back while nothing has left: the message is held again, and nobody knows."""

from service.db.unit_of_work import UnitOfWork
from service.moderation import queries_desk as queries
from service.moderation.handling import handling_of
from service.publications.actions import reopen
from service.publications.models import Publication
from service.rollouts.recalling import cancel


def recall(uow: UnitOfWork, rollout_id: str, comment: str = "") -> Publication:
    """Cancel a rollout that has not started; its publication waits for moderators again.

    Approvals given are void: whoever gave one may have been wrong. Raises `NotFound`, and
    `Conflict` with the rollout's state where it has started, or is over.
    """
    rollout = cancel(uow, rollout_id, comment)
    publication = uow.session.get_one(Publication, rollout.publication_id)
    reopen(uow, publication, comment)
    for vote in queries.votes(uow.session, publication.id):
        uow.session.delete(vote)
    row = handling_of(uow, publication)
    row.review_since = row.settled_at = None
    return publication
