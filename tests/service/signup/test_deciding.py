"""service.signup.deciding: what to mail, row by row"""

from datetime import timedelta

import pytest

from service.signup.deciding import Known, Mailed, decide
from service.signup.models import SignupDecision
from service.subscribers.models import Consent, EndReason
from tests.fakes import MONDAY

CONFIRM, REMIND = SignupDecision.CONFIRM, SignupDecision.REMIND
LIMITED = SignupDecision.LIMITED


def known(
    state: Consent | None = None,
    reason: EndReason | None = None,
    suppressed: str = "",
    mailed: tuple[Mailed, ...] = (),
) -> Known:
    return Known("page:1", state, reason, suppressed, mailed)


def mail(ago: timedelta, decision: SignupDecision = CONFIRM, target: str = "page:1") -> Mailed:
    return Mailed(MONDAY - ago, target, decision)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


class TestDecide:
    @pytest.mark.parametrize(
        ("state", "reason", "suppressed", "decision"),
        [
            (None, None, "", CONFIRM),
            (Consent.PENDING, None, "", CONFIRM),
            (Consent.ENDED, EndReason.LEFT, "", CONFIRM),
            (Consent.ENDED, EndReason.REFUSED, "", CONFIRM),
            (Consent.ACTIVE, None, "", REMIND),
            (None, None, "bounce", CONFIRM),
            (Consent.ACTIVE, None, "bounce", CONFIRM),
            (Consent.ENDED, EndReason.LEFT, "bounce", CONFIRM),
            (Consent.ENDED, EndReason.COMPLAINT, "", SignupDecision.COMPLAINED),
            (Consent.ENDED, EndReason.COMPLAINT, "bounce", SignupDecision.COMPLAINED),
            (Consent.ACTIVE, None, "staff", SignupDecision.SUPPRESSED),
            (None, None, "unknown", SignupDecision.SUPPRESSED),
        ],
    )
    def test_each_row_of_the_table(self, state, reason, suppressed, decision):
        assert decide(known(state, reason, suppressed), MONDAY) is decision

    @pytest.mark.parametrize(
        ("mailed", "decision"),
        [
            ((mail(minutes(14)),), LIMITED),
            ((mail(minutes(15)),), CONFIRM),
            ((mail(minutes(1), target="list:1"),), CONFIRM),  # another list has its own
            (tuple(mail(minutes(n * 60)) for n in (1, 2)), CONFIRM),
            (tuple(mail(minutes(n * 60)) for n in (1, 2, 3)), LIMITED),
            (tuple(mail(minutes(n * 60)) for n in (1, 2, 24)), CONFIRM),
            (tuple(mail(minutes(1), target=f"list:{n}") for n in range(9)), CONFIRM),
            (tuple(mail(minutes(1), target=f"list:{n}") for n in range(10)), LIMITED),
        ],
    )
    def test_an_address_is_written_to_a_few_times_at_most(self, mailed, decision):
        assert decide(known(mailed=mailed), MONDAY) is decision

    @pytest.mark.parametrize(("hours", "decision"), [(23, LIMITED), (24, REMIND)])
    def test_already_subscribed_is_said_once_a_day(self, hours, decision):
        said = mail(timedelta(hours=hours), REMIND)
        assert decide(known(Consent.ACTIVE, mailed=(said,)), MONDAY) is decision

    def test_a_confirmation_does_not_count_as_having_said_so(self):
        confirmed = mail(timedelta(hours=2))
        assert decide(known(Consent.ACTIVE, mailed=(confirmed,)), MONDAY) is REMIND

    @pytest.mark.parametrize(("days", "decision"), [(6, LIMITED), (7, CONFIRM)])
    @pytest.mark.parametrize("target", ["page:1", "list:9"])
    def test_an_address_that_bounced_gets_one_confirmation_a_week(self, days, decision, target):
        earlier = mail(timedelta(days=days), target=target)
        assert decide(known(suppressed="bounce", mailed=(earlier,)), MONDAY) is decision
