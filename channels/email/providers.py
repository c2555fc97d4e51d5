"""The big mail providers and the domains behind which each of them receives.

Refusals for our reputation, throttling and outages come by provider, not by domain: what fails
together is one lane.
"""

_DOMAINS = {
    "google": "gmail.com googlemail.com",
    "microsoft": (
        "hotmail.com hotmail.fr hotmail.be hotmail.ch hotmail.co.uk hotmail.de hotmail.es"
        " hotmail.it outlook.com outlook.fr outlook.be outlook.de outlook.es outlook.it"
        " live.com live.fr live.be live.ca live.co.uk live.de live.it live.nl msn.com passport.com"
    ),
    "yahoo": (
        "yahoo.com yahoo.fr yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com.br yahoo.de"
        " yahoo.es yahoo.it ymail.com rocketmail.com aol.com aol.fr aim.com"
    ),
    "apple": "icloud.com me.com mac.com",
    "orange": "orange.fr wanadoo.fr voila.fr",
    "free": "free.fr aliceadsl.fr libertysurf.fr online.fr infonie.fr chez.com",
    "sfr": "sfr.fr neuf.fr cegetel.net club-internet.fr 9online.fr numericable.fr",
    "bouygues": "bbox.fr bouygtel.fr",
    "laposte": "laposte.net",
    "gmx": "gmx.com gmx.de gmx.net gmx.fr gmx.at gmx.ch mail.com web.de 1und1.de",
    "telekom": "t-online.de magenta.de",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
    "mailru": "mail.ru bk.ru inbox.ru list.ru",
    "yandex": "yandex.com yandex.ru ya.ru",
    "comcast": "comcast.net xfinity.com",
    "libero": "libero.it virgilio.it iol.it",
}

PROVIDERS = {domain: name for name, domains in _DOMAINS.items() for domain in domains.split()}
BIG_LANES = frozenset(_DOMAINS)


def lane_of(domain: str) -> str:
    """Return the provider behind *domain*, lower-case ASCII, else the domain itself."""
    return PROVIDERS.get(domain, domain)
