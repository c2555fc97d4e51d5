"""scheduling.simulate and scheduling.exposure"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.exposure import Fault, all_at_once, exposure, sights, windows_alone
from scheduling.lanes import Lane
from scheduling.plan_fields import BadField
from scheduling.ramp import Percent, cumulative
from scheduling.rates import Warming
from scheduling.resting import Resting, shared
from scheduling.rules import QuietHours, Rule
from scheduling.simulate import Paper, Watch, play
from scheduling.waves import Late
from scheduling.windows import Interval

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
BY_DAY = Rule.from_plan(
    {
        "windows": [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "09:00", "end": "20:00"}],
        "expires": "2026-12-07T00:00:00Z",
    }
)
HOURS = timedelta(hours=1)
MORNING = QuietHours(time(0), time(12))


def a_paper(people, **given):
    values = {
        "opens": NINE,
        "released": NINE,
        "horizon": timedelta(days=14),
        "rule": BY_DAY,
        "late": Late.NEXT_WINDOW,
        "ends": cumulative(Percent(), people),
        "watch": Watch(),
        "per_minute": 60_000.0,
    }
    return Paper(**{**values, **given})


class TestPlay:
    def test_each_stage_waits_for_the_one_before(self):
        course = play(a_paper(1000, rule=Rule()), {"UTC": 1000})
        assert [stage.size for stage in course.stages] == [50, 150, 300, 500]
        opened = [stage.opens_at for stage in course.stages]
        assert [(at - NINE) // HOURS for at in opened] == [0, 2, 4, 6]
        assert course.reached == 1000

    def test_a_stage_that_bakes_past_the_window_goes_on_next_morning(self):
        course = play(a_paper(1000, opens=NINE + 10 * HOURS, released=NINE), {"UTC": 1000})
        first, second = course.runs[:2]
        assert first.start == NINE + 10 * HOURS
        assert second.start == NINE + 24 * HOURS

    def test_people_get_it_on_their_own_clock(self):
        course = play(a_paper(200, ends=(200,)), {"Asia/Tokyo": 100, "America/New_York": 100})
        assert [(run.start - NINE) / HOURS for run in course.runs] == [0, 5]

    def test_nothing_leaves_before_its_release(self):
        course = play(a_paper(100, ends=(100,), released=NINE + HOURS), {"UTC": 100})
        assert course.runs[0].start == NINE + HOURS

    def test_what_does_not_fit_the_window_is_carried_and_not_lost(self):
        course = play(a_paper(1000, ends=(1000,), per_minute=1.0), {"UTC": 1000})
        assert (course.runs[0].people, course.carried, course.reached) == (660, 340, 1000)
        assert course.runs[1].start == NINE + 24 * HOURS
        assert course.runs[1].carried

    def test_who_has_no_hour_left_is_counted(self):
        soon = replace(BY_DAY, expires=NINE + 2 * HOURS)
        course = play(a_paper(200, ends=(200,), rule=soon), {"UTC": 100, "America/New_York": 100})
        assert (course.reached, course.never) == (100, 100)
        assert course.until(1.0) is None

    def test_stages_that_cannot_open_in_time_are_counted(self):
        soon = replace(BY_DAY, expires=NINE + HOURS)
        course = play(a_paper(1000, rule=soon), {"UTC": 1000})
        assert course.reached == 50
        assert course.never + course.unopened == 950

    def test_windows_yield_where_the_plan_says_so(self):
        evening = NINE + 12 * HOURS
        paper = a_paper(100, ends=(100,), opens=evening, late=Late.IMMEDIATELY)
        course = play(paper, {"UTC": 100})
        assert course.runs[0].start == evening
        assert course.inside == 0.0

    def test_its_figures_are_those_of_its_pace(self):
        course = play(a_paper(1000, ends=(1000,), per_minute=10.0, rule=Rule()), {"UTC": 1000})
        assert course.until(0.5) == timedelta(minutes=50)
        assert course.peak() == 10
        assert course.inside == 1.0

    def test_a_pace_of_nothing_is_refused(self):
        with pytest.raises(BadField):
            a_paper(100, per_minute=0)

    @given(
        st.dictionaries(
            st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Chatham"]),
            st.integers(1, 5000),
            min_size=1,
        ),
        st.floats(1, 1e5),
        st.integers(0, 47),
    )
    def test_everybody_is_accounted_for(self, people, pace, hour):
        total = sum(people.values())
        opens = NINE + timedelta(minutes=30 * hour)
        # Half of each clock's people sleep until noon.
        quiet = tuple(Resting(zone, MORNING, count // 2) for zone, count in people.items())
        lanes = (Lane("one", total // 3, pace / 7), Lane("other", total // 4, pace * 2))
        skipped = {zone: count // 5 for zone, count in people.items()}
        given = {"quiet": quiet, "lanes": lanes, "skipped": skipped}
        paper = a_paper(total, per_minute=pace, opens=opens, released=opens, **given)
        course = play(paper, people)
        assert course.reached + course.never + course.unopened + course.skipped == total
        assert course.skipped <= sum(skipped.values())
        assert course.peak() <= pace + 1 or course.peak() == 1
        starts = [run.start for run in course.runs]
        assert starts == sorted(starts)
        assert course.inside == 1.0


class TestShared:
    @given(st.lists(st.integers(0, 1000), min_size=1), st.data())
    def test_nobody_is_made_up_or_lost(self, left, data):
        size = data.draw(st.integers(0, sum(left)))
        shares = shared(left, size)
        assert sum(shares) == size
        assert all(0 <= share <= there for share, there in zip(shares, left, strict=True))


class TestExposure:
    def test_a_ramp_exposes_fewer_than_windows_and_these_than_nothing(self):
        people = {"UTC": 100_000, "Asia/Tokyo": 100_000, "America/New_York": 100_000}
        paper = a_paper(300_000)
        ways = (all_at_once(paper), windows_alone(paper), paper)
        exposed = [exposure(play(way, people), Fault(share=0.01)).exposed for way in ways]
        assert exposed == [300_000, 200_000, 2_000]

    def test_a_fault_too_rare_for_the_audience_is_not_noticed(self):
        found = exposure(play(a_paper(100, ends=(100,)), {"UTC": 100}), Fault(share=0.001))
        assert (found.noticed_at, found.exposed, found.affected) == (None, 100, 1)

    @pytest.mark.parametrize("given", [{"share": 0}, {"share": 1}, {"notice": -HOURS}])
    def test_what_is_no_fault_is_refused(self, given):
        with pytest.raises(BadField):
            Fault(**given)


class TestSights:
    def test_forty_five_people_show_one_fault_in_twenty(self):
        (sight,) = sights((45,))
        assert sight.reveals <= 0.05
        assert dict(sight.chances)[0.05] >= 0.9
        assert dict(sight.chances)[0.001] < 0.05


class TestWhatSlowsItDown:
    def test_a_crowd_sets_out_over_the_spread_and_others_beside_it(self):
        day_before = NINE - 12 * HOURS
        given = {"opens": day_before, "released": day_before, "ends": (4000,)}
        paper = a_paper(4000, spread=HOURS, **given)
        course = play(paper, {"UTC": 2000, "Europe/London": 2000})
        (run,) = course.runs  # one clock
        assert run.end - run.start == HOURS * 7 / 8  # eight parts, the last sets out then
        assert course.peak() < 80
        assert play(a_paper(4000, **given), {"UTC": 4000}).peak() == 4000

    def test_a_new_sender_grows_day_by_day(self):
        young = Warming(None, timedelta())
        course = play(a_paper(1000, ends=(1000,), rule=Rule(), warming=young), {"UTC": 1000})
        days = [course.by(NINE + timedelta(days=days)) for days in (1, 2, 3)]
        assert days == [480, 1000, 1000]
        assert NINE + timedelta(hours=24) < course.runs[-1].end < NINE + timedelta(hours=48)

    def test_a_late_metric_puts_off_the_next_stage(self):
        watch = Watch(late=((30, timedelta(hours=5)),))
        course = play(a_paper(1000, rule=Rule(), watch=watch), {"UTC": 1000})
        opened = [stage.opens_at for stage in course.stages]
        # Later stages wait for it no longer: what the first has shown has matured.
        assert [(at - NINE) // HOURS for at in opened] == [0, 5, 7, 9]

    def test_whoever_wants_peace_gets_it_when_their_quiet_hours_end(self):
        quiet = (
            Resting("UTC", MORNING, 20),
            Resting("UTC", QuietHours(time(20), time(9)), 30),
        )
        course = play(a_paper(100, ends=(100,), quiet=quiet), {"UTC": 100})
        assert [((run.start - NINE) / HOURS, run.people) for run in course.runs] == [
            (0, 80),
            (3, 20),
        ]
        assert (course.reached, course.carried, course.inside) == (100, 0, 1.0)
        # They hold up no quorum, but a stage that has not shown enough without them.
        for most, opened in ((200, [0, 3, 5, 7]), (100, [0, 2, 4, 6])):
            course = play(a_paper(1000, quiet=(Resting("UTC", MORNING, most),)), {"UTC": 1000})
            assert [(stage.opens_at - NINE) // HOURS for stage in course.stages] == opened
        never = (Resting("UTC", QuietHours(time(9), time(8, 59)), 20),)
        course = play(a_paper(100, ends=(100,), quiet=never), {"UTC": 100})
        assert (course.reached, course.never) == (80, 20)

    def test_who_is_behind_a_slow_provider_waits_beside_the_others(self):
        slow, fast = Lane("slow", 300, 1.0), Lane("fast", 200, 40.0)
        paper = a_paper(1000, ends=(1000,), per_minute=100.0, rule=Rule(), lanes=(slow, fast))
        course = play(paper, {"UTC": 1000})
        ends = [((run.end - NINE) / timedelta(minutes=1), run.people) for run in course.runs]
        # 700 of the others at what the slow one leaves of the pace; the fast one holds nobody up.
        assert ends == [(pytest.approx(700 / 99), 700), (300, 300)]
        assert course.peak() == 100
        # The quorum does not wait for the last of them, the gate for what is known by then.
        first = replace(paper, ends=(500, 1000), watch=Watch(0.8, 2 * HOURS))
        stages = play(first, {"UTC": 1000}).stages
        assert stages[0].quorum_at == NINE + timedelta(minutes=50)
        assert (stages[1].opens_at - NINE) / HOURS == pytest.approx(2 + 50 / 60)

    def test_two_waves_behind_one_provider_wait_for_each_other_and_for_the_window(self):
        lanes = (Lane("slow", 2000, 1.0),)
        paper = a_paper(2000, ends=(2000,), per_minute=1e4, lanes=lanes)
        course = play(paper, {"UTC": 1000, "Asia/Tokyo": 1000})
        assert course.reached == 2000
        assert (course.runs[-1].end - NINE) / HOURS > 33
        assert course.carried > 0
        ordered = sorted(course.runs, key=lambda run: run.start)
        assert all(one.end <= other.start for one, other in pairwise(ordered))

    def test_who_gets_nothing_takes_no_time_and_holds_up_no_gate(self):
        paper = a_paper(1000, rule=Rule(), per_minute=1.0, skipped={"UTC": 980})
        course = play(paper, {"UTC": 1000})
        assert (course.reached, course.skipped, course.unopened) == (20, 980, 0)
        assert [stage.skipped for stage in course.stages] == [49, 147, 294, 490]
        assert (course.until(1.0) or timedelta.max) < 7 * HOURS  # three bakes and twenty minutes
        nobody = replace(paper, skipped={"UTC": 1000})
        assert [each.opens_at for each in play(nobody, {"UTC": 1000}).stages][
            -1
        ] == NINE + 6 * HOURS

    def test_nothing_leaves_or_is_watched_in_a_freeze(self):
        frozen = (Interval(NINE + HOURS, NINE + 4 * HOURS),)
        course = play(a_paper(1000, rule=Rule(), freezes=frozen), {"UTC": 1000})
        opened = [stage.opens_at for stage in course.stages]
        assert [(at - NINE) // HOURS for at in opened] == [0, 6, 8, 10]
        slow = a_paper(100, ends=(100,), per_minute=1.0, freezes=frozen)
        runs = play(slow, {"UTC": 100}).runs
        assert [((run.start - NINE) / HOURS, run.people) for run in runs] == [(0, 60), (4, 40)]
        begun = (Interval(NINE - HOURS, NINE + HOURS),)
        assert play(a_paper(9, freezes=begun), {"UTC": 9}).runs[0].start == NINE + HOURS
