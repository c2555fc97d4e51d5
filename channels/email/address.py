"""What an e-mail address is: checked without the network, masked for people."""

from email_validator import EmailNotValidError, validate_email

from channels.base import Address, Refused
from channels.email.providers import lane_of

LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets


def parse_address(raw: str) -> Address:
    """Return the address that *raw* spells; raises `Refused`."""
    spelt = raw.strip(" \t\r\n")
    if not spelt:
        raise Refused("address", "empty", "an address is needed")
    if len(spelt) > LONGEST:
        raise Refused("address", "too_long", f"longer than {LONGEST} characters")
    try:
        checked = validate_email(spelt, check_deliverability=False)
    except EmailNotValidError as error:
        raise Refused("address", "invalid", str(error)) from error
    local, domain = checked.local_part, (checked.ascii_domain or checked.domain).lower()
    return Address(
        # Only the letter case is folded: dots and tags may tell two people apart.
        key=f"{local.casefold()}@{domain}",
        value=f"{local}@{domain}",
        shown=f"{local[0]}…@{domain}",
        lane=lane_of(domain),
    )
