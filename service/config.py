"""Settings: read once from the environment and an optional file, checked before anything starts."""

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

PREFIX = "TOCSIN_"
SHORTEST_KEY = 32
FILE = "TOCSIN_SETTINGS_FILE"
TESTS = "TOCSIN_TEST_"  # for the test suite; not settings of the service
REPORT = "report_"  # TOCSIN_REPORT_<NAME>_<FIELD>: an option of one provider's reports
OIDC = "oidc_"  # TOCSIN_OIDC_<FIELD>: an option of single sign-on for staff
CHANNEL = "channel_"  # TOCSIN_CHANNEL_<NAME>_<FIELD>: a field of one channel's own configuration
FAMILIES = {CHANNEL: "channel_options", REPORT: "report_options", OIDC: "oidc_options"}
HIGHEST_PORT = 65535
MASK = "********"

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)|(?<=[?&]password=)[^&]+")

Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """The program cannot start with these settings; one line per setting, with the remedy."""


def _names(value: Any) -> Any:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _networks(value: Any) -> Any:
    return tuple(ip_network(part) for part in _names(value))


class Settings(BaseModel):
    """What an operator may set; docs/settings.md describes every field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bind: str = Field("127.0.0.1:8080", description="Address and port the web server listens on.")
    public_url: str = Field(
        "", description="How the outside reaches the service; default: http:// and the bind."
    )
    data_dir: Path = Field(Path("data"), description="Folder for the database and the mailbox.")
    database_url: str = Field(
        "",
        description="sqlite:///FILE or postgresql+psycopg://…; default: a file in the data folder.",
    )
    queue_url: str = Field(
        "memory://", description="memory:// (one process) or redis://… (any number)."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="At least 32 characters; signs links and sessions."
    )
    secret_key_previous: SecretStr = Field(
        SecretStr(""),
        description="Earlier secret keys, newest first, apart by commas: what they signed stays "
        "valid.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://, smtps:// or smtp+starttls://user:password@host:port; "
        "default: the built-in mailbox, which sends nothing out.",
    )
    mail_host: str = Field("localhost", description="Domain of Message-IDs and envelope senders.")
    mail_from: str = Field(
        "status@localhost", description="Sender of mail that no page or list gives a sender."
    )
    inbound_bind: str = Field(
        "",
        description="Address and port where mail is taken in, such as 127.0.0.1:8024; default: "
        "nowhere. See docs/inbound-mail.md.",
    )
    inbound_protocol: Literal["lmtp", "smtp"] = Field(
        "lmtp", description="lmtp (behind a mail server) or smtp (small installations)."
    )
    inbound_largest: int = Field(
        10_485_760, ge=10_000, le=104_857_600, description="Bytes of a mail that are taken at most."
    )
    inbound_attachments: Literal["refuse", "keep"] = Field(
        "refuse",
        description="What becomes of posts with attachments: refuse, or keep them for moderators.",
    )
    inbound_trusted: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (),
        description="Servers whose Authentication-Results are believed, separated by commas.",
    )
    inbound_keep_days: int = Field(
        30, ge=1, le=3650, description="Days that mail taken in is kept."
    )
    signup_keep_days: int = Field(
        120,
        ge=31,
        le=3650,
        description="Days that addresses are kept whose owner never answered, and who asked.",
    )
    export_dir: str = Field(
        "",
        description="Folder that the ticker keeps a static copy of the site in; default: none.",
    )
    export_url: str = Field(
        "",
        description="How the outside reaches the static copy, such as https://status.example.net.",
    )
    channels: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        ("email", "webhook", "rss", "atom", "json", "calendar"),
        description="Channels to load, separated by commas.",
    )
    reports: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (),
        description="Mail providers whose webhooks report bounces: ses, mailgun, postmark.",
    )
    report_options: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="An option of one provider's reports, such as TOCSIN_REPORT_MAILGUN_KEY.",
    )
    oidc_options: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="An option of single sign-on for staff, such as TOCSIN_OIDC_ISSUER; see "
        "docs/moderation.md.",
    )
    channel_options: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="A field of one channel's own configuration, such as "
        "TOCSIN_CHANNEL_EMAIL_CONNECTIONS.",
    )
    allowed_networks: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = Field(
        (),
        description="Private networks that webhooks may reach, separated by commas; default: none.",
    )
    allowed_ports: Annotated[tuple[int, ...], BeforeValidator(_names)] = Field(
        (80, 443), description="Ports that webhooks may reach, separated by commas."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=9, description="Number of proxies in front that add X-Forwarded-For and -Proto."
    )
    worker_threads: int = Field(4, ge=1, le=64, description="Number of jobs a worker runs at once.")
    poll_seconds: float = Field(
        5.0,
        gt=0,
        le=60,
        description="Seconds between two looks into the database for work nobody announced.",
    )
    lease_seconds: float = Field(
        60.0,
        ge=2,
        le=3600,
        description="Seconds that what a worker marked is its own without a word from it; a batch "
        "may take three quarters of that.",
    )
    mark_at_once: int = Field(
        50,
        ge=1,
        le=500,
        description="Mails of a slice marked in one transaction; after a kill, at most twice as "
        "many a channel are in doubt. 1: slow and precious.",
    )
    unknown_after: float = Field(
        600.0,
        ge=0,
        description="Seconds a message whose fate is unknown waits for the far side's word.",
    )
    otel_endpoint: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="Where traces go by OTLP/HTTP, such as http://localhost:4318; default: "
        "nowhere. See docs/operating.md.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field("text", description="text or json.")

    @field_validator("bind", "inbound_bind")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        host, _, port = value.rpartition(":")
        if not value and info.field_name == "inbound_bind":
            return ""
        if not host or not port.isdecimal() or int(port) > HIGHEST_PORT:
            raise ValueError("expected an address and a port, such as 127.0.0.1:8080")
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        filled = {
            "public_url": self.public_url.rstrip("/") or f"http://{self.bind}",
            "database_url": self.database_url or f"sqlite:///{self.data_dir / 'tocsin.db'}",
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        return self

    @model_validator(mode="after")
    def _copy_has_an_address(self) -> Self:
        if self.export_dir and not self.export_url.startswith(("https://", "http://")):
            raise ValueError(
                "export_url: say how the outside reaches the copy, such as https://status.example.net"
            )
        return self

    @model_validator(mode="after")
    def _keys_are_strong(self) -> Self:
        if self.exposed and not self.secret_key.get_secret_value():
            raise ValueError(
                "secret_key: set TOCSIN_SECRET_KEY (32 characters or more, for instance from "
                "`openssl rand -hex 32`): the service is not confined to this machine"
            )
        if 0 < len(self.secret_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"secret_key: use at least {SHORTEST_KEY} characters")
        if any(len(each) < SHORTEST_KEY for each in earlier_keys(self)):
            raise ValueError(
                f"secret_key_previous: each has {SHORTEST_KEY} characters or more; put commas "
                "between them"
            )
        return self

    @model_validator(mode="after")
    def _options_have_a_channel(self) -> Self:
        for name in self.channel_options:
            if self._channel_of(name) is None:
                raise ValueError(
                    f"{CHANNEL}{name}: no enabled channel has this name "
                    f"(TOCSIN_CHANNELS is {','.join(self.channels)})"
                )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def takes_mail(self) -> bool:
        """Whether somebody listens for mail: else no address of ours may be promised."""
        return bool(self.inbound_bind)

    @property
    def inbound_address(self) -> tuple[str, int] | None:
        """Host and port where mail is taken in; None for nowhere."""
        host, _, port = self.inbound_bind.rpartition(":")
        return (host.strip("[]"), int(port)) if host else None

    @property
    def local(self) -> bool:
        """Only this machine can reach the web server."""
        host = self.address[0]
        return host.startswith("127.") or host in ("localhost", "::1")

    @property
    def exposed(self) -> bool:
        """Others may reach the service or its data: a bind beyond loopback, a database server."""
        return not self.local or urlsplit(self.database_url).scheme != "sqlite"

    @property
    def host(self) -> str:
        """The name the service goes by: the right side of feed ids."""
        return urlsplit(self.public_url).hostname or "localhost"

    def report_options_of(self, provider: str) -> dict[str, str]:
        """What the operator set for one provider's reports, by field; it may hold secrets."""
        return {
            name.removeprefix(f"{provider}_"): value.get_secret_value()
            for name, value in self.report_options.items()
            if name.startswith(f"{provider}_")
        }

    def options_of(self, channel: str) -> dict[str, str]:
        """What the operator set for one channel, by field; it may hold secrets."""
        return {
            name[len(channel) + 1 :]: value.get_secret_value()
            for name, value in self.channel_options.items()
            if self._channel_of(name) == channel
        }

    def _channel_of(self, option: str) -> str | None:
        # The longest name wins: `sms` must not take what is meant for `sms-backup`.
        owners = (each for each in self.channels if option.startswith(each.replace("-", "_") + "_"))
        return max(owners, key=len, default=None)


