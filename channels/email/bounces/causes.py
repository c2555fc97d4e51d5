"""Why mail came back: the closed list of causes, and which of them condemn an address."""

from enum import StrEnum


class Cause(StrEnum):
    """What a returned mail says about one recipient."""

    # the address: nobody will ever read there
    USER_UNKNOWN = "userunknown"
    HOST_UNKNOWN = "hostunknown"
    HAS_MOVED = "hasmoved"
    NOT_ACCEPT = "notaccept"  # the host takes no mail at all (RFC 7505)
    # the mailbox: somebody may read there again
    MAILBOX_FULL = "mailboxfull"
    SUSPEND = "suspend"
    FILTERED = "filtered"  # refused after the content was seen, whatever the words
    # time
    EXPIRED = "expired"
    NETWORK_ERROR = "networkerror"
    SYSTEM_ERROR = "systemerror"
    SYSTEM_FULL = "systemfull"
    SPEEDING = "speeding"
    TOO_MANY_CONN = "toomanyconn"
    ON_HOLD = "onhold"
    MAILER_ERROR = "mailererror"
    # us: our address, our host, our reputation, our rights
    AUTH_FAILURE = "authfailure"
    BAD_REPUTATION = "badreputation"
    BLOCKED = "blocked"
    FAILED_STARTTLS = "failedstarttls"
    NO_RELAYING = "norelaying"
    NOT_COMPLIANT_RFC = "notcompliantrfc"
    POLICY_VIOLATION = "policyviolation"
    REJECTED = "rejected"  # the sender's address is refused
    REQUIRE_PTR = "requireptr"
    SECURITY_ERROR = "securityerror"
    SPAM_DETECTED = "spamdetected"
    SYNTAX_ERROR = "syntaxerror"
    # this message
    CONTENT_ERROR = "contenterror"
    EXCEED_LIMIT = "exceedlimit"
    MESSAGE_TOO_BIG = "mesgtoobig"
    VIRUS_DETECTED = "virusdetected"
    # no failure
    DELIVERED = "delivered"
    FEEDBACK = "feedback"  # a complaint
    VACATION = "vacation"  # an automatic reply
    UNDEFINED = "undefined"


HARD = frozenset({Cause.USER_UNKNOWN, Cause.HOST_UNKNOWN, Cause.HAS_MOVED, Cause.NOT_ACCEPT})
SOFT = frozenset({Cause.MAILBOX_FULL, Cause.SUSPEND})
