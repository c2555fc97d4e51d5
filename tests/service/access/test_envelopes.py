"""service.access.envelopes"""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.access import keys
from service.access.envelopes import Door, opened, sealed
from service.errors import NotFound

NUMBERS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=2)  # nothing has more


@pytest.fixture(autouse=True)
def _secret():
    keys.use(b"s" * 32)


class TestOpened:
    @given(st.sampled_from(Door), NUMBERS)
    def test_what_was_sealed_is_found_again(self, door, numbers):
        local = sealed(door, *numbers)
        assert opened(local) == (door, tuple(numbers))
        assert opened(local.upper()) == (door, tuple(numbers))

    @given(st.sampled_from(Door), NUMBERS, st.data())
    def test_a_changed_letter_opens_nothing(self, door, numbers, data):
        local = sealed(door, *numbers)
        place = data.draw(st.integers(local.index("+") + 1, len(local) - 1))
        letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
        changed = local[:place] + letter + local[place + 1 :]
        assume(changed != local)
        try:  # the last letter may hold bits that mean nothing
            assert opened(changed) == (door, tuple(numbers))
        except NotFound:
            return
        assert place == len(local) - 1

    @given(st.text(max_size=80))
    def test_nonsense_opens_nothing(self, local):
        for each in (local, f"b+{local}", f"confirm+{local}"):
            with pytest.raises(NotFound):
                opened(each)

    def test_no_door_opens_another(self):
        rest = sealed(Door.BOUNCE, 7).partition("+")[2]
        with pytest.raises(NotFound):
            opened(f"f+{rest}")

    def test_it_fits_in_an_address(self):
        assert len(sealed(Door.BOUNCE, 2**63 - 1, 2**63 - 1)) <= 64
