"""Writes every subscriber to a file, in the form that an import takes."""

import csv
import json
from collections.abc import Iterator
from typing import IO

from sqlalchemy.orm import Session

from service.signup import queries_import as queries
from service.signup.importing.lines import COLUMNS, safe
from service.signup.queries_import import Exported
from service.subscribers.filters import SEVERITIES, names


def write_csv(session: Session, file: IO[str]) -> int:
    """Write one line a subscription; return how many."""
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    count = 0
    for line in lines(session):
        writer.writerow({name: safe(value) for name, value in line.items()})
        count += 1
    return count


def write_json_lines(session: Session, file: IO[str]) -> int:
    """Write one object a subscription; return how many."""
    count = 0
    for line in lines(session):
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count


def lines(session: Session) -> Iterator[dict[str, str]]:
    """Yield each subscription as words by column."""
    for each in queries.exported(session):
        yield _line(each)


def _line(each: Exported) -> dict[str, str]:
    person, held = each.person, each.subscription
    return {
        "address": each.address.value,
        "subscriptions": f"page:{each.page}" if each.page else f"list:{each.mailing_list}",
        "language": person.locale,
        "timezone": person.timezone,
        "categories": " ".join(names(held.categories)),
        "minimum_severity": SEVERITIES[held.minimum_severity],
        "region": person.region,
        "group": person.group_name,
        "client": person.client,
        "party": person.party,
        "external_ref": person.external_ref,
        "consent_at": each.at.isoformat() if each.at else "",
        "consent_text": each.text or "",
        "consent_ip": each.ip or "",
        "state": held.state,
        "ended_reason": held.ended_reason or "",
        "suppressed": each.address.suppressed_reason,
    }
