"""What to mail when somebody asks to subscribe an address: a pure function of what is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.signup.models import SignupDecision
from service.subscribers.models import Consent, EndReason, Suppression

#: What led to a mail, and so counts.
MAILED = (
    SignupDecision.CONFIRM, SignupDecision.REMIND, SignupDecision.LINK, SignupDecision.TEST,
    SignupDecision.CODE,
)  # fmt: skip
DAY = timedelta(days=1)
BOUNCED_PAUSE = timedelta(days=7)  # between two confirmations to an address that bounced


@dataclass(frozen=True, slots=True)
class Limit:
    """At most *most* mails to one address in *within*, over *target* alone or over all."""

    most: int
    within: timedelta
    is_per_target: bool


LIMITS = (
    Limit(1, timedelta(minutes=15), is_per_target=True),
    Limit(3, DAY, is_per_target=True),
    Limit(10, DAY, is_per_target=False),
)
#: The breaker: of so many confirmations, judged once people had time to answer, too few were.
SAMPLE, LEAST_SAMPLE, LEAST_ANSWERED = 200, 50, 0.1
TIME_TO_ANSWER = timedelta(minutes=15)
MEMORY = max(BOUNCED_PAUSE, *(limit.within for limit in LIMITS))


@dataclass(frozen=True, slots=True)
class Mailed:
    """A mail that a request of *at* led to."""

    at: datetime
    target: str
    decision: SignupDecision


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address and of what it is to get."""

    target: str
    state: Consent | None  # None: it never subscribed to this
    ended_reason: EndReason | None  # also of an address that was erased since
    suppressed: str  # the reason, or ""
    mailed: tuple[Mailed, ...]  # to this address, as far back as `MEMORY`
    is_invited: bool = False  # a program proposes it, rather than somebody asking


def is_abused(asked: int, answered: int) -> bool:
    """Whether so few of the last confirmations were answered that somebody plays with the form."""
    return asked >= LEAST_SAMPLE and answered < LEAST_ANSWERED * asked


def decide(known: Known, now: datetime) -> SignupDecision:
    """Say what to do about a request; limits come before the state."""
    if barred := _barred(known) or _pestered(known):
        return barred
    if has_had_enough(known.target, known.mailed, now):
        return SignupDecision.LIMITED
    if known.state is Consent.ACTIVE and not known.suppressed:
        return _once(SignupDecision.REMIND, _to_target(known), now - DAY)
    if known.suppressed:
        return _once(SignupDecision.CONFIRM, known.mailed, now - BOUNCED_PAUSE)
    return SignupDecision.CONFIRM


def _barred(known: Known) -> SignupDecision | None:
    if known.ended_reason is EndReason.COMPLAINT:
        return SignupDecision.COMPLAINED
    if known.suppressed and known.suppressed != Suppression.BOUNCE:
        return SignupDecision.SUPPRESSED
    return None


def _pestered(known: Known) -> SignupDecision | None:
    """One invitation is enough: whoever was asked, or said no, is not asked by a program again."""
    if not known.is_invited:
        return None
    if known.ended_reason is not None:
        return SignupDecision.DECLINED
    if known.state is not None:
        return SignupDecision.KNOWN
    return SignupDecision.SUPPRESSED if known.suppressed else None


def has_had_enough(target: str, mailed: Iterable[Mailed], now: datetime) -> bool:
    """Whether an address got as many letters about *target*, or in all, as it may."""
    return any(_is_reached(limit, target, tuple(mailed), now) for limit in LIMITS)


def _is_reached(limit: Limit, target: str, mailed: tuple[Mailed, ...], now: datetime) -> bool:
    mails = [mail for mail in mailed if mail.target == target or not limit.is_per_target]
    return sum(mail.at > now - limit.within for mail in mails) >= limit.most


def _once(decision: SignupDecision, mails: Iterable[Mailed], since: datetime) -> SignupDecision:
    if any(mail.decision is decision and mail.at > since for mail in mails):
        return SignupDecision.LIMITED
    return decision


def _to_target(known: Known) -> tuple[Mailed, ...]:
    return tuple(mail for mail in known.mailed if mail.target == known.target)
