"""service.web.reference: the pages of the API; service.web.examples: what stands in them"""

import re

import pytest
from jsonschema import Draft202012Validator

from service.app import NOUNS
from service.web.examples import example, resolved
from service.web.reference import chapters


@pytest.fixture
def nouns():
    return NOUNS


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Nothing here is about SQL."""
    copy = tmp_path / "tocsin.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def description(client):
    return client.get("/api/v1/openapi.json").get_json()


class TestPages:
    def test_show_every_operation_with_its_scope_and_an_example(self, app, client, description):
        contents = client.get("/api/v1/docs").text
        with app.app_context():
            found = chapters(description)
        for tag, operations in found.items():
            page = client.get(f"/api/v1/docs/{tag}").text
            for each in operations:
                assert f'href="/api/v1/docs/{tag}#{each.anchor}"' in contents
                assert f'id="{each.anchor}"' in page
                assert each.title
                assert each.title in page.replace("&#39;", "'")
            assert page.count("curl -s https://notify.example.org/") == len(operations)
            assert not re.search(r"(src|href)=\"https?:", page)

    def test_speak_the_language_of_the_site_around_them(self, client):
        page = client.get("/api/v1/docs", headers={"Accept-Language": "fr"}).text
        assert "Chapitres de la référence" in page

    def test_there_is_no_other_chapter(self, client):
        assert client.get("/api/v1/docs/nonsense").status_code == 404


class TestExamples:
    def test_fit_their_schemas(self, description):
        schemas = description["components"]["schemas"]
        for name, schema in schemas.items():
            whole = {**schema, "components": {"schemas": schemas}}
            for value in (example(schema, schemas), example(schema, schemas, whole=False)):
                faults = [each.message for each in Draft202012Validator(whole).iter_errors(value)]
                assert faults == [], (name, value)

    def test_end_where_a_schema_is_inside_itself(self):
        known = {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/A"}}}}
        assert example({"$ref": "#/A"}, known)["a"]["a"]
        assert resolved({"anyOf": [{"type": "null"}, {"$ref": "#/A"}]}, known) is known["A"]
