"""service.web.forms"""

from typing import Annotated

import pytest
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from service.errors import Fault, Invalid
from service.web.forms import fault_at, parse, parse_form
from service.web.parsing import Line, LocalisedLine


class Wish(BaseModel):
    title: LocalisedLine
    slug: Annotated[str, Line(5)]
    components: list[int] = []
    comment: str | None = None
    notify: bool = False


class TestParseForm:
    def test_fields_become_a_model(self):
        form = MultiDict(
            [
                ("title.fr", "Panne"),
                ("title.en", ""),
                ("slug", "mail"),
                ("components", "1"),
                ("components", "2"),
                ("comment", ""),
                ("notify", "true"),
                ("csrf_token", "x"),
            ]
        )
        parsed = parse_form(Wish, form)
        assert parsed.notify
        assert parsed == Wish(
            title={"fr": "Panne"}, slug="mail", components=[1, 2], comment=None, notify=True
        )

    def test_faults_name_their_fields(self):
        with pytest.raises(Invalid) as raised:
            parse_form(Wish, MultiDict([("title.fr", "a\0"), ("slug", "too long")]))
        faults = raised.value.faults
        assert [(each.pointer, each.code) for each in faults] == [
            ("/title/fr", "control_character"),
            ("/slug", "too_long"),
        ]

    def test_what_was_left_out_is_missing(self):
        with pytest.raises(Invalid) as raised:
            parse_form(Wish, MultiDict())
        assert {each.code for each in raised.value.faults} == {"missing"}


class TestParse:
    def test_pointers_escape_what_they_must(self):
        class Loose(BaseModel):
            facts: dict[str, int]

        with pytest.raises(Invalid) as raised:
            parse(Loose, {"facts": {"a/b~c": "x"}})
        assert raised.value.faults[0].pointer == "/facts/a~1b~0c"


class TestFaultAt:
    FAULTS = (Fault("/title/fr", "x"), Fault("/slug", "y"))

    def test_finds_the_fault_of_a_field_or_in_it(self):
        assert fault_at(self.FAULTS, "slug") is self.FAULTS[1]
        assert fault_at(self.FAULTS, "title.fr") is self.FAULTS[0]
        assert fault_at(self.FAULTS, "title") is self.FAULTS[0]

    def test_and_nothing_of_its_neighbours(self):
        assert fault_at(self.FAULTS, "title.en") is None
        assert fault_at(self.FAULTS, "slu") is None
