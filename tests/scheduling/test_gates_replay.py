"""scheduling.gates: judgements of any inputs"""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.gates import (
    Boolean,
    Expected,
    Fault,
    GateInputs,
    Metric,
    OnInconclusive,
    Ratio,
    Reading,
    Threshold,
    Tripwires,
    Verdict,
    Weight,
    judge,
)
from tests.scheduling.instants import utc

NOW = utc("2026-11-23T12:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COUNTS = st.integers(0, 3_000)
READINGS = st.one_of(
    st.sampled_from(Fault),
    st.builds(
        Reading,
        st.one_of(COUNTS, st.floats(0, 3_000)),
        st.one_of(st.none(), COUNTS),
        st.integers(-10, 30).map(lambda minutes: NOW - minutes * MINUTE),
    ),
)
STANDARDS = st.one_of(
    st.builds(Ratio, st.floats(0.001, 0.1), st.floats(0.11, 0.5), COUNTS, COUNTS),
    st.builds(Boolean, st.booleans()),
    st.builds(Threshold, st.floats(0.001, 0.1), st.floats(0.11, 0.5), COUNTS, COUNTS),
    st.builds(Expected, st.none() | COUNTS, st.just(3_000), st.none(), st.none() | st.floats(0, 1)),
)
METRICS = st.lists(
    st.builds(
        Metric,
        st.sampled_from("abcdef"),
        STANDARDS,
        READINGS,
        st.integers(1, 30).map(lambda minutes: minutes * MINUTE),
        st.sampled_from(Weight),
        st.integers(0, 20).map(lambda hours: hours * HOUR),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda metric: metric.key,
).map(tuple)
UNSURE = st.none() | st.integers(0, 200)
INPUTS = st.builds(
    GateInputs,
    now=st.just(NOW),
    planned=COUNTS,
    matured=st.none() | COUNTS,
    elapsed=st.timedeltas(timedelta(0), 30 * HOUR),
    tripwires=st.builds(Tripwires, UNSURE, UNSURE, st.none() | st.integers(0, 1)),
    metrics=METRICS,
    min_exposed=st.integers(0, 100),
    on_inconclusive=st.sampled_from(OnInconclusive),
    small=st.booleans(),
    reached=COUNTS,
    content=st.sampled_from(["", "cafe"]),
)


class TestReplay:
    @given(INPUTS)
    def test_stored_inputs_give_the_same_judgement(self, inputs: GateInputs):
        """I14: a judgement is a function of what was stored."""
        stored = json.loads(json.dumps(inputs.to_json()))
        assert GateInputs.from_json(stored) == inputs
        assert judge(GateInputs.from_json(stored)) == judge(inputs)

    @given(INPUTS)
    def test_a_judgement_can_be_stored(self, inputs: GateInputs):
        stored = json.loads(json.dumps(judge(inputs).to_json()))
        assert stored["verdict"] == judge(inputs).verdict
        assert len(stored["reasons"]) >= len(inputs.metrics) + 4

    @given(INPUTS)
    def test_go_needs_every_enforced_metric_clear(self, inputs: GateInputs):
        if judge(inputs).verdict is Verdict.GO:
            assert inputs.elapsed >= inputs.min_bake
            assert inputs.matured is not None
            assert inputs.matured >= inputs.min_exposed or inputs.never_matures
            enforced = [m for m in inputs.metrics if m.weight is Weight.ENFORCED]
            for metric in enforced:
                assert isinstance(metric.reading, Reading)
                assert NOW - metric.reading.as_of <= metric.fresh_for

    @given(INPUTS, st.data())
    def test_losing_a_measurement_never_makes_it_go(self, inputs: GateInputs, data):
        """I14: it fails closed."""
        if inputs.metrics and judge(inputs).verdict is not Verdict.GO:
            lost = data.draw(st.sampled_from(inputs.metrics))
            blind = replace(lost, reading=Fault.MISSING)
            metrics = tuple(blind if metric is lost else metric for metric in inputs.metrics)
            without = judge(replace(inputs, metrics=metrics)).verdict
            assert without is not Verdict.GO or lost.weight is not Weight.ENFORCED
