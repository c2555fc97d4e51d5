"""What a mail that came back says: a pure function from its bytes to a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from channels.email.bounces import amazon, asides, fields
from channels.email.bounces.causes import Cause
from channels.email.bounces.judging import judge, plain, telling
from channels.email.bounces.notices import Notice, Stage
from channels.email.bounces.reading import Mail, open_mail
from channels.email.bounces.stages import stage_in
from channels.email.bounces.telling import about, report_of, told, without_boilerplate

_MOST = 100  # recipients of one mail that are looked at
_DEEPEST = 3  # forwarded bounces within bounces


class Kind(StrEnum):
    """What sort of mail came back."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said about one recipient."""

    address: str
    status: str
    cause: Cause
    hard: bool
    delayed: bool = False  # the far side is still trying
    words: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a returned mail says; without findings nobody is accused."""

    kind: Kind
    findings: tuple[Finding, ...] = ()
    returned: str = ""  # the head of the mail it is about, as far as it came along
    feedback: str = ""  # type of a complaint

    @property
    def hard(self) -> bool:
        """Whether at least one address is dead."""
        return any(finding.hard for finding in self.findings)

    @property
    def cause(self) -> Cause:
        """The first dead address's cause, else the first's."""
        first = next((f for f in self.findings if f.hard), None) or next(iter(self.findings), None)
        return first.cause if first else Cause.UNDEFINED


def classify(raw: bytes) -> Verdict:
    """Return what *raw*, a mail to our return address, says; never raises."""
    return _verdict(raw, _DEEPEST)


def _verdict(raw: bytes, depth: int) -> Verdict:
    mail = open_mail(raw)
    if aside := _aside(mail):
        return aside
    if findings := tuple(map(_finding, islice(_notices(mail), _MOST))):
        return Verdict(Kind.BOUNCE, findings, mail.returned)
    if depth and mail.returned:
        inner = _verdict(mail.returned.encode("utf-8", "replace"), depth - 1)
        if inner.kind is Kind.BOUNCE:
            return inner
    return Verdict(Kind.UNRECOGNISED, (), mail.returned)


def _aside(mail: Mail) -> Verdict | None:
    if asides.is_feedback(mail):
        return _complaint(mail, asides.complainants(mail), asides.feedback_type(mail))
    if complained := amazon.complainants(mail.notes):
        return _complaint(mail, complained, "abuse")
    if asides.is_automatic_reply(mail):
        away = Finding("", "", Cause.VACATION, hard=False)
        return Verdict(Kind.AUTOMATIC, (away,), mail.returned)
    return None


def _complaint(mail: Mail, addresses: Sequence[str], kind: str) -> Verdict:
    findings = tuple(Finding(one, "", Cause.FEEDBACK, hard=False) for one in addresses or ("",))
    return Verdict(Kind.COMPLAINT, findings, mail.returned, kind)


def _finding(notice: Notice) -> Finding:
    judged = judge(notice)
    delayed = notice.action == "delayed"
    return Finding(
        notice.address, judged.status, judged.cause, judged.hard, delayed, notice.words[:500]
    )


def _notices(mail: Mail) -> Iterator[Notice]:
    report = report_of(mail.notes)
    reported = list(fields.notices(mail.fields or mail.notes)) or list(amazon.notices(mail.notes))
    if reported:
        for notice in reported:
            yield _filled(notice, report, alone=len(reported) == 1)
        return
    yield from _told(mail, report)


def _filled(notice: Notice, report: str, *, alone: bool) -> Notice:
    """Add to a group of fields what the text for people says more."""
    said = report if alone else about(report, notice.address)
    stage = notice.stage if notice.stage is not Stage.UNSAID else stage_in(said)
    if telling(notice):
        return replace(notice, stage=stage)
    own = about(report, notice.address)
    return replace(notice, stage=stage, words=f"{notice.words} {own}".strip())


def _told(mail: Mail, report: str) -> Iterator[Notice]:
    failed = mail.header("X-Failed-Recipients")
    named = [one.strip(" <>") for one in failed.split(",") if "@" in one]
    if not (named or asides.is_daemon(mail) or _speaks_of_failure(mail, report)):
        return
    blocks: dict[str, str] = {}
    for address, block in told(report):
        blocks[address.lower()] = blocks.get(address.lower(), "") + "\n" + block
    seen = {address.lower(): address for address, _ in told(report)}
    known = {one.lower() for one in named}
    if known and not known & set(seen):
        seen = {}
    addresses = list(seen.values()) or named or asides.addressees(mail) or [""]
    whole = without_boilerplate(report)
    for address in addresses:
        block = blocks.get(address.lower(), "")
        words = block if telling(Notice(address, block), alone=len(addresses) == 1) else whole
        yield Notice(address, words, stage=stage_in(words if len(addresses) > 1 else report))


def _speaks_of_failure(mail: Mail, report: str) -> bool:
    words = plain(f"{mail.header('Subject')} {report[:2000]}")
    return any(
        sign in words
        for sign in (
            "undeliver",
            "deliver",
            "returned",
            "bounce",
            "failure",
            "failed",
            "unknown",
            "could not be",
            "rejected",
            "nicht zugestellt",
            "non remis",
        )
    )
