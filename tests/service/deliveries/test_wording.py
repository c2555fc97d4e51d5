"""service.deliveries.wording"""

from dataclasses import replace

from channels.base import Touched
from service.deliveries.wording import about, why
from tests.channels.email.factories import a_message

NAMES = ("IMAP", "POP", "SMTP", "Webmail")


class TestWhy:
    def test_names_what_one_follows_and_what_the_filters_looked_at(self):
        said = about(a_message())
        assert why("fr", ["Réseau", "Travaux"], said) == (
            "Vous recevez ce message parce que vous suivez Réseau et Travaux."
            " Vos filtres l’ont laissé passer : incidents, gravité majeure, Connexion."
        )
        assert why("en", ["Network"], said) == (
            "You receive this message because you follow Network."
            " Your filters let it through: incidents, major severity, Sign-in."
        )

    def test_names_three_components_at_most(self):
        touched = tuple(Touched(each, {"en": each}, "down") for each in NAMES)
        assert about(a_message(touched=touched))["en"].endswith("IMAP, POP, SMTP, ….")

    def test_a_message_to_a_list_passes_no_filter(self):
        said = about(replace(a_message(), category="message"))
        assert why("de", ["Works"], said) == "You receive this message because you follow Works."

    def test_mail_that_is_not_bulk_says_nothing(self):
        assert why("en", [], about(a_message())) == ""
