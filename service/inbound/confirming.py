"""A reply to a confirmation: what the owner of an address wrote themselves, and what it means.

The signed local part decides whose consent it is, never From. A consent needs a person: whatever
looks like a machine answers nothing here.
"""

import re

from channels.email.bounces.asides import is_automatic_reply, is_daemon
from channels.email.bounces.reading import open_mail
from service.access import links
from service.access.models import Purpose
from service.inbound import proving
from service.inbound.desk import Desk, Understood
from service.inbound.models import LetterState
from service.posts.letters import read_post
from service.signup.actions import answers
from service.signup.actions.answers import Standing
from service.signup.actions.requests import Origin
from service.subscribers import queries as people
from service.subscribers.actions import Evidence
from service.subscribers.models import Consent, Method, Subscription
from service.subscribers.targets import target_of

_FIRST = 500  # characters of an answer that are read
_NO = re.compile(
    r"\b(?:non?|nein|not|never|jamais|pas|refuse[rd]?|decline[rd]?|stop|remove|spam|unsubscribe"
    r"|d[ée]sinscri\w*|d[ée]sabonn\w*|(?:did|do|wo|ca)n['’]t)\b",
    re.IGNORECASE,
)
# Where clients begin to repeat the mail that is answered: signs, a line of dashes or underscores,
# the head of the mail (Outlook), or a sentence that ends with a verb (broken into two lines).
_QUOTED = re.compile(
    r"^[ \t]*(?:[>|]|-{3,}[^\n]*-{3,}|_{8,}"
    r"|\**(?:From|De|Von|Da|Expéditeur)\**[ \u00a0]?:"
    r"|[^\n]{0,200}(?:\n[^\n]{0,200})?(?:wrote|écrit|schrieb[^\n]{0,80}|escribió|scritto)"
    r"[ \u00a0]?:[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)


def confirm(desk: Desk) -> Understood:
    """Accept or refuse what was asked; too late, ask anew under the limits of any request."""
    if _is_machine(desk):
        return Understood(LetterState.IGNORED, "automatic")
    (subscription_id,) = desk.to.numbers
    subscription = people.subscription(desk.uow.session, subscription_id)
    if subscription is None:
        return Understood(LetterState.IGNORED, "forgotten")
    return _answered(desk, subscription, own_words(read_post(desk.message).body))


def own_words(body: str) -> str:
    """Return what stands before the mail that is answered begins again."""
    return _QUOTED.split(body, maxsplit=1)[0].strip()[:_FIRST]


def is_refusal(words: str) -> bool:
    """Whether *words* say no anywhere: a yes that was meant can be given again, by the button."""
    return _NO.search(words) is not None


def _is_machine(desk: Desk) -> bool:
    mail = open_mail(desk.letter.raw)
    machine = is_automatic_reply(mail) or is_daemon(mail) or proving.is_machine(desk.message)
    return machine or not desk.letter.mail_from


def _answered(desk: Desk, subscription: Subscription, words: str) -> Understood:
    target = f"subscription:{subscription.id}"
    token = links.current(desk.uow.session, Purpose.SIGNUP, target, desk.uow.now)
    if token is None:
        return _too_late(desk, subscription, words)
    person = people.subscriber(desk.uow.session, _owner(desk, subscription))
    shown, version = answers.evidence_shown(
        target_of(desk.uow.session, subscription), person.locale
    )
    text = f"{shown}\n> {words}" if words else shown
    evidence = Evidence(Method.MAIL, locale=person.locale, text=text, version=version)
    act = answers.refuse if is_refusal(words) else answers.accept
    return Understood(LetterState.DONE, act(desk.uow, token, evidence))


def _too_late(desk: Desk, subscription: Subscription, words: str) -> Understood:
    """Nothing is sent to whoever says no, or has answered before."""
    if subscription.state is Consent.PENDING and not is_refusal(words):
        origin = Origin(Method.MAIL, ip="", agent="", network="")
        answers.ask_again(desk.uow, subscription, origin)
    return Understood(LetterState.IGNORED, Standing.EXPIRED)


def _owner(desk: Desk, subscription: Subscription) -> int:
    address = people.address(desk.uow.session, subscription.address_id)
    if address is None:  # an address is forgotten with its subscriptions
        raise LookupError(f"address {subscription.address_id}")
    return address.subscriber_id
