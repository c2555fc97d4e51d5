"""What strangers write, made up by a machine: always the same cases, so that a failure stays."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Outcome, Result
from channels.exchange import Failure, Kind, Phase, Reply
from channels.webhook.proving import proof
from service.errors import Invalid
from service.signup.importing.files import rows
from service.signup.importing.lines import COLUMNS
from tests.channels.email.factories import a_parcel

STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
JSON = ANYTHING.map(lambda found: json.dumps(found).encode())
DEEP = st.integers(1, 20_000).map(lambda depth: b"[" * depth)
CELLS = st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))
HEADINGS = st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1).map(",".join)


class TestImportedFiles:
    @STEADY
    @given(HEADINGS | CELLS, st.lists(CELLS | CELLS.map(lambda cell: cell * 3000)))
    def test_each_line_is_a_row_or_says_what_is_wrong_with_it(self, tmp_path, heading, lines):
        file = tmp_path / "people.csv"
        whole = "\n".join([heading, *lines])
        file.write_bytes(whole.encode("utf-8", "surrogatepass"))
        assert all(self.is_sound(row) for row in read(file))

    @STEADY
    @given(st.lists(JSON | DEEP | st.binary(), max_size=5))
    def test_objects_a_line_too(self, tmp_path, lines):
        file = tmp_path / "people.jsonl"
        file.write_bytes(b"\n".join(lines))
        assert all(self.is_sound(row) for row in read(file))

    @staticmethod
    def is_sound(row):
        number, found = row
        return number >= 1 and isinstance(found, dict | Invalid)


def read(file):
    try:
        return list(rows(file))
    except Invalid as refusal:
        return [(1, refusal)]


class TestRepliesOfEndpoints:
    @STEADY
    @given(
        st.integers(100, 999),
        st.dictionaries(st.sampled_from(("retry-after", "content-type", "x")), st.text()),
        JSON | DEEP | st.binary(),
    )
    def test_are_one_outcome_and_prove_nothing_by_chance(self, status, headers, body):
        found = proof(a_parcel(), Reply(status, headers, body, "192.0.2.1", 0.1), "nonce")
        assert isinstance(found, Outcome)
        assert found.result is not Result.SENT
        assert found.detail.isprintable()

    @STEADY
    @given(st.sampled_from(Kind), st.text(), st.sampled_from(Phase))
    def test_so_is_silence(self, kind, detail, phase):
        found = proof(a_parcel(), Failure(kind, detail, phase), "nonce")
        assert found.result is not Result.SENT
