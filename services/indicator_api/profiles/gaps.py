"""What is not known about a place, in words; no input or output."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.indicator_api.observations.formats.words import STATUS_WORDS
from services.indicator_api.periods.rules import parse_period

_SHOWN = ("value", "nothing")


def gap_of(
    entry: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
    kinds: Collection[str],
    levels: Mapping[str, str],
    own_kind: str,
) -> dict[str, Any] | None:
    """The gap of one catalogue entry for an area; None if its newest figure is there.

    `items` are the area's own, by time; `kinds` the levels that have released figures of it;
    `levels` the names of all levels.
    """
    name = entry["name"]
    source = entry["usual_source"]
    suggestion = f"Übliche Quelle: {source.rstrip('.')}." if source else None
    if not kinds:
        code, detail = "nothing_released", f"Zu „{name}“ ist nichts freigegeben."
    elif not items:
        possible = ", ".join(levels[kind] for kind in levels if kind in kinds)
        code = "level_not_available"
        detail = f"„{name}“ liegt für diesen Ort nicht vor. Zahlen gibt es für: {possible}."
        if own_kind in kinds:
            code, detail = "no_value", f"„{name}“ liegt für diesen Ort nicht vor."
    else:
        newest = items[-1]
        if newest["status"] in _SHOWN:
            return None
        code, detail, suggestion = _of_newest(name, newest, suggestion)
    return {
        "indicator": {"code": entry["code"], "name": name},
        "code": code,
        "detail": detail,
        "suggestion": suggestion,
    }


def _of_newest(
    name: str, newest: Mapping[str, Any], suggestion: str | None
) -> tuple[str, str, str | None]:
    parsed = parse_period(newest["period"])
    period = newest["period"] if parsed is None else parsed.label
    told = (newest["detail"] or "").rstrip(".")
    if newest["status"] == "hidden":
        # a sum is hidden for a part of it, not for being small itself
        why = f". {told}." if told else ": Die Zahl ist zu klein, um sie zu zeigen."
        return (
            "hidden",
            f"„{name}“ ist für {period} geheim{why}",
            "Ein größeres Gebiet oder mehrere Jahre zusammen können eine Zahl haben.",
        )
    words = told or STATUS_WORDS.get(newest["status"], "keine Angabe")
    return "no_value", f"„{name}“, {period}: {words}.", suggestion
