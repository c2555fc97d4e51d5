"""What is written for operators agrees with what the program reads."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.config import PREFIX, Settings, variable

ROOT = Path(__file__).parents[1]
EMPTY = "–"


def name_of(field: str) -> str:
    special = {
        "channel_options": "TOCSIN_CHANNEL_<NAME>_<FIELD>",
        "report_options": "TOCSIN_REPORT_<NAME>_<FIELD>",
        "oidc_options": "TOCSIN_OIDC_<FIELD>",
    }
    return special.get(field) or variable(field)


def default_of(field: str) -> str:
    value = Settings.model_fields[field].get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value}`" if value or value == 0 else EMPTY


class TestReadme:
    @pytest.mark.parametrize("field", Settings.model_fields)
    def test_every_setting_has_its_row(self, field):
        meaning = Settings.model_fields[field].description
        row = f"| `{name_of(field)}` | {default_of(field)} | {meaning} |"
        assert row in (ROOT / "README.md").read_text().splitlines()

    def test_there_is_no_row_for_a_setting_that_is_gone(self):
        rows = re.findall(r"^\| `(TOCSIN_[^`]+)`", (ROOT / "README.md").read_text(), re.MULTILINE)
        assert sorted(rows) == sorted(map(name_of, Settings.model_fields))

    def test_every_file_it_names_is_there(self):
        links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "README.md").read_text())
        assert [link for link in links if not (ROOT / link).exists()] == []


EXAMPLES = {
    "channel_options": f"{PREFIX}CHANNEL_EMAIL_CONNECTIONS",
    "report_options": f"{PREFIX}REPORT_MAILGUN_KEY",
    "oidc_options": f"{PREFIX}OIDC_ISSUER",
}


class TestTheExampleOfAnEnvironment:
    def test_it_names_every_setting_and_no_other(self):
        found = re.findall(
            r"^#? ?(TOCSIN_[A-Z_<>]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE
        )
        assert sorted(found) == sorted(
            EXAMPLES.get(field) or variable(field) for field in Settings.model_fields
        )
