"""channels.webhook.catalogue and channels.webhook.formats"""

import json
from dataclasses import replace

import jsonschema
import pytest

from channels.specimens import EXTREMES
from channels.webhook.catalogue import KINDS, Kind, example, example_message, schema
from channels.webhook.formats import Bodies, Format
from channels.webhook.payload import LIMIT

ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

# CloudEvents 1.0.2, the attributes of its JSON format that must be there.
CLOUDEVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
    },
}


def valid(instance: object, kind: Kind) -> None:
    described = schema(kind)
    jsonschema.Draft202012Validator.check_schema(described)
    jsonschema.validate(instance, described, jsonschema.Draft202012Validator)


class TestCatalogue:
    @ALL
    def test_every_example_is_what_its_schema_says(self, kind: Kind):
        valid(example(kind), kind)

    @ALL
    def test_a_schema_refuses_another_type(self, kind: Kind):
        with pytest.raises(jsonschema.ValidationError):
            valid({**example(kind), "type": "other"}, kind)

    @pytest.mark.parametrize("message", EXTREMES, ids=range(len(EXTREMES)))
    def test_the_worst_messages_are_valid_in_every_format(self, message):
        bodies = Bodies.of(message)
        valid(json.loads(bodies.standard), KINDS["incident.created"])
        valid(json.loads(bodies.cloudevents)["data"], KINDS["incident.created"])
        assert all(len(bodies.in_format(each)) <= LIMIT for each in Format)

    @ALL
    def test_as_cloudevents_it_has_every_attribute(self, kind: Kind):
        made = example(kind)
        bodies = Bodies.of_notice(made) if kind.for_operators else Bodies.of(example_message(kind))
        event = json.loads(bodies.cloudevents)
        jsonschema.validate(event, CLOUDEVENT)
        assert event["data"] == made
        assert event["type"] == f"org.tocsin.{kind.type}"


class TestStatuspage:
    def test_reads_as_its_webhooks_do(self):
        message = replace(example_message(KINDS["incident.created"]), test=False)
        body = json.loads(Bodies.of(message).statuspage)
        assert set(body) == {"meta", "page", "incident"}
        incident = body["incident"]
        assert incident["status"] == "investigating"
        assert incident["incident_updates"][0]["incident_id"] == incident["id"] == "e9f8g7h6"
        assert incident["components"] == [
            {"id": "cmp_webmail", "name": "Webmail", "status": "partial_outage"}
        ]
        assert incident["created_at"].endswith(".000Z")
