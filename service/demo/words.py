"""Numbers and judgements of a rollout in words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scheduling.verdicts import TEXTS, Code, Verdict

Gate = Mapping[str, Any]


def number(count: float) -> str:
    """Return *count* with its thousands apart."""
    return f"{count:,.0f}".replace(",", " ")


def moment(instant: datetime) -> str:
    """Return an instant on the plan's clock."""
    return f"{instant:%a %d %b %H:%M} UTC"


def span(seconds: float) -> str:
    """Return a duration in its two largest units."""
    minutes = round(seconds / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60:02d}" if hours else f"{minutes} min"


def judgement(gate: Gate) -> str:
    """Return a gate's verdict and what it rests on."""
    reasons = [each for each in gate["reasons"] if each["verdict"] == gate["verdict"]]
    notable = [_reason(each) for each in reasons if each["code"] != Code.CLEAR]
    clear = [text for each in reasons if each["code"] == Code.CLEAR and (text := _clear(each))]
    said = notable if gate["verdict"] != Verdict.GO else [*notable, *clear]
    verdict = gate["verdict"].replace("_", "-").upper()
    return f"stage {gate['stage']}: {verdict} – {'; '.join(said) or 'all clear'}"


def at(gate: Gate) -> datetime:
    """Return when a gate was judged."""
    return datetime.fromisoformat(gate["at"])


def elapsed(start: datetime, end: datetime) -> str:
    """Return how long it took on the plan's clock."""
    return span((end - start) / timedelta(seconds=1))


def _reason(reason: Mapping[str, Any]) -> str:
    return f"{reason['metric'].replace('_', ' ')}: {TEXTS[Code(reason['code'])]}"


def _clear(reason: Mapping[str, Any]) -> str:
    """Say what the two metrics that people ask for rest on."""
    numbers = reason["numbers"]
    match reason["metric"]:
        case "refusals":
            share = 100 * numbers["rate"]
            asked = number(numbers["denominator"])
            return f"refused {number(numbers['count'])} of {asked} ({share:.1f} %)"
        case "bake":
            return f"watched for {span(numbers['elapsed'])}"
    return ""
