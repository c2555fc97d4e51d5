"""channels.email.bounces.classify"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.bounces.causes import Cause
from channels.email.bounces.classify import Kind, classify

MAILS = Path(__file__).parents[3] / "data" / "bounces" / "mails"
#: Mails that were written before anybody looked at the rules, and how many there are.
WRITTEN = {"written.txt": 66, "unseen.txt": 68}
EXPECTED = [json.loads(line) for line in (MAILS / "expected.jsonl").read_text().splitlines()]
LARGEST = 4000


def a_report(*lines: str, head: str = "From: MAILER-DAEMON@mx.example.net") -> bytes:
    return "\n".join([head, "Subject: failure notice", "", *lines, ""]).encode()


def written(name: str) -> list[tuple[bytes, bool]]:
    """The mails of a file, and whether each is hard."""
    found = []
    text = (MAILS.parent / name).read_text("utf-8")
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, _, mail = block.partition("\n")
        found.append((mail.encode(), head.split()[1] == "hard"))
    return found


class TestClassify:
    @pytest.mark.parametrize("name", WRITTEN)
    def test_hard_means_dead_where_the_rules_have_seen_nothing_like_it(self, name):
        told = [(classify(mail).hard, dead) for mail, dead in written(name)]
        both = sum(hard and dead for hard, dead in told)
        assert len(told) == WRITTEN[name]
        assert both >= 0.95 * sum(hard for hard, _ in told)
        assert both >= 0.85 * sum(dead for _, dead in told)

    @pytest.mark.parametrize("remainder", [0, 1])
    def test_hard_means_dead_on_each_half_of_the_real_mails(self, remainder):
        told = [
            (classify((MAILS / one["file"]).read_bytes()).hard, one["hard"])
            for one in EXPECTED[remainder::2]
        ]
        found, true = sum(hard for hard, _ in told), sum(dead for _, dead in told)
        both = sum(hard and dead for hard, dead in told)
        assert both / found >= 0.95
        assert both / true >= 0.95

    def test_the_reason_is_right_for_most(self):
        verdicts = [classify((MAILS / one["file"]).read_bytes()) for one in EXPECTED]
        right = sum(
            verdict.cause in {each["reason"] for each in one["recipients"]}
            for verdict, one in zip(verdicts, EXPECTED, strict=True)
        )
        assert right / len(EXPECTED) >= 0.85

    def test_each_recipient_gets_the_words_said_about_it(self):
        verdict = classify(
            a_report(
                "Hi. This is the qmail-send program at mx.example.net.",
                "<gone@example.org>:",
                "192.0.2.1 does not like recipient.",
                "Remote host said: 550 5.1.1 User unknown",
                "<full@example.org>:",
                "192.0.2.1 does not like recipient.",
                "Remote host said: 552 5.2.2 Mailbox full",
                "--- Below this line is a copy of the message.",
                "To: else@example.org",
            )
        )
        assert [(f.address, f.cause, f.hard) for f in verdict.findings] == [
            ("gone@example.org", Cause.USER_UNKNOWN, True),
            ("full@example.org", Cause.MAILBOX_FULL, False),
        ]

    def test_a_list_of_recipients_shares_what_follows(self):
        verdict = classify(
            a_report(
                "Message could not be delivered:",
                "  one@example.org",
                "  two@example.org",
                "",
                "Unknown mail host",
            )
        )
        assert [f.cause for f in verdict.findings] == [Cause.HOST_UNKNOWN] * 2

    def test_a_delayed_mail_is_marked_as_still_under_way(self):
        verdict = classify(
            a_report(
                "Reporting-MTA: dns; mx.example.net",
                "",
                "Final-Recipient: rfc822; who@example.org",
                "Action: delayed",
                "Status: 4.4.1",
                "Diagnostic-Code: X-Postfix; connect to mx.example.org: Connection timed out",
            )
        )
        assert [(f.delayed, f.hard) for f in verdict.findings] == [(True, False)]

    @pytest.mark.parametrize(
        "head",
        [
            "From: Ann <ann@example.org>\nSubject: Out of office: Works tonight",
            "From: Ann <ann@example.org>\nAuto-Submitted: auto-replied",
            "From: Ann <ann@example.org>\nSubject: =?utf-8?q?R=C3=A9ponse_automatique?= : Travaux",
            "From: Ann <ann@example.org>\nX-Autoreply: yes",
        ],
    )
    def test_an_automatic_reply_is_about_nobody(self, head):
        verdict = classify(a_report("I am away; user unknown until Monday.", head=head))
        assert (verdict.kind, verdict.cause, verdict.hard) == (
            Kind.AUTOMATIC,
            Cause.VACATION,
            False,
        )

    def test_a_letter_from_a_person_is_not_recognised(self):
        verdict = classify(
            b"From: Ann <ann@example.org>\nSubject: Thank you\n\nSee you at the town hall.\n"
        )
        assert (verdict.kind, verdict.findings) == (Kind.UNRECOGNISED, ())

    def test_a_report_on_signatures_is_no_complaint(self):
        verdict = classify((MAILS / "arf-20.eml").read_bytes())
        assert (verdict.kind, verdict.feedback) == (Kind.COMPLAINT, "auth-failure")

    @given(st.binary(max_size=LARGEST))
    def test_garbage_is_read_without_a_word(self, raw):
        assert not classify(raw).hard

    @settings(max_examples=60)
    @given(st.data())
    def test_a_damaged_mail_is_read_without_a_word(self, data):
        one = data.draw(st.sampled_from(EXPECTED))
        raw = bytearray((MAILS / one["file"]).read_bytes()[:LARGEST])
        for _ in range(data.draw(st.integers(1, 8))):
            place = data.draw(st.integers(0, len(raw)))
            raw[place : place + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=30))
        assert classify(bytes(raw)).kind in Kind
