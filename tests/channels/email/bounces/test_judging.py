"""channels.email.bounces.judging"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.bounces.causes import HARD, Cause
from channels.email.bounces.judging import judge
from channels.email.bounces.notices import Notice, Stage
from tests.channels.email.bounces.sayings import ALIVE, DEAD


def said(words: str, stage: Stage = Stage.RCPT) -> Notice:
    return Notice("who@example.org", words, stage=stage)


class TestJudge:
    @pytest.mark.parametrize(("cause", "words"), [(c, w) for c in DEAD for w in DEAD[c]])
    def test_a_dead_address_is_known_by_the_words_of_many_systems(self, cause, words):
        judged = judge(said(words))
        assert (judged.cause, judged.hard) == (cause, True)

    @pytest.mark.parametrize("words", ALIVE)
    def test_nobody_is_condemned_for_anything_else(self, words):
        assert not judge(said(words)).hard

    def test_after_the_content_was_seen_it_may_be_a_filter_that_speaks(self):
        assert judge(said("550 User unknown", Stage.DATA)).cause is Cause.FILTERED
        assert judge(said("550 5.1.1 User unknown", Stage.DATA)).hard

    def test_nobody_is_unknown_before_somebody_was_named(self):
        judged = judge(said("550 5.1.0 notify.example.com does not exist", Stage.MAIL))
        assert (judged.cause, judged.hard) == (Cause.REJECTED, False)

    def test_a_refusal_for_now_condemns_nobody(self):
        assert not judge(said("450 4.1.1 <who@example.org>: User unknown")).hard

    def test_an_address_is_no_evidence(self):
        words = "554 5.3.0 <user-unknown@no-such-domain.example>: Error"
        assert not judge(said(words)).hard

    def test_a_link_is_no_evidence(self):
        assert not judge(said("554 refused, see https://example.org/no-such-user")).hard

    @given(st.text(max_size=600), st.text(max_size=12), st.sampled_from(Stage), st.booleans())
    def test_any_words_come_to_something(self, words, status, stage, quoted):
        judged = judge(Notice("", words, status, "failed", stage, quoted=quoted))
        assert judged.cause in Cause
        assert not judged.hard or judged.cause in HARD
