"""service.subscribers.merging: an old tab says nothing about what it did not change"""

from hypothesis import given
from hypothesis import strategies as st

from service.subscribers.filters import Choice
from service.subscribers.merging import merge, restrict

sets = st.frozensets(st.integers(1, 6))
a_choice = st.builds(
    Choice,
    everything=st.booleans(),
    sections=sets,
    components=sets,
    categories=st.integers(0, 15),
    minimum_severity=st.integers(0, 3),
    moments=st.integers(0, 7),
    events=st.frozensets(st.sampled_from(["event:a", "event:b"])),
)


class TestMerge:
    @given(current=a_choice, shown=a_choice)
    def test_a_form_sent_back_untouched_changes_nothing(self, current, shown):
        merged = merge(current, shown, shown)
        assert (merged.choice, merged.is_newer_kept) == (current, False)

    @given(current=a_choice, wanted=a_choice)
    def test_a_fresh_form_gets_exactly_what_it_says(self, current, wanted):
        merged = merge(current, current, wanted)
        assert (merged.choice, merged.is_newer_kept) == (wanted, False)

    @given(current=a_choice, shown=a_choice, wanted=a_choice)
    def test_what_was_ticked_or_unticked_holds(self, current, shown, wanted):
        now = merge(current, shown, wanted).choice
        assert wanted.components - shown.components <= now.components
        assert not (shown.components - wanted.components) & now.components

    @given(current=a_choice, shown=a_choice, wanted=a_choice)
    def test_what_was_not_touched_is_as_it_was(self, current, shown, wanted):
        now = merge(current, shown, wanted).choice
        touched = shown.sections ^ wanted.sections
        assert now.sections - touched == current.sections - touched
        bits = shown.categories ^ wanted.categories
        assert now.categories & ~bits == current.categories & ~bits

    @given(current=a_choice, shown=a_choice, wanted=a_choice)
    def test_sending_a_form_twice_is_sending_it_once(self, current, shown, wanted):
        once = merge(current, shown, wanted).choice
        assert merge(once, shown, wanted).choice == once

    def test_of_two_severities_the_newer_stays_and_this_is_told(self):
        seen, newer, older = (Choice(minimum_severity=each) for each in (0, 3, 1))
        merged = merge(newer, seen, older)
        assert (merged.choice.minimum_severity, merged.is_newer_kept) == (3, True)
        assert not merge(newer, seen, newer).is_newer_kept


class TestWhereTwoMeet:
    @given(one=a_choice, other=a_choice)
    def test_it_does_not_matter_which_comes_first(self, one, other):
        assert restrict(one, other) == restrict(other, one)

    @given(one=a_choice)
    def test_everything_gives_way_to_less(self, one):
        assert restrict(one, one) == restrict(one, restrict(one, one))
        less = restrict(Choice(), one)
        assert (less.everything, less.categories) == (one.everything, one.categories)
        if not one.everything:
            assert (less.sections, less.components) == (one.sections, one.components)

    @given(one=a_choice, other=a_choice)
    def test_nothing_gets_through_that_either_held_back(self, one, other):
        less = restrict(one, other)
        for each in (one, other):
            assert less.categories & ~each.categories == 0
            assert less.minimum_severity >= each.minimum_severity
            assert each.everything or less.components <= each.components
