"""The phrases by which mail providers say why they refuse, most telling first."""

import re

from channels.base import Reason, Scope


def _sign(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


SIGNS: tuple[tuple[re.Pattern[str], Reason, Scope], ...] = (
    (
        _sign(
            r"relay(ing)? (access )?(is )?(denied|not permitted)|not (allowed|permitted) to relay"
        ),
        Reason.POLICY,
        Scope.INSTANCE,
    ),
    (
        _sign(r"authentication (is )?required|must authenticate|not authenticated"),
        Reason.AUTH,
        Scope.INSTANCE,
    ),
    (_sign(r"gr[ea]y ?-?list"), Reason.THROTTLED, Scope.ADDRESS),
    (
        _sign(
            r"block ?list|black ?list|\b[dr]n?s?bl\b|\brbl\b|spamhaus|spamcop|barracuda"
            r"|sorbs|reputation|\bspf\b|\bdmarc\b|\bdkim\b|ptr record|reverse dns"
            r"|unauthenticated (e-?mail|mail|messages?)|unsolicited|\bspam\b"
            r"|(ofr|lpn)[_\d]*[ _]?50[0-9]"
            r"|\b(ip|client host|sender) .{0,60}(blocked|rejected|banned)"
        ),
        Reason.POLICY,
        Scope.LANE,
    ),
    (
        _sign(
            r"rate.?limit|too (many|much|fast)|throttl|exceeded .{0,40}(rate|connections|messages)"
            r"|receiving mail (at a rate|too quickly)|slow down|try (again|your message) later"
        ),
        Reason.THROTTLED,
        Scope.LANE,
    ),
    (
        _sign(
            r"over ?quota|quota (has been )?(exceed|full|reach)|exceed.{0,30}quota"
            r"|out of (storage|space)"
            r"|(mail)?box.{0,30}(is )?full|insufficient (disk )?space.{0,20}mailbox"
            r"|exceeded storage|bo[iî]te.{0,30}pleine"
        ),
        Reason.MAILBOX_FULL,
        Scope.ADDRESS,
    ),
    (
        _sign(
            r"(account|mailbox|user|recipient|address).{0,40}"
            r"(disabled|inactive|suspended|deactivated|locked|not active|expired|d[ée]sactiv)"
        ),
        Reason.MAILBOX_DISABLED,
        Scope.ADDRESS,
    ),
    (
        _sign(
            r"\b(domain|host)( name)?( \S+)? (is )?(not found|(does not|doesn.?t) exist|unknown)"
            r"|(unknown|invalid|no such) (domain|host)|does not accept mail|\bnull ?mx\b|no mx\b"
        ),
        Reason.BAD_DOMAIN,
        Scope.ADDRESS,
    ),
    (
        _sign(
            r"(user|recipient|mailbox|account|address|addressee|alias|destinataire|adresse).{0,60}"
            r"(unknown|not found|(does not|doesn.?t|didn.?t) exist|no longer|not exist|invalid"
            r"|inconnue?|n.existe)"
            r"|(unknown|invalid|no such|not a valid|bad|non-?existent|unrouteable|undeliverable)"
            r" (local.part|user|recipient|mailbox|account|address|virtual|alias)"
            r"|(does not|doesn.?t) have an? .{0,30}account|no mailbox here|not our customer"
        ),
        Reason.UNKNOWN_RECIPIENT,
        Scope.ADDRESS,
    ),
    (
        _sign(r"(message|size).{0,40}(too (large|big)|exceeds|exceeded).{0,40}|too (large|big)"),
        Reason.TOO_LARGE,
        Scope.MESSAGE,
    ),
    (
        _sign(r"virus|malware|attachment|bare (lf|cr)|malformed|(invalid|missing|bad) header"),
        Reason.CONTENT,
        Scope.MESSAGE,
    ),
)
