"""channels.webhook.payload"""

import json
from datetime import timedelta, timezone

import pytest

from channels.base import Message, Text
from channels.webhook.payload import LIMIT, payload
from tests.channels.samples import MESSAGE, MONDAY, a_message


class TestPayload:
    def test_says_all_in_every_language(self):
        body = json.loads(payload(MESSAGE))
        assert body == {
            "type": "incident.created",
            "timestamp": "2026-11-23T09:00:00Z",
            "schema_version": 1,
            "id": "pub_1",
            "subject": "ev_1",
            "sequence": 3,
            "test": False,
            "thin": False,
            "page": {"name": {"fr": "Courriel", "en": "Mail"}},
            "data": {
                "category": "incident",
                "stage": "investigating",
                "severity": "major",
                "starts_at": "2026-11-23T09:00:00Z",
                "ends_at": None,
                "texts": {
                    "fr": {
                        "title": "[Panne] Webmail — analyse",
                        "body": "Le webmail est **lent**.",
                    },
                    "en": {
                        "title": "[Down] Webmail — investigating",
                        "body": "Webmail is **slow**.",
                    },
                },
                "touched": [
                    {
                        "id": "webmail",
                        "name": {"fr": "Webmail", "en": "Webmail"},
                        "state": "down",
                        "impact": {"en": "No mail."},
                    }
                ],
            },
            "links": [
                {"rel": "self", "url": "https://status.example.org/mail/en/events/ev_1"},
                {
                    "rel": "action",
                    "label": {"en": "Details"},
                    "url": "https://status.example.org/mail/en/",
                },
            ],
        }

    def test_is_the_same_whoever_reads(self):
        assert payload(MESSAGE) == payload(MESSAGE)

    def test_times_are_told_in_utc(self):
        elsewhere = MONDAY.astimezone(timezone(timedelta(hours=5, minutes=30)))
        there = a_message(published_at=elsewhere, starts_at=elsewhere)
        assert payload(there) == payload(MESSAGE)

    @pytest.mark.parametrize(
        ("message", "kept"),
        [
            (a_message(texts={"fr": Text("Titre" * 99, "é" * LIMIT)}), "texts"),
            (a_message(touched=MESSAGE.touched * 2000), "texts"),
            (a_message(texts={"en": Text("T", "\x00" * LIMIT)}), "texts"),
            (a_message(texts={f"x{each}": Text("🔔" * 200, "") for each in range(99)}), None),
            (a_message(source={"en": "x" * LIMIT}), None),
        ],
    )
    def test_never_exceeds_its_limit(self, message: Message, kept: str | None):
        raw = payload(message)
        assert len(raw) <= LIMIT
        body = json.loads(raw)
        assert (body["thin"], body["id"], body["sequence"]) == (True, "pub_1", 3)
        assert body["links"] == [{"rel": "self", "url": MESSAGE.url}]
        assert (kept is None) == (body["data"] == {})

    def test_what_is_no_unicode_is_still_sent(self):
        bad = a_message(texts={"en": Text("\ud800", "\x00\x1b")}, url="", links=())
        body = json.loads(payload(bad))
        assert body["data"]["texts"]["en"] == {"title": "?", "body": "\x00\x1b"}
        assert body["links"] == []
