"""service.bounces.confirming: a provider's question, answered over HTTP."""

from channels.guard import Guard
from channels.outbound import Door, Request
from service.bounces.confirming import confirm
from tests.channels.endpoints import Endpoint, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class TestConfirm:
    def test_only_what_was_taken_is_confirmed_and_nothing_goes_inside(self):
        endpoint = Endpoint()
        with serving(endpoint):
            door = Door(endpoint.guard)
            asked = [
                Request(f"{endpoint.url}/{path}", b"a=b", FORM) for path in ("ok", "status/403")
            ]
            assert [confirm(door, each) for each in asked] == [True, False]
            door.close()
            assert [each.body for each in endpoint.received] == [b"a=b", b"a=b"]
            guarded = Door(Guard())
            assert not confirm(guarded, asked[0])
            guarded.close()
            assert len(endpoint.received) == 2
