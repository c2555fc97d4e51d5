"""docs/settings.md and .env.example agree with what the program reads, in both directions."""

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from service.access.vouching import OidcConfig
from service.config import CHANNEL, PREFIX, Settings, variable
from service.serving import Role

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/settings.md"
EMPTY = "–"
FAMILIES = {
    "channel_options": "TOCSIN_CHANNEL_<NAME>_<FIELD>",
    "report_options": "TOCSIN_REPORT_<NAME>_<FIELD>",
    "oidc_options": "TOCSIN_OIDC_<FIELD>",
}
#: What .env.example shows of a family.
EXAMPLES = {
    "channel_options": f"{PREFIX}CHANNEL_EMAIL_CONNECTIONS",
    "report_options": f"{PREFIX}REPORT_MAILGUN_KEY",
    "oidc_options": f"{PREFIX}OIDC_ISSUER",
}


def name_of(field: str) -> str:
    return FAMILIES.get(field) or variable(field)


def default_of(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value}`" if value or value == 0 else EMPTY


def rows(page: Path = PAGE) -> list[list[str]]:
    """The cells of each row of a page that begins with a setting."""
    lines = (line for line in page.read_text().splitlines() if line.startswith(f"| `{PREFIX}"))
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def of_channels() -> Iterator[tuple[str, FieldInfo]]:
    """The options of the channels that come with the service, with their full names."""
    for point in entry_points(group="tocsin.channels"):
        config: type[BaseModel] = point.load().Config
        if point.value.startswith("channels."):
            for name, field in config.model_fields.items():
                yield variable(f"{CHANNEL}{point.name}_{name}"), field


class TestThePageOfSettings:
    @pytest.mark.parametrize("field", Settings.model_fields)
    def test_has_a_row_for_every_setting(self, field):
        found = Settings.model_fields[field]
        (row,) = [each for each in rows() if each[0] == f"`{name_of(field)}`"]
        assert row[1:3] == [default_of(found), found.description]

    @pytest.mark.parametrize("field", Settings.model_fields)
    def test_says_which_roles_go_by_it(self, field):
        (row,) = [each for each in rows() if each[0] == f"`{name_of(field)}`"]
        assert set(row[3].split(", ")) <= {*Role, "all"}

    def test_has_a_row_for_every_option_of_a_channel_and_its_default(self):
        options = {name: default_of(field) for name, field in of_channels()}
        written = {row[0].strip("`"): row[1] for row in rows() if len(row) == 3}
        assert written == options

    def test_has_no_row_for_a_setting_that_is_gone(self):
        names = [row[0].strip("`") for row in rows()]
        options = [name for name, _ in of_channels()]
        assert sorted(names) == sorted([*map(name_of, Settings.model_fields), *options])

    def test_of_single_sign_on_names_every_field(self):
        moderation = (ROOT / "docs/moderation.md").read_text()
        table = re.findall(r"`TOCSIN_OIDC_([A-Z_]+)`", moderation)
        assert sorted(table) == sorted(name.upper() for name in OidcConfig.model_fields)


class TestTheExampleOfAnEnvironment:
    def test_it_names_every_setting_and_no_other(self):
        found = re.findall(
            r"^#? ?(TOCSIN_[A-Z_<>]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE
        )
        assert sorted(found) == sorted(
            EXAMPLES.get(field) or variable(field) for field in Settings.model_fields
        )
