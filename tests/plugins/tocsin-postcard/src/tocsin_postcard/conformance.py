"""What `tocsin channel check postcard` runs: the public suite, told how the far side speaks."""

import json

from channels.conformance import Manner, PushConformance, Seen
from tocsin_postcard import LONGEST, PostcardChannel


class TestPostcard(PushConformance):
    """Runs against a server on loopback that is fine, slow, gone, silent or not there."""

    kind = PostcardChannel
    largest = LONGEST

    def settings(self, base: str) -> dict[str, str]:
        return {"token": "a-token-for-tests"}

    def address(self, base: str, manner: Manner) -> str:
        return f"{base}/hooks/manner-{manner}"

    def identity(self, seen: Seen) -> object:
        return json.loads(seen.body)["id"]
