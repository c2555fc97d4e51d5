"""service.web.looks and the macros of service/web/templates/parts."""

import re

import pytest
from flask import render_template_string

from service.errors import Fault
from service.web.looks import STATES


@pytest.fixture
def render(app):
    """Render a template's source as some page would."""

    def rendered(source, path="/x?lang=en", **values):
        with app.test_request_context(path):
            return render_template_string(source, **values)

    return rendered


class TestStates:
    @pytest.mark.parametrize("state", STATES)
    def test_have_a_colour_a_shape_and_a_word(self, render, state):
        badge = render(
            '{% from "parts/state.html" import state_badge %}{{ state_badge(state) }}', state=state
        )
        assert f"state-{state}" in badge
        assert f'href="#state-{state}"' in badge
        assert re.search(r"<span>[A-Z][a-z ]+</span>", badge)

    def test_no_two_have_the_same_shape(self, render):
        sprite = render('{% include "parts/sprite.svg" %}')
        symbols = re.findall(r'<symbol id="state-(\w+)"[^>]*>\s*(<[^>]+>)', sprite)
        assert {state for state, _ in symbols} == set(STATES)
        assert len({shape for _, shape in symbols}) == len(STATES)

    @pytest.mark.parametrize("state", STATES)
    def test_have_an_icon_for_the_tab(self, app, state):
        with app.test_client().get(f"/-/static/favicon-{state}.svg") as icon:
            assert icon.status_code == 200


class TestFields:
    def test_label_hint_and_fault_are_tied_to_the_field(self, render):
        html = render(
            '{% from "parts/forms.html" import field %}'
            '{{ field("title.fr", "Title", "a<b", faults, hint="One line") }}',
            faults=[Fault("/title/fr", "use at most 5 characters", "too_long")],
        )
        assert '<label for="f-title.fr">Title' in html
        assert 'id="f-title.fr" name="title.fr" required aria-invalid="true"' in html
        assert 'aria-describedby="h-title.fr e-title.fr"' in html
        assert "This is too long." in html
        assert "a&lt;b" in html

    def test_a_fault_without_words_of_ours_is_shown_as_it_is(self, render):
        html = render(
            '{% from "parts/forms.html" import textarea %}{{ textarea("x", "X", "", faults) }}',
            faults=[Fault("/x", "no <such> thing", "odd")],
        )
        assert "no &lt;such&gt; thing" in html

    def test_the_chosen_option_stays_chosen(self, render):
        html = render(
            '{% from "parts/forms.html" import select, checks %}'
            '{{ select("n", "N", [(1, "one"), (2, "two")], "2") }}'
            '{{ checks("c", "C", [("a", "A"), ("b", "B")], ["b"]) }}'
        )
        assert '<option value="2" selected>two' in html
        assert 'value="b" checked' in html
        assert 'value="a" checked' not in html

    def test_how_many_fields_to_look_at(self, render):
        source = '{% from "parts/forms.html" import faults_summary %}{{ faults_summary(faults) }}'
        assert "2 fields" in render(source, faults=[Fault("/a", "x"), Fault("/b", "x")])
        assert render(source, faults=[]).strip() == ""


class TestBlocks:
    def test_progress_is_told_in_words_too(self, render):
        html = render(
            '{% from "parts/blocks.html" import progress %}{{ progress(parts, "All") }}',
            parts=[("good", 3, "sent"), ("bad", 0, "failed"), ("rest", 1, "left")],
        )
        assert 'aria-label="All: sent 3, failed 0, left 1"' in html
        assert html.count("<rect") == 2
        assert 'x="750.0"' in html

    def test_cards_hold_what_they_are_given(self, render):
        html = render(
            '{% from "parts/blocks.html" import card %}{% call card("T") %}<p>in</p>{% endcall %}'
        )
        assert re.search(r"<h2>T</h2>\s*<p>in</p>", html)

    def test_the_rest_renders(self, render):
        html = render(
            '{% from "parts/blocks.html" import empty, notice, facts, copyable, pager %}'
            '{{ empty("Nothing", "yet") }}{{ notice("<b>", "warn") }}{{ facts([("a", 1)]) }}'
            '{{ copyable("https://x.example", "Feed") }}{{ pager("", "/older") }}{{ pager() }}'
        )
        assert "&lt;b&gt;" in html
        assert 'rel="next" href="/older"' in html
        assert 'rel="prev"' not in html


class TestChoices:
    def test_where_the_address_names_the_language_there_are_links(self, client, at):
        page = '{% extends "base.html" %}'
        at("/in/<language>/x", lambda **_: render_template_string(page))
        html = client.get("/in/fr/x?day=1&lang=en").text
        assert 'lang="fr"' in html
        assert 'href="/in/en/x?day=1"' in html
        assert 'action="/-/language"' not in html

    def test_a_query_gives_no_orders(self, client, at):
        page = '{% extends "base.html" %}'
        at("/in/<language>/x", lambda **_: render_template_string(page))
        html = client.get("/in/fr/x?_scheme=javascript&_external=1&endpoint=y&a=1&a=2").text
        assert (
            'href="/in/en/x?_scheme=javascript&amp;_external=1&amp;endpoint=y&amp;a=1&amp;a=2"'
            in html
        )

    def test_elsewhere_a_form(self, client):
        assert 'action="/-/language"' in client.get("/nowhere").text
