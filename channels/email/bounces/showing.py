"""A verdict as plain data, for the command line and for people."""

from typing import Any

from channels.email.bounces.classify import classify


def shown(raw: bytes) -> dict[str, Any]:
    """Return what *raw* says: `hard`, `reason` and `recipients`."""
    verdict = classify(raw)
    return {
        "hard": verdict.hard,
        "reason": verdict.cause.value,
        "recipients": [
            {
                "address": finding.address,
                "status": finding.status,
                "reason": finding.cause.value,
                "hard": finding.hard,
            }
            for finding in verdict.findings
        ],
    }
