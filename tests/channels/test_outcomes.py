"""channels.outcomes"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from channels.base import Address, Outcome, Parcel, Reason, Result, Scope
from channels.outcomes import as_known, complete


def parcel(name: str) -> Parcel:
    return Parcel(name, 1, Address(name, name, name, "lane"), None)


A, B, C = parcel("a"), parcel("b"), parcel("c")


def sent(to: Parcel) -> Outcome:
    return Outcome(to, Result.SENT, Scope.ADDRESS, Reason.ACCEPTED)


class TestComplete:
    def test_a_sound_channel_passes_through_as_it_is(self, caplog: pytest.LogCaptureFixture):
        told = [sent(B), sent(A)]
        assert list(complete([A, B], told)) == told
        assert not caplog.records

    def test_what_is_left_out_is_unknown_and_silent(self):
        first, second = complete([A, B], [sent(B)])
        assert first == sent(B)
        assert (second.parcel, second.result, second.reason) == (A, Result.UNKNOWN, Reason.SILENT)

    def test_an_exception_leaves_the_rest_unknown_and_its_words_out(
        self, caplog: pytest.LogCaptureFixture
    ):
        def broken() -> Iterator[Outcome]:
            yield sent(A)
            raise RuntimeError("whsec_hidden")

        with caplog.at_level(logging.WARNING):
            outcomes = list(complete([A, B, C], broken()))
        assert [each.result for each in outcomes] == [Result.SENT, *[Result.UNKNOWN] * 2]
        assert "RuntimeError in test_outcomes.py:" in outcomes[1].detail
        assert "whsec" not in outcomes[1].detail + caplog.text
        assert len(caplog.records) == 1

    def test_of_two_outcomes_the_first_holds(self):
        later = replace(sent(A), result=Result.PERMANENT)
        assert list(complete([A], [sent(A), later])) == [sent(A)]

    def test_a_foreign_parcel_counts_for_nothing(self):
        (only,) = complete([A], [sent(C)])
        assert (only.parcel, only.reason) == (A, Reason.SILENT)

    def test_a_copy_of_a_parcel_is_traded_for_the_true_one(self):
        (only,) = complete([A], [sent(replace(A, attempt=7))])
        assert only.parcel is A

    @pytest.mark.parametrize("oddity", [None, "sent", sent(None), replace(sent(A), result="ok")])  # type: ignore[arg-type]
    def test_what_is_no_outcome_counts_for_nothing(self, oddity: Any):
        outcomes = list(complete([A, B], [oddity, sent(B)]))
        assert [each.reason for each in outcomes] == [Reason.ACCEPTED, Reason.SILENT]

    @pytest.mark.parametrize("given", [None, 7])
    def test_a_channel_that_returns_no_iterator_is_silent(self, given: Any):
        (only,) = complete([A], given)
        assert only.reason is Reason.SILENT

    def test_outcomes_stream(self):
        def slow() -> Iterator[Outcome]:
            yield sent(A)
            raise AssertionError("asked for too early")

        assert next(complete([A, B], slow())) == sent(A)


class TestAsKnown:
    def test_what_is_known_is_told_while_another_hangs(self):
        over = Event()

        def hanging() -> Iterator[Outcome]:
            yield sent(A)
            yield sent(B)
            assert over.wait(60)
            yield sent(C)

        known: list[Outcome] = []
        for group in as_known(hanging()):
            known += group
            if sent(B) in known:
                over.set()
        assert known == [sent(A), sent(B), sent(C)]

    def test_nothing_is_no_group(self):
        assert list(as_known(iter(()))) == []
