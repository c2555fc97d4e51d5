"""Keeps launch plans about the message that will leave, however often it is written anew."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.launches import queries
from service.publications.models import Publication


def follow(uow: UnitOfWork, old: Publication, new: Publication) -> None:
    """Let the plans about a message that was written anew be about its *new* revision.

    Ticks and waivers stay; tests do not count for another content.
    """
    for launch in queries.of_publication(uow.session, old.id):
        launch.publication_id, launch.updated_at = new.id, uow.now
        launch.plan = {**launch.plan, "publication": new.public_id}
        record(uow, "launch.followed", f"launch:{launch.public_id}", publication=new.public_id)
