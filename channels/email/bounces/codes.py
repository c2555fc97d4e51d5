"""What codes say: RFC 3463 and its registry, SMTP replies, and the tables of providers."""

import re

from channels.email.bounces.causes import Cause

# Enhanced status codes without their class; the longest prefix wins.
_STATUS: dict[str, Cause] = {
    "1.1": Cause.USER_UNKNOWN,
    "1.2": Cause.HOST_UNKNOWN,
    "1.3": Cause.USER_UNKNOWN,
    "1.4": Cause.FILTERED,
    "1.6": Cause.HAS_MOVED,
    "1.7": Cause.REJECTED,
    "1.8": Cause.REJECTED,
    "1.9": Cause.SYSTEM_ERROR,
    "1.10": Cause.NOT_ACCEPT,
    "1.351": Cause.USER_UNKNOWN,  # Exchange Online: unknown behind a connector
    "2.0": Cause.FILTERED,
    "2.1": Cause.SUSPEND,
    "2.2": Cause.MAILBOX_FULL,
    "2.3": Cause.EXCEED_LIMIT,
    "2.4": Cause.FILTERED,
    "3.1": Cause.SYSTEM_FULL,
    "3.2": Cause.NOT_ACCEPT,
    "3.4": Cause.MESSAGE_TOO_BIG,
    "3": Cause.SYSTEM_ERROR,
    "4.1": Cause.EXPIRED,
    "4.2": Cause.EXPIRED,
    "4.4": Cause.HOST_UNKNOWN,
    "4.5": Cause.SYSTEM_FULL,
    "4.7": Cause.EXPIRED,
    "4": Cause.NETWORK_ERROR,
    "4.310": Cause.HOST_UNKNOWN,  # Exchange Online: the domain is not in DNS
    "5.1": Cause.SYSTEM_ERROR,
    "5.2": Cause.SYNTAX_ERROR,
    "5.3": Cause.EXCEED_LIMIT,
    "5.4": Cause.SYNTAX_ERROR,
    "6": Cause.CONTENT_ERROR,
    "7.8": Cause.SECURITY_ERROR,
    "7.9": Cause.SECURITY_ERROR,
    "7.13": Cause.SUSPEND,
    "7.17": Cause.HAS_MOVED,  # RFC 7293: the mailbox changed hands
    "7.20": Cause.AUTH_FAILURE,
    "7.21": Cause.AUTH_FAILURE,
    "7.22": Cause.AUTH_FAILURE,
    "7.23": Cause.AUTH_FAILURE,
    "7.24": Cause.AUTH_FAILURE,
    "7.25": Cause.REQUIRE_PTR,
    "7.26": Cause.AUTH_FAILURE,
    "7.27": Cause.REJECTED,  # RFC 7505: our own domain takes no mail
    "7.509": Cause.AUTH_FAILURE,
    "7": Cause.POLICY_VIOLATION,
}

_REPLIES: dict[int, Cause] = {
    421: Cause.EXPIRED,
    450: Cause.EXPIRED,
    451: Cause.SYSTEM_ERROR,
    452: Cause.SYSTEM_FULL,
    521: Cause.NOT_ACCEPT,  # RFC 7504
    523: Cause.MESSAGE_TOO_BIG,
    525: Cause.SUSPEND,  # RFC 7504's neighbour: the account is disabled
    530: Cause.SECURITY_ERROR,
    535: Cause.SECURITY_ERROR,
    551: Cause.HAS_MOVED,
    556: Cause.NOT_ACCEPT,
}

# What providers write instead of words; they are read before any phrase.
_PROVIDERS: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern), cause)
    for pattern, cause in (
        # Orange, Wanadoo, La Poste: the number that ends each reply
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_)?416\b", Cause.USER_UNKNOWN),
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_)?515\b", Cause.SUSPEND),
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_)?417\b", Cause.MAILBOX_FULL),
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_)?(?:50[1-6])\b", Cause.SPAM_DETECTED),
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_)?(?:10\d|99\d|20\d)\b", Cause.BLOCKED),
        (r"\b(?:ofr|lpn)\d*_?(?:006_|007_|005_|000_)?630\b", Cause.POLICY_VIOLATION),
        # Facebook's RCP-P1 names a dead address, its other letters the message or us
        (r"\brcp-p1\b", Cause.USER_UNKNOWN),
        (r"\b(?:rcp|dns|int|con|pol)-[pt]\d+\b", Cause.BLOCKED),
        # Google's help pages, by the name in the link
        (r"[?&]p=nosuchuser\b", Cause.USER_UNKNOWN),
        (r"[?&]p=(?:disableduser|inactiveuser)\b", Cause.SUSPEND),
        (r"[?&]p=overquota(?:perm|temp)\b", Cause.MAILBOX_FULL),
        (r"[?&]p=(?:receivingrate|overquotaspeed)", Cause.SPEEDING),
        (r"groups\.google\.com/support", Cause.REJECTED),
        (r"unauthenticated senders? not allowed", Cause.SECURITY_ERROR),
        # Exchange
        (r"resolver\.adr\.\w*(?:recip\w*notfound)", Cause.USER_UNKNOWN),
        (r"5\.1\.10\b.*recipient(?:\s\S+)?\snot\s?found|recipientnotfound", Cause.USER_UNKNOWN),
        (r"5\.4\.1 .*recipient address rejected: access denied", Cause.USER_UNKNOWN),
        (r"shutoffquotaexceeded", Cause.MAILBOX_FULL),
        (r"smtpsend\.dns\.nonexistentdomain", Cause.HOST_UNKNOWN),
        (r"queue\.expired", Cause.EXPIRED),
        (r"resolver\.rst\.(?:recip)?sizelimit|recipsizelimit", Cause.MESSAGE_TOO_BIG),
        (r"resolver\.rst\.(?:notauthorized|authrequired|notauthenticated)", Cause.SECURITY_ERROR),
        # cPanel's Exim, where routing failed
        (r"account or domain may not exist, they may be blacklisted", Cause.HOST_UNKNOWN),
        # Exchange 5.5 and 2000: the code of the information store
        (r"\(000c05a6\)", Cause.USER_UNKNOWN),
        (r"\(000b099c\)", Cause.ON_HOLD),
        (r"\((?:00010256|000d06b5)\)", Cause.SYSTEM_ERROR),
        # PowerMTA's own sorting
        (r"x-powermta-bouncecategory: bad-mailbox", Cause.USER_UNKNOWN),
        (r"x-powermta-bouncecategory: bad-domain", Cause.HOST_UNKNOWN),
        (r"x-powermta-bouncecategory: inactive-mailbox", Cause.SUSPEND),
        (r"x-powermta-bouncecategory: quota-issues", Cause.MAILBOX_FULL),
    )
)

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.\-:_#/\[])([45][0-7]\d)(?=[ \-#:.]|$)(?!\.\d|:\d| bytes)")


def by_provider(words: str) -> Cause | None:
    """What a provider's own code in *words* (lower-case, links kept) stands for."""
    return next((cause for sign, cause in _PROVIDERS if sign.search(words)), None)


def by_status(status: str) -> Cause | None:
    """What an enhanced status code stands for; `X.0.0` stands for nothing."""
    found = STATUS.fullmatch(status)
    if found is None:
        return None
    subject, detail = found[2], found[3]
    return _STATUS.get(f"{subject}.{detail}") or _STATUS.get(subject)


def by_reply(code: int) -> Cause | None:
    """What an SMTP reply code says where nothing else does."""
    return _REPLIES.get(code)
