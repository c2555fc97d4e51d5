"""scheduling.gates"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.gates import (
    Boolean,
    Code,
    Expected,
    Fault,
    GateInputs,
    Metric,
    OnInconclusive,
    Ratio,
    Reading,
    Tripwires,
    Verdict,
    Weight,
    judge,
)
from scheduling.plan_fields import BadField
from scheduling.standards import Standard
from tests.scheduling.instants import utc, wall

NOW = utc("2026-11-23T12:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BOUNCES = Ratio(good=0.02, bad=0.10, min_events=20, min_exposed=200)
SIGN_UPS = Expected(least_volume=100, most_volume=10_000, most_rate=0.05, min_exposed=50)
SEVERITY = [Verdict.GO, Verdict.HOLD, Verdict.NO_GO]


def read(count: float, denominator: float | None = None, age: timedelta = MINUTE) -> Reading:
    return Reading(count, denominator, NOW - age)


def healthy(**changes) -> GateInputs:
    inputs = GateInputs(
        now=NOW,
        planned=1_000,
        matured=950,
        elapsed=3 * HOUR,
        tripwires=Tripwires(attempted=200, refused=2, render_errors=0),
        metrics=(
            Metric("hard_bounces", BOUNCES, read(9, 950)),
            Metric("corruption", Boolean(), read(0)),
            Metric("sign_ups", SIGN_UPS, read(3, 400)),
        ),
    )
    return replace(inputs, **changes)


def with_metric(standard: Standard, reading: Reading | Fault, **more) -> GateInputs:
    return healthy(metrics=(Metric("it", standard, reading, **more),))


def why(inputs: GateInputs, metric: str) -> tuple[Verdict, Code]:
    (reason,) = [each for each in judge(inputs).reasons if each.metric == metric]
    return reason.verdict, reason.code


class TestGo:
    def test_a_healthy_stage_goes(self):
        judgement = judge(healthy())
        assert judgement.verdict is Verdict.GO
        assert judgement.headline == "GO: all clear"
        assert {reason.verdict for reason in judgement.reasons} == {Verdict.GO}

    def test_every_metric_and_tripwire_has_its_reason(self):
        assert [reason.metric for reason in judge(healthy()).reasons] == [
            "refused",
            "render_errors",
            "hard_bounces",
            "corruption",
            "sign_ups",
            "bake",
            "exposure",
        ]

    def test_it_waits_for_the_shortest_bake(self):
        early = healthy(elapsed=2 * HOUR - MINUTE)
        assert judge(early).verdict is Verdict.HOLD
        assert judge(early).headline == "HOLD: the shortest bake is not over"
        assert judge(healthy(elapsed=2 * HOUR)).verdict is Verdict.GO

    def test_it_waits_for_enough_people(self):
        assert why(healthy(matured=44), "exposure") == (Verdict.HOLD, Code.IMMATURE)
        assert why(healthy(matured=45), "exposure") == (Verdict.GO, Code.CLEAR)


class TestMissingData:
    @pytest.mark.parametrize(
        ("reading", "code"),
        [
            (Fault.MISSING, Code.MISSING),
            (Fault.UNREADABLE, Code.UNREADABLE),
            (read(9, 950, age=16 * MINUTE), Code.STALE),
            (read(9, 950, age=-6 * MINUTE), Code.FUTURE),
            (read(9), Code.MISSING),  # nine of how many?
            (read(951, 950), Code.UNREADABLE),  # more bounces than messages
        ],
    )
    @pytest.mark.parametrize("small", [True, False])
    def test_holds_whatever_the_audience(self, reading: Reading, code: Code, small: bool):
        inputs = replace(with_metric(BOUNCES, reading), small=small)
        assert why(inputs, "it") == (Verdict.HOLD, code)
        assert judge(inputs).verdict is Verdict.HOLD

    @pytest.mark.parametrize("missing", ["attempted", "refused", "render_errors"])
    def test_a_tripwire_nobody_looked_at_holds(self, missing: str):
        wires = replace(healthy().tripwires, **{missing: None})
        assert judge(healthy(tripwires=wires, small=True)).verdict is Verdict.HOLD

    def test_an_unknown_exposure_holds(self):
        assert judge(healthy(matured=None, small=True)).verdict is Verdict.HOLD

    @given(
        st.sampled_from([BOUNCES, Boolean(), SIGN_UPS]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
    def test_rubbish_instead_of_a_reading_never_goes(self, standard: Ratio, rubbish: object):
        inputs = with_metric(standard, read(0, 500))
        metric = inputs.metrics[0].to_json() | {"reading": rubbish}
        stored = inputs.to_json() | {"metrics": [metric]}
        assert judge(GateInputs.from_json(stored)).verdict is Verdict.HOLD

    @given(st.sampled_from(["count", "denominator", "as_of"]), st.text() | st.floats(max_value=-1))
    def test_one_field_of_rubbish_never_goes(self, field: str, rubbish: object):
        inputs = with_metric(BOUNCES, read(0, 500))
        reading = read(0, 500).to_json() | {field: rubbish}
        metric = inputs.metrics[0].to_json() | {"reading": reading}
        stored = inputs.to_json() | {"metrics": [metric]}
        assert judge(GateInputs.from_json(stored)).verdict is Verdict.HOLD

    @pytest.mark.parametrize("rubbish", [None, [], {}, {"attempted": "many"}, "none"])
    def test_rubbish_instead_of_tripwires_never_goes(self, rubbish: object):
        stored = healthy().to_json() | {"tripwires": rubbish}
        assert judge(GateInputs.from_json(stored)).verdict is Verdict.HOLD


class TestRatio:
    @pytest.mark.parametrize(
        ("events", "messages", "finding"),
        [
            (9, 950, (Verdict.GO, Code.CLEAR)),
            (4, 60, (Verdict.HOLD, Code.UNDECIDED)),
            (120, 950, (Verdict.NO_GO, Code.BAD_RATE)),
            (19, 190, (Verdict.HOLD, Code.TOO_FEW)),  # bad, on 19 events and 190 messages
            (20, 199, (Verdict.HOLD, Code.TOO_FEW)),
            (20, 200, (Verdict.NO_GO, Code.BAD_RATE)),
            (0, 0, (Verdict.HOLD, Code.UNDECIDED)),
        ],
    )
    def test_is_told_apart_by_its_counts(self, events: int, messages: int, finding):
        assert why(with_metric(BOUNCES, read(events, messages)), "it") == finding

    def test_says_what_it_rests_on(self):
        reason = judge(with_metric(BOUNCES, read(19, 950))).reasons[2]
        assert dict(reason.numbers) == pytest.approx(
            {"count": 19, "denominator": 950, "rate": 0.02, "age": 60, "evidence": -48.7}, rel=0.01
        )

    @given(st.integers(1, 2_000), st.data())
    def test_more_events_never_better_the_verdict(self, messages: int, data):
        few = data.draw(st.integers(0, messages))
        many = data.draw(st.integers(few, messages))
        better, worse = (
            judge(with_metric(BOUNCES, read(events, messages))).verdict for events in (few, many)
        )
        assert SEVERITY.index(better) <= SEVERITY.index(worse)


class TestBoolean:
    def test_a_raised_signal_stops_at_once_whatever_else_is_missing(self):
        inputs = replace(
            with_metric(Boolean(), read(1)),
            elapsed=timedelta(0),
            matured=None,
            tripwires=Tripwires(None, None, None),
        )
        assert judge(inputs).verdict is Verdict.NO_GO
        assert judge(inputs).headline == "NO-GO: the alarm was raised"


class TestExpected:
    @pytest.mark.parametrize(
        ("errors", "sign_ups", "finding"),
        [
            (3, 400, (Verdict.GO, Code.CLEAR)),
            (3, 99, (Verdict.HOLD, Code.TOO_FEW)),  # fewer than expected, so far
            (10, 40, (Verdict.HOLD, Code.TOO_FEW)),  # too few to speak of a rate
            (10, 60, (Verdict.NO_GO, Code.BAD_RATE)),
            (0, 10_001, (Verdict.NO_GO, Code.BAD_VOLUME)),
            (0, 0, (Verdict.HOLD, Code.TOO_FEW)),
            (0, None, (Verdict.HOLD, Code.MISSING)),
        ],
    )
    def test_sign_ups_grow_with_few_errors(self, errors: int, sign_ups: int, finding):
        assert why(with_metric(SIGN_UPS, read(errors, sign_ups)), "it") == finding

    def test_a_volume_alone_needs_no_denominator(self):
        volume = Expected(least_volume=100)
        assert why(with_metric(volume, read(100)), "it") == (Verdict.GO, Code.CLEAR)
        assert why(with_metric(volume, read(99)), "it") == (Verdict.HOLD, Code.TOO_FEW)

    def test_a_rate_may_be_too_low(self):
        success = Expected(least_rate=0.9)
        assert why(with_metric(success, read(8, 10)), "it") == (Verdict.NO_GO, Code.BAD_RATE)


class TestTripwires:
    @pytest.mark.parametrize(
        ("attempted", "refused", "verdict"),
        [
            (200, 39, Verdict.GO),
            (200, 40, Verdict.NO_GO),
            (25, 5, Verdict.NO_GO),
            (26, 5, Verdict.GO),
            (4, 4, Verdict.GO),  # four refusals prove no fault
            (0, 0, Verdict.GO),
            (5, 6, Verdict.HOLD),  # cannot be
        ],
    )
    def test_a_fifth_refused_stops(self, attempted: int, refused: int, verdict: Verdict):
        assert judge(healthy(tripwires=Tripwires(attempted, refused, 0))).verdict is verdict

    def test_one_message_that_could_not_be_rendered_stops(self):
        assert judge(healthy(tripwires=Tripwires(200, 0, 1))).verdict is Verdict.NO_GO

    def test_they_stop_small_audiences_too(self):
        tripped = healthy(planned=30, matured=30, tripwires=Tripwires(30, 6, 0))
        assert judge(tripped).verdict is Verdict.NO_GO


class TestWarnings:
    @given(st.sampled_from([read(0, 500), read(400, 500), Fault.MISSING, read(0, 500, age=HOUR)]))
    def test_a_warning_is_told_and_changes_nothing(self, reading: Reading):
        warned = with_metric(BOUNCES, reading, weight=Weight.WARN)
        assert judge(warned).verdict is Verdict.GO
        assert judge(warned).headline == "GO: all clear"

    def test_it_still_says_what_it_would_have_decided(self):
        warned = with_metric(BOUNCES, read(400, 500), weight=Weight.WARN)
        assert why(warned, "it") == (Verdict.NO_GO, Code.BAD_RATE)


class TestSmallAudiences:
    FEW = Tripwires(30, 0, 0)

    def test_what_can_never_mature_goes_after_the_shortest_bake(self):
        small = healthy(
            planned=30,
            matured=30,
            tripwires=self.FEW,
            metrics=(Metric("it", BOUNCES, read(1, 30)), Metric("sign_ups", SIGN_UPS, read(0, 3))),
        )
        assert judge(small).verdict is Verdict.GO
        assert judge(small).headline == "GO: too small to judge"
        assert judge(replace(small, elapsed=HOUR)).verdict is Verdict.HOLD

    def test_a_plan_may_say_so_of_a_larger_one(self):
        inputs = with_metric(BOUNCES, read(4, 60))
        assert judge(inputs).verdict is Verdict.HOLD
        assert judge(replace(inputs, small=True)).headline == "GO: too small to judge"

    def test_a_bad_rate_is_bad_in_any_number(self):
        strict = Ratio(good=0.02, bad=0.10)
        inputs = replace(with_metric(strict, read(12, 30)), planned=30, matured=30)
        assert judge(inputs).verdict is Verdict.NO_GO


class TestPatience:
    UNDECIDED = with_metric(BOUNCES, read(4, 60))

    def test_a_hold_beyond_the_longest_bake_asks(self):
        overdue = replace(self.UNDECIDED, elapsed=24 * HOUR)
        assert judge(overdue).verdict is Verdict.HOLD
        assert judge(overdue).headline == "HOLD: still undecided after the longest bake"

    def test_or_it_refuses_if_the_plan_says_so(self):
        overdue = replace(self.UNDECIDED, elapsed=24 * HOUR, on_inconclusive=OnInconclusive.NO_GO)
        assert judge(overdue).verdict is Verdict.NO_GO
        assert judge(replace(overdue, elapsed=24 * HOUR - MINUTE)).verdict is Verdict.HOLD

    @pytest.mark.parametrize("policy", OnInconclusive)
    def test_what_is_clear_is_not_overdue(self, policy: OnInconclusive):
        late = healthy(elapsed=1_000 * HOUR, on_inconclusive=policy)
        assert judge(late).verdict is Verdict.GO


class TestPlans:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"now": "noon"}, "now"),
            ({"min_bake": -1}, "min_bake"),
            ({"planned": "all"}, "planned"),
            ({"small": "yes"}, "small"),
            ({"on_inconclusive": "go"}, "on_inconclusive"),
            ({"metrics": [{"key": "it", "kind": "guess"}]}, "metrics/0/kind"),
            ({"metrics": None}, "metrics"),
            ({"patience": 5}, "patience"),
        ],
    )
    def test_all_but_measurements_must_be_readable(self, change: dict[str, object], field: str):
        with pytest.raises(BadField) as refusal:
            GateInputs.from_json(healthy().to_json() | change)
        assert refusal.value.field == field

    def test_a_plans_metric_has_no_reading_yet(self):
        plan = {"key": "hard_bounces", "kind": "ratio", "good": 0.02, "bad": 0.1}
        assert Metric.from_json(plan) == Metric("hard_bounces", Ratio(0.02, 0.1), Fault.MISSING)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"good": 0}, "good"),
            ({"bad": 0.01}, "bad"),
            ({"good": "little"}, "metric/good"),
            ({"weight": "heavy"}, "metric/weight"),
            ({"key": ""}, "metric/key"),
            ({"fresh_for": -1}, "metric/fresh_for"),
            ({"fresh_for": 1e300}, "metric/fresh_for"),
            ({"least_volume": 5}, "least_volume"),  # belongs to another kind
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, change: dict[str, object], field: str):
        plan = {"key": "hard_bounces", "kind": "ratio", "good": 0.02, "bad": 0.1}
        with pytest.raises(BadField) as refusal:
            Metric.from_json(plan | change)
        assert refusal.value.field == field

    def test_values_that_contradict_themselves_are_refused(self):
        with pytest.raises(ValueError, match="most_volume"):
            Expected(least_volume=5, most_volume=4)
        with pytest.raises(ValueError, match="max_bake"):
            healthy(min_bake=25 * HOUR)
        with pytest.raises(ValueError, match="metrics"):
            healthy(metrics=(Metric("it", Boolean()), Metric("it", Boolean())))
        with pytest.raises(ValueError, match="as_of"):
            Reading(0, None, wall("2026-11-23"))
        with pytest.raises(ValueError, match="count"):
            Reading(-1, None, NOW)
