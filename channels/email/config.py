"""What an operator says about the e-mail channel."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from channels.email.relay import parse_relay

LONGEST_HOST = 200  # leaves room for the left side in 254 characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class EmailConfig(BaseModel):
    """The relay, our name towards it, and our signature."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    smtp_url: SecretStr  # smtp://, smtp+starttls:// or smtps://; ?verify=no, ?ca=FILE
    mail_host: str  # right side of Message-IDs, and the domain of the envelope
    connections: int = Field(default=6, ge=1, le=64)

    @field_validator("smtp_url")
    @classmethod
    def _names_a_relay(cls, value: SecretStr) -> SecretStr:
        parse_relay(value.get_secret_value())
        return value

    @field_validator("mail_host")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        host = value.strip().lower()
        if len(host) > LONGEST_HOST or not _HOST.fullmatch(host):
            raise ValueError("expected a host name such as notify.example.org")
        return host
