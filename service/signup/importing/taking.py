"""Takes a whole file over, batch by batch, and keeps what is wrong with its lines in a report."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.errors import Invalid
from service.lists import queries as lists
from service.pages import queries as pages
from service.runtime import Runtime
from service.signup import queries_import as queries
from service.signup.importing.files import Row, rows
from service.signup.importing.lines import Entry, understand
from service.signup.importing.storing import Tally, store
from service.subscribers.targets import Target

TRIALS = 5  # of a batch
BATCH = 2000  # lines a transaction: the service goes on between two


class _DryRun(Exception):
    """The batch was only tried."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file to take over, and where its faults are written."""

    file: Path
    report: Path
    is_dry: bool


def take(rt: Runtime, job: Job, seen: Callable[[int], None]) -> Tally:
    """Take *job* over; tell *seen* how many lines were done, batch by batch.

    Raises `Invalid` where the file as a whole cannot be used.
    """
    tally = Tally()
    with rt.read() as session:
        known = targets(session)
    lines = rows(job.file)
    with job.report.open("w", encoding="utf-8", newline="") as file:
        report = csv.writer(file)
        report.writerow(("line", "field", "code", "problem"))
        while batch := list(islice(lines, BATCH)):
            entries, faults = _understood(batch, known, rt.clock())
            report.writerows(faults)
            tally = _store(rt, job, entries, tally)
            report.writerows((line, "", "left", why) for line, why in tally.notes)
            tally.notes.clear()
            tally.wrong += len({fault[0] for fault in faults})
            seen(len(batch))
    _note(rt, job, tally)
    return tally


def _store(
    rt: Runtime, job: Job, entries: Sequence[Entry], tally: Tally, trials: int = TRIALS
) -> Tally:
    """Store one batch, after those of other imports under way; return *tally* with it counted.

    Where somebody signed up with one of its addresses meanwhile, it begins anew and finds them.
    """
    counted = replace(tally, notes=list(tally.notes))
    try:
        with suppress(_DryRun), rt.work("cli") as uow:
            queries.take_turns(uow.session)
            store(uow, entries, counted)
            if job.is_dry:
                raise _DryRun
    except IntegrityError:
        if trials == 1:
            raise
        return _store(rt, job, entries, tally, trials - 1)
    return counted


def targets(session: Session) -> dict[str, Target]:
    """The pages and lists in use by the names that files give them: `page:mail`, `list:works`."""
    found = [Target.of_page(each) for each in pages.pages(session)]
    found += [Target.of_list(each) for each in lists.lists(session)]
    return {f"{each.kind}:{each.slug}": each for each in found}


def _understood(
    batch: Sequence[Row], known: dict[str, Target], now: datetime
) -> tuple[list[Entry], list[tuple[int, str, str, str]]]:
    entries: list[Entry] = []
    faults: list[tuple[int, str, str, str]] = []
    for number, given in batch:
        if isinstance(given, Invalid):
            faults += _lines(number, given)
            continue
        try:
            entries.append(understand(number, given, known, now))
        except Invalid as error:
            faults += _lines(number, error)
    return entries, faults


def _lines(number: int, error: Invalid) -> Iterator[tuple[int, str, str, str]]:
    for fault in error.faults:
        yield number, fault.pointer.lstrip("/"), fault.code, fault.detail


def _note(rt: Runtime, job: Job, tally: Tally) -> None:
    if job.is_dry:
        return
    with rt.work("cli") as uow:
        counts = {
            "people": tally.people,
            "added": tally.added,
            "asked": tally.asked,
            "kept": tally.kept,
            "refused": tally.refused,
            "wrong": tally.wrong,
        }
        record(uow, "subscribers.imported", "subscribers", file=job.file.name, **counts)
