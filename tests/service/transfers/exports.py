"""Exports as Statuspage writes them: its read API (v2), its management API (v1), its CSV."""

import json
from typing import Any

GROUP, API, WEB, LONE = "grp0123456ab", "api0123456ab", "web0123456ab", "14605"
OUTAGE, WORKS = "inc0123456ab", "mnt0123456ab"
PAGE = {"id": "pag0123456ab", "name": "Acme", "url": "https://status.acme.example",
        "time_zone": "Europe/Paris", "updated_at": "2026-11-01T10:00:00.000+01:00"}  # fmt: skip


def component(key: str, name: str, **given: Any) -> dict[str, Any]:
    return {
        "id": key, "name": name, "status": "operational", "position": 1, "description": None,
        "created_at": "2025-01-10T09:00:00.000Z", "updated_at": "2025-01-10T09:00:00.000Z",
        "showcase": True, "start_date": "2025-01-10", "group_id": None, "page_id": PAGE["id"],
        "group": False, "only_show_if_degraded": False, **given,
    }  # fmt: skip


COMPONENTS = [
    component(GROUP, "Core", group=True, components=[API, WEB]),
    component(API, "API", group_id=GROUP, description="For programs", position=1),
    component(WEB, "Web site", group_id=GROUP, position=2),
    component(LONE, "Téléphone", position=3, status="degraded_performance"),
]


def update(key: str, status: str, at: str, body: str, *changes: tuple[str, str, str]) -> Any:
    return {
        "id": key, "status": status, "body": body, "display_at": at, "created_at": at,
        "updated_at": at, "deliver_notifications": True,
        "affected_components": [
            {"code": code, "name": "?", "old_status": old, "new_status": new}
            for code, old, new in changes
        ] or None,
    }  # fmt: skip


RESOLVED = update("upd3", "resolved", "2026-09-01T12:00:00.000Z", '<p>Fixed, see <a href="https://acme.example/a">why</a>.</p>',
                  (API, "partial_outage", "operational"))  # fmt: skip
INCIDENT: dict[str, Any] = {
    "id": OUTAGE, "name": "API is down", "status": "resolved", "impact": "major",
    "created_at": "2026-09-01T10:00:00.000Z", "started_at": "2026-09-01T09:55:00.000Z",
    "resolved_at": "2026-09-01T12:00:00.000Z", "shortlink": "https://stspg.io/x",
    "components": [component(API, "API")],
    "incident_updates": [
        RESOLVED,
        update("upd2", "monitoring", "2026-09-01T11:00:00.000Z", "A fix is out."),
        update("upd1", "investigating", "2026-09-01T10:00:00.000Z", "We are looking.",
               (API, "operational", "partial_outage")),
    ],
}  # fmt: skip
MAINTENANCE: dict[str, Any] = {
    "id": WORKS, "name": "New switches", "status": "scheduled", "impact": "maintenance",
    "created_at": "2026-11-01T10:00:00.000Z", "scheduled_for": "2027-02-01T02:00:00.000Z",
    "scheduled_until": "2027-02-01T04:00:00.000Z", "scheduled_auto_in_progress": True,
    "scheduled_auto_completed": True, "components": [component(WEB, "Web site")],
    "incident_updates": [update("upd9", "scheduled", "2026-11-01T10:00:00.000Z", "Soon.")],
}  # fmt: skip
SUBSCRIBERS: list[dict[str, Any]] = [
    {"id": "s1", "mode": "email", "email": "ada@example.org",
     "created_at": "2025-03-01T08:00:00.000Z"},
    {"id": "s2", "mode": "email", "email": "bob@example.org", "components": [API],
     "created_at": "2025-03-02T08:00:00.000Z"},
    {"id": "s3", "mode": "sms", "phone_number": "5551234"},
    {"id": "s4", "mode": "webhook", "endpoint": "https://a.example/x", "email": "ops@example.org"},
    {"id": "s5", "mode": "email", "email": "dead@example.org",
     "quarantined_at": "2026-01-01T00:00:00Z"},
    {"id": "s6", "mode": "email", "email": "secret@example.org", "page_access_user_id": "u1"},
    {"id": "s7", "mode": "email", "email": "far@example.org", "components": ["unknown0000x"]},
    {"id": "s8", "mode": "email", "email": "no address"},
]  # fmt: skip


def summary(**given: Any) -> bytes:
    found = {
        "page": PAGE, "components": COMPONENTS, "incidents": [INCIDENT],
        "scheduled_maintenances": [MAINTENANCE], **given,
    }  # fmt: skip
    return json.dumps(found).encode()


def bare(*items: Any) -> bytes:
    """A list, as v1 answers."""
    return json.dumps(items).encode()
