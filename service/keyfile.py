"""The keys that sign and seal: given by the settings, or made once and kept in the data folder."""

import os
import secrets

from service.config import Settings, earlier_keys


def secret_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the key that signs, then those that signed before it, newest first."""
    return (_secret_key(settings), *earlier_keys(settings))


def _secret_key(settings: Settings) -> bytes:
    if given := settings.secret_key.get_secret_value():
        return given.encode()
    path = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()