def read_settings(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Return the settings of *environ* and its file, *given* winning; raises `SettingsError`."""
    environ = os.environ if environ is None else environ
    values = {**_from_file(environ), **environ}
    found = {
        key.removeprefix(PREFIX).lower(): value
        for key, value in values.items()
        if key.startswith(PREFIX) and not key.startswith(TESTS) and key != FILE and value
    }
    try:
        return Settings(**{**_with_files(found), **given})
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None


def shown(settings: Settings) -> dict[str, str]:
    """Return the settings by the names of their variables, secrets masked."""
    lines = {
        variable(name): _masked(getattr(settings, name))
        for name in Settings.model_fields
        if name not in FAMILIES.values()
    }
    options = {
        variable(f"{prefix}{name}"): MASK
        for prefix, family in FAMILIES.items()
        for name in sorted(getattr(settings, family))
    }
    return lines | options


def variable(name: str) -> str:
    """Return the environment's name of a setting."""
    return f"{PREFIX}{name.upper()}"


def _masked(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return _PASSWORD.sub(MASK, str(value))


def earlier_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys that were in force before, newest first."""
    given = settings.secret_key_previous.get_secret_value().replace(",", " ")
    return tuple(each.encode() for each in given.split())


def _from_file(environ: Mapping[str, str]) -> dict[str, str]:
    name = environ.get(FILE)
    if not name:
        return {}
    if not Path(name).is_file():
        raise SettingsError(f"{FILE}: there is no file {name}")
    return {key: value or "" for key, value in dotenv_values(name).items()}


def _with_files(found: dict[str, str]) -> dict[str, Any]:
    """Replace `x_file` by the contents of that file: how container secrets come."""
    values: dict[str, Any] = {}
    families: dict[str, dict[str, str]] = {family: {} for family in FAMILIES.values()}
    for key, value in found.items():
        name = key if key in Settings.model_fields else key.removesuffix("_file")
        if name not in Settings.model_fields and not name.startswith(tuple(FAMILIES)):
            raise SettingsError(
                f"{variable(key)}: there is no such setting; docs/settings.md has them all"
            )
        given = value if name == key else _contents(key, value)
        prefix = next((each for each in FAMILIES if name.startswith(each)), "")
        if prefix:
            families[FAMILIES[prefix]][name.removeprefix(prefix)] = given
        else:
            values[name] = given
    return {**values, **families}


def _contents(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable(key)}: {error.strerror}: {path}") from None


def _lines(error: ValidationError) -> list[str]:
    # Never the value: it may be a password.
    return [
        _line(each["loc"], each["msg"].removeprefix("Value error, ")) for each in error.errors()
    ]


def _line(where: tuple[int | str, ...], message: str) -> str:
    name, detail = (str(where[0]), message) if where else message.split(": ", 1)
    return f"{variable(name)}: {detail}"
