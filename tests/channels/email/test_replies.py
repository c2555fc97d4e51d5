"""channels.email.replies"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Reason, Result, Scope
from channels.email.replies import Phase, Reply, classify

RCPT, MAIL, BODY = Phase.RCPT, Phase.MAIL, Phase.BODY
P, T = Result.PERMANENT, Result.TRANSIENT


CASES = {
    (RCPT, P, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT): (
        "550 5.1.1 The email account that you tried to reach does not exist.",
        "550 5.5.0 Requested action not taken: mailbox unavailable (recipient not found)",
        "550 No such user here",
        "554 delivery error: dd This user doesn't have a yahoo.fr account",
        "550 5.1.1 Adresse d au moins un destinataire invalide. LPN416",
        "550 5.7.1 Recipient address rejected: user unknown",
    ),
    (RCPT, P, Scope.ADDRESS, Reason.BAD_DOMAIN): (
        "550 5.1.2 Bad destination host",
        "556 5.1.10 Domain does not accept mail",
    ),
    (RCPT, T, Scope.ADDRESS, Reason.BAD_DOMAIN): (
        "450 4.1.2 Recipient address rejected: Domain not found",
    ),
    (RCPT, P, Scope.ADDRESS, Reason.MAILBOX_FULL): ("552 5.2.2 Over quota",),
    (RCPT, T, Scope.ADDRESS, Reason.MAILBOX_FULL): (
        "452 4.2.2 The email account that you tried to reach is over quota",
    ),
    (RCPT, P, Scope.ADDRESS, Reason.MAILBOX_DISABLED): (
        "550 5.2.1 The email account that you tried to reach is disabled",
        "554 30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30)",
    ),
    (RCPT, T, Scope.LANE, Reason.POLICY): (
        "550 5.7.1 Service unavailable, client host [192.0.2.1] blocked using Spamhaus",
        "554 5.7.1 You are not allowed to connect: bad reputation",
    ),
    (BODY, P, Scope.LANE, Reason.POLICY): (
        "550 5.7.26 Unauthenticated email from example.org is not accepted due to DMARC policy",
        "550 5.7.1 Our system has detected that this message is likely unsolicited mail",
    ),
    (RCPT, P, Scope.INSTANCE, Reason.POLICY): ("554 5.7.1 <x@y>: Relay access denied",),
    (RCPT, T, Scope.LANE, Reason.THROTTLED): (
        "421 4.7.0 Too many connections from your host, try again later",
        "550 5.7.0 Rate limit exceeded",
        "451 please wait",
    ),
    (RCPT, T, Scope.ADDRESS, Reason.THROTTLED): (
        "450 4.2.0 Greylisted, please try again in 300 seconds",
    ),
    (RCPT, P, Scope.ADDRESS, Reason.REFUSED): (
        "550 5.0.0 no",
        "554 no",
    ),
    (BODY, P, Scope.MESSAGE, Reason.TOO_LARGE): ("552 5.3.4 Message size exceeds fixed limit",),
    (MAIL, P, Scope.MESSAGE, Reason.TOO_LARGE): ("552 5.3.4 message too large",),
    (BODY, P, Scope.MESSAGE, Reason.CONTENT): (
        "554 5.6.0 malformed MIME",
        "550 5.7.1 virus found",
    ),
    (BODY, T, Scope.INSTANCE, Reason.THROTTLED): ("452 4.3.1 Insufficient system storage",),
    (MAIL, P, Scope.INSTANCE, Reason.POLICY): (
        "550 5.1.8 bad sender",
        "550 no",
    ),
    (MAIL, P, Scope.INSTANCE, Reason.AUTH): ("530 5.7.0 Authentication required",),
    (MAIL, T, Scope.INSTANCE, Reason.THROTTLED): ("421 4.3.2 shutting down",),
    (Phase.GREETING, P, Scope.INSTANCE, Reason.POLICY): ("554 5.7.1 go away",),
    (Phase.GREETING, T, Scope.INSTANCE, Reason.THROTTLED): ("421 busy",),
    (Phase.AUTH, P, Scope.INSTANCE, Reason.AUTH): ("535 5.7.8 bad credentials",),
}


class TestClassify:
    @pytest.mark.parametrize(
        ("expected", "line"), [(key, line) for key, lines in CASES.items() for line in lines]
    )
    def test_by_reason(self, expected, line):
        phase, *meaning = expected
        verdict = classify(a_reply(line), phase)
        assert [verdict.result, verdict.scope, verdict.reason] == meaning

    @pytest.mark.parametrize(
        ("words", "seconds"),
        [
            ("4.2.0 Greylisted, try again in 300 seconds", 300),
            ("4.7.1 please retry after 5 minutes", 300),
            ("4.7.1 wait 2 hours", 7200),
            ("4.7.1 try again in 99999 hours", 21_600),
            ("4.7.1 no idea", None),
        ],
    )
    def test_a_wait_that_is_asked_for(self, words, seconds):
        assert classify(Reply(451, words), RCPT).retry_after == seconds

    @given(st.integers(400, 599), st.text(max_size=500), st.sampled_from(Phase))
    def test_any_words_have_a_meaning(self, code, words, phase):
        verdict = classify(Reply(code, words), phase)
        assert verdict.result in {P, T}
        assert code >= 500 or verdict.result is T

    def test_a_refusal_for_our_sake_never_condemns_the_recipient(self):
        for line in ("550 5.7.1 blocked by policy", "550 5.7.23 SPF fail", "554 5.7.0 denied"):
            assert classify(a_reply(line), RCPT).scope is not Scope.ADDRESS


def a_reply(line: str) -> Reply:
    code, _, text = line.partition(" ")
    return Reply(int(code), text)
