"""service.signup.actions.retention: who never answered is forgotten, everybody else is not"""

from datetime import timedelta

from sqlalchemy import func, select

from service.signup.actions import retention
from service.signup.models import SignupDecision, SignupRequest
from service.subscribers.models import Address, Consent
from tests.factories import a_page, a_subscriber, a_subscription, an_address


def a_request(uow, key):
    uow.session.add(
        SignupRequest(
            submission=key, at=uow.now, due_at=uow.now, channel="email", address_key=key,
            target="page:1", network="198.51.100.1", wish={}, decision=SignupDecision.CONFIRM,
        )
    )  # fmt: skip


def asked(uow, page, value, state=Consent.PENDING, **given):
    address = an_address(uow, a_subscriber(uow), value, **{"verified_at": None, **given})
    a_subscription(uow, address, page, state=state, active_at=None)
    a_request(uow, address.key)


class TestForgetting:
    def test_takes_who_never_answered_and_nobody_else(self, rt, clock):
        with rt.work() as uow:
            page = a_page(uow)
            asked(uow, page, "silent@example.org")
            asked(uow, page, "again@example.org")
            asked(uow, page, "no@example.org", Consent.ENDED)
            asked(uow, page, "yes@example.org", Consent.ACTIVE, verified_at=uow.now)
            asked(uow, page, "blocked@example.org", suppressed_at=uow.now)
        clock.advance(timedelta(days=rt.settings.signup_keep_days, minutes=1))
        with rt.work() as uow:
            asked(uow, a_page(uow, "other"), "new@example.org")
            a_request(uow, "again@example.org")
        retention.forget_unanswered(rt)
        retention.forget_unanswered(rt)
        with rt.read() as session:
            left = set(session.scalars(select(Address.value)))
            requests = set(session.scalars(select(SignupRequest.address_key)))
        names = ("again", "no", "yes", "blocked", "new")
        assert left == {"", *(f"{name}@example.org" for name in names)}
        assert requests == {"again@example.org", "new@example.org"}

    def test_goes_on_portion_by_portion(self, rt, clock):
        with rt.work() as uow:
            page = a_page(uow)
            for number in range(retention.PERSONS + 1):
                asked(uow, page, f"p{number}@example.org")
        clock.advance(timedelta(days=rt.settings.signup_keep_days, minutes=1))
        for left in (1, 0):
            retention.forget_unanswered(rt)
            with rt.read() as session:
                known = select(func.count()).select_from(Address).where(Address.value != "")
                assert session.scalar(known) == left
