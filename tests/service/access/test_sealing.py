"""service.access.sealing"""

import pytest

from service.access.sealing import BrokenSeal, seal, unseal


class TestSeal:
    def test_what_is_sealed_can_be_read_here(self):
        assert unseal(seal("whsec_ünïcode")) == "whsec_ünïcode"

    def test_nobody_else_sees_it(self):
        assert "whsec" not in seal("whsec_abc")

    @pytest.mark.parametrize("broken", ["", "nonsense", "é"])
    def test_what_we_did_not_seal_cannot_be_read(self, broken):
        with pytest.raises(BrokenSeal):
            unseal(broken)
