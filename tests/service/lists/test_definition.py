"""service.lists.definition: every fault names its place and the remedy."""

from pathlib import Path

import pytest

from service.errors import Invalid
from service.lists.definition import read

SAMPLE = Path("service/demo/sample/platforms.yaml")

GOOD = """
pages:
  - slug: mail
    name: {fr: Courrier, en: Mail}
    timezone: Europe/Paris
    sections:
      - slug: core
        name: {fr: Cœur, en: Core}
        components:
          - slug: webmail
            name: {fr: Webmail, en: Webmail}
            impact: {fr: Rien à lire., en: Nothing to read.}
lists:
  - slug: works
    name: {fr: Travaux, en: Works}
    description: {fr: Travaux prévus., en: Planned works.}
    timezone: Europe/Paris
"""

WEBMAIL = "pages[0].sections[0].components[0]"

MISTAKES = {
    "a language is missing": (
        ("{fr: Webmail, en: Webmail}", "{en: Webmail}"),
        f"{WEBMAIL}.name.fr: is missing; write it, or take fr out of pages[0].languages",
    ),
    "a text is empty": (
        ("{fr: Webmail,", '{fr: " ",'),
        f"{WEBMAIL}.name.fr: is missing; write it",
    ),
    "a language is unknown": (
        ("{fr: Webmail,", "{fr: Webmail, de: Webmail,"),
        f"{WEBMAIL}.name.de: 'de': use fr or en",
    ),
    "YAML takes a word for something else": (
        ("{fr: Webmail,", "{fr: no,"),
        f"{WEBMAIL}.name.fr: is not text but False; write text, in quotes if need be",
    ),
    "a text has no languages": (
        ("name: {fr: Webmail, en: Webmail}", "name: Webmail"),
        f"{WEBMAIL}.name: is not a text by language; write {{fr: …, en: …}}",
    ),
    "a key is misspelt": (
        ("impact:", "impcat:"),
        (
            f"{WEBMAIL}.impcat: is no key here; did you mean impact? "
            "remove it or use one of slug, name, description, impact"
        ),
    ),
    "a zone is unknown": (
        ("Europe/Paris\n    sections", "Europe/Pari\n    sections"),
        "pages[0].timezone: 'Europe/Pari': use the name of a time zone, such as Europe/Paris",
    ),
    "a word is no slug": (
        ("slug: webmail", "slug: Web Mail"),
        (
            f"{WEBMAIL}.slug: 'Web Mail': use 1 to 63 small letters, digits and hyphens; "
            "start and end with a letter or digit"
        ),
    ),
    "a slug is taken": (
        (
            "lists:\n",
            "          - slug: webmail\n            name: {fr: W, en: W}\nlists:\n",
        ),
        (
            "pages[0].sections[0].components[1].slug: "
            f"'webmail' is already {WEBMAIL}.slug; choose another word"
        ),
    ),
    "a page takes an address of the service": (
        ("slug: mail\n", "slug: api\n"),
        "pages[0].slug: 'api': this name is taken by the service",
    ),
    "a section is empty": (
        ("components:\n", "components: []\n        unused:\n"),
        "pages[0].sections[0].components: is empty; write at least one",
    ),
    "something is missing": (
        ("    timezone: Europe/Paris\n    sections", "    sections"),
        "pages[0].timezone: is missing; write it",
    ),
    "a key stands twice": (
        ("  - slug: works\n", "  - slug: works\n    slug: other\n"),
        "lists[0].slug: stands twice (line 15); keep one",
    ),
    "a sender is no address": (
        ("  - slug: works\n", "  - slug: works\n    sender_address: nobody\n"),
        (
            "lists[0].sender_address: 'nobody': no e-mail address: "
            "An email address must have an @-sign."
        ),
    ),
    "a list lacks a language": (
        ("{fr: Travaux prévus., en", "{en"),
        "lists[0].description.fr: is missing; write it, or take fr out of lists[0].languages",
    ),
    "a list is no list": (
        (GOOD[GOOD.index("lists:") :], "lists: none\n"),
        "lists: is not a list; begin each entry with a hyphen",
    ),
}


@pytest.fixture
def write(tmp_path):
    def _write(text):
        path = tmp_path / "platforms.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def complaints(path: Path) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        read(path)
    return [f"{fault.pointer}: {fault.detail}" for fault in refusal.value.faults]


class TestRead:
    def test_a_good_file_is_read(self, write):
        definition = read(write(GOOD))
        assert definition.pages[0].sections[0].components[0].impact["en"] == "Nothing to read."
        assert definition.lists[0].languages == ["fr", "en"]

    @pytest.mark.parametrize(("change", "complaint"), MISTAKES.values(), ids=MISTAKES)
    def test_each_mistake_names_its_place_and_the_remedy(self, write, change, complaint):
        before, after = change
        assert before in GOOD
        assert complaint in complaints(write(GOOD.replace(before, after, 1)))

    def test_all_mistakes_are_told_at_once(self, write):
        text = GOOD.replace("{fr: Webmail,", "{").replace("{fr: Cœur,", "{")
        assert len(complaints(write(text))) == 2

    def test_what_is_not_yaml_names_the_line(self, write):
        path = write("pages:\n  - slug: [mail\n")
        assert complaints(path)[0].startswith(f"{path}, line 3, column 1: is not YAML")

    def test_what_is_not_a_mapping_is_refused(self, write):
        assert complaints(write("- pages\n")) == [
            "the file: is not a mapping; write one `key: value` a line"
        ]

    def test_a_missing_file_is_named(self, tmp_path):
        path = tmp_path / "nothing.yaml"
        assert complaints(path) == [
            f"{path}: No such file or directory; give the path of a YAML file"
        ]

    def test_what_is_not_text_is_refused(self, tmp_path):
        path = tmp_path / "latin.yaml"
        path.write_bytes("pages: é".encode("latin-1"))
        assert complaints(path) == [f"{path}: is not UTF-8 text; save it as UTF-8"]


class TestSample:
    def test_it_has_two_platforms_of_15_and_22_services_and_two_lists(self):
        sample = read(SAMPLE)
        sizes = [sum(len(part.components) for part in page.sections) for page in sample.pages]
        assert sizes == [15, 22]
        assert [each.slug for each in sample.lists] == ["informations", "travaux"]

    def test_every_service_says_what_it_is_and_what_its_failure_means(self):
        for page in read(SAMPLE).pages:
            for section in page.sections:
                for component in section.components:
                    assert component.description.keys() == {"fr", "en"}, component.slug
                    assert component.impact.keys() == {"fr", "en"}, component.slug
