"""What an operator says about the e-mail channel."""

import re
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from channels.email.dkim import Signer, load_key
from channels.email.relay import parse_relay

LONGEST_HOST = 200  # leaves room for the left side in 254 characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class EmailConfig(BaseModel):
    """The relay, our name towards it, and our signature."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    smtp_url: SecretStr  # smtp://, smtp+starttls:// or smtps://; ?verify=no, ?ca=FILE
    mail_host: str  # right side of Message-IDs, and the domain of the envelope
    connections: int = Field(default=6, ge=1, le=64)
    dkim_key: SecretStr | None = None  # PEM; RSA of 2048 bits or more, or ed25519
    dkim_selector: str = ""
    dkim_domain: str = ""  # `mail_host` where nothing is said

    def signer(self) -> Signer | None:
        """Return what signs our mail, where there is a key."""
        if self.dkim_key is None:
            return None
        key = load_key(self.dkim_key.get_secret_value())
        return Signer(key, self.dkim_selector, self.dkim_domain or self.mail_host)

    @field_validator("smtp_url")
    @classmethod
    def _names_a_relay(cls, value: SecretStr) -> SecretStr:
        parse_relay(value.get_secret_value())
        return value

    @field_validator("dkim_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            load_key(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _key_and_selector(self) -> Self:
        if (self.dkim_key is None) != (not self.dkim_selector):
            raise ValueError("dkim_key and dkim_selector go together")
        return self

    @field_validator("mail_host", "dkim_domain", "dkim_selector")
    @classmethod
    def _is_a_host(cls, value: str, info: ValidationInfo) -> str:
        host = value.strip().lower()
        if not host and info.field_name != "mail_host":
            return ""
        if len(host) > LONGEST_HOST or not _HOST.fullmatch(host):
            raise ValueError("expected a name such as notify.example.org")
        return host
