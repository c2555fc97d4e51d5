"""Who looks after what is for one page or list."""

from service.access import queries as access
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound, invalid
from service.moderation import queries_duties as queries
from service.moderation.models import Duty
from service.web.callers import includes


def set_duty(uow: UnitOfWork, email: str, target: str, *, is_backup: bool) -> Duty:
    """Let somebody look after *target* (`page:3`), as a backup if so; raises `Invalid`."""
    person = access.staff_with_email(uow.session, email.strip().lower())
    if person is None or person.disabled_at or not includes(person.role, "moderator"):
        raise invalid("/email", "use the address of a moderator or administrator", "unknown_staff")
    duty = queries.duty_at(uow.session, person.id, target)
    if duty is None:
        duty = Duty(staff_id=person.id, target=target)
        uow.session.add(duty)
    duty.is_backup = is_backup
    uow.session.flush()
    record(uow, "duty.set", f"staff:{person.id}", target=target, is_backup=is_backup)
    return duty


def drop_duty(uow: UnitOfWork, staff_id: int, target: str) -> None:
    """Take a duty from somebody; raises `NotFound`."""
    duty = queries.duty_at(uow.session, staff_id, target)
    if duty is None:
        raise NotFound("there is no such duty")
    queries.drop_duty(uow.session, duty)
    record(uow, "duty.dropped", f"staff:{staff_id}", target=target)
