"""How much a message may impose itself: the one table of urgencies."""

from dataclasses import dataclass

from service.publications.models import Publication, Purpose, Urgency


@dataclass(frozen=True, slots=True)
class Manners:
    """What of people's wishes a message respects. Who left or is suppressed is never written to."""

    windows: bool  # the plan's hours on their clock, and its blackouts
    quiet: bool  # their own quiet hours
    caps: bool  # how many messages they want to get
    digests: bool  # that they chose a digest


#: The most urgent imposes itself on everything but consent.
MANNERS = {
    Urgency.DIGESTABLE: Manners(windows=True, quiet=True, caps=True, digests=True),
    Urgency.NORMAL: Manners(windows=True, quiet=True, caps=True, digests=True),
    Urgency.IMPORTANT: Manners(windows=True, quiet=True, caps=False, digests=False),
    Urgency.CRITICAL: Manners(windows=False, quiet=False, caps=False, digests=False),
}
#: Somebody waits for what goes to them alone.
SINGLE = Manners(windows=False, quiet=False, caps=False, digests=False)


def manners(publication: Publication) -> Manners:
    """What *publication* respects."""
    return MANNERS[publication.urgency] if publication.purpose is Purpose.BULK else SINGLE
