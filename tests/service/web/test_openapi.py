"""service.web.openapi"""

import pytest
from apiflask import APIBlueprint
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from service.app import create_app
from service.web.callers import api_key
from service.web.parsing import Instant, LocalisedLine, Slug


class Thing(BaseModel):
    slug: Slug
    name: LocalisedLine
    at: Instant


@pytest.fixture
def description(app, client):
    api = APIBlueprint("things", __name__, url_prefix="/api/v1")

    @api.post("/things/<int:thing_id>")
    @api_key("pages")
    @api.input(Thing)
    @api.output(Thing, status_code=201)
    def make(**_):
        """Make a thing."""

    app.register_blueprint(api)
    return client.get("/api/v1/openapi.json").json


class TestDescription:
    def test_is_valid_openapi_3_1(self, description):
        assert description["openapi"].startswith("3.1")
        OpenAPIV31SpecValidator(description).validate()

    def test_says_which_key_and_scope_are_needed(self, description):
        operation = description["paths"]["/api/v1/things/{thing_id}"]["post"]
        assert operation["security"] == [{"apiKey": []}]
        assert operation["x-scope"] == "pages"

    def test_says_how_refusals_look(self, description):
        operation = description["paths"]["/api/v1/things/{thing_id}"]["post"]
        assert {"201", "400", "401", "403", "422", "429"} <= operation["responses"].keys()
        refusal = operation["responses"]["422"]["content"]
        assert set(refusal) == {"application/problem+json"}

    def test_a_post_may_be_repeated(self, description):
        operation = description["paths"]["/api/v1/things/{thing_id}"]["post"]
        assert "Idempotency-Key" in [each["name"] for each in operation["parameters"]]

    def test_pages_for_people_are_not_in_it(self, description):
        assert not [path for path in description["paths"] if "console" in path]

    def test_there_is_no_docs_page_from_elsewhere(self, client):
        assert client.get("/docs").status_code == 404

    def test_of_the_whole_service_is_valid(self, rt):
        answer = create_app(rt).test_client().get("/api/v1/openapi.json")
        OpenAPIV31SpecValidator(answer.get_json()).validate()
