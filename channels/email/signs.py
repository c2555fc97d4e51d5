"""What the cause of a refusal comes to for a delivery: its reason, and whom it condemns."""

from channels.base import Reason, Scope
from channels.email.bounces.causes import Cause

# Causes that are missing here say less than the status code does.
MEANINGS: dict[Cause, tuple[Reason, Scope]] = {
    Cause.USER_UNKNOWN: (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    Cause.HAS_MOVED: (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    Cause.HOST_UNKNOWN: (Reason.BAD_DOMAIN, Scope.ADDRESS),
    Cause.NOT_ACCEPT: (Reason.BAD_DOMAIN, Scope.ADDRESS),
    Cause.MAILBOX_FULL: (Reason.MAILBOX_FULL, Scope.ADDRESS),
    Cause.SUSPEND: (Reason.MAILBOX_DISABLED, Scope.ADDRESS),
    Cause.SPEEDING: (Reason.THROTTLED, Scope.LANE),
    Cause.TOO_MANY_CONN: (Reason.THROTTLED, Scope.LANE),
    Cause.AUTH_FAILURE: (Reason.POLICY, Scope.LANE),
    Cause.BAD_REPUTATION: (Reason.POLICY, Scope.LANE),
    Cause.BLOCKED: (Reason.POLICY, Scope.LANE),
    Cause.REQUIRE_PTR: (Reason.POLICY, Scope.LANE),
    Cause.SPAM_DETECTED: (Reason.POLICY, Scope.LANE),
    Cause.NO_RELAYING: (Reason.POLICY, Scope.INSTANCE),
    Cause.FAILED_STARTTLS: (Reason.AUTH, Scope.INSTANCE),
    Cause.MESSAGE_TOO_BIG: (Reason.TOO_LARGE, Scope.MESSAGE),
    Cause.CONTENT_ERROR: (Reason.CONTENT, Scope.MESSAGE),
    Cause.NOT_COMPLIANT_RFC: (Reason.CONTENT, Scope.MESSAGE),
    Cause.VIRUS_DETECTED: (Reason.CONTENT, Scope.MESSAGE),
}
