"""What is there of an indicator in an area, judged from what was released and delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.indicator_api.facts.status import STATUS_NAMES, Status

CoverageState = Literal[
    "released", "delivered", "computed", "outdated", "missing", "not_applicable"
]
STATE_LABELS: dict[CoverageState, str] = {
    "released": "freigegeben",
    "delivered": "geliefert, nicht freigegeben",
    "computed": "aus allen Teilen berechnet",
    "outdated": "veraltet",
    "missing": "fehlt",
    "not_applicable": "auf dieser Ebene nicht vorgesehen",
}
# a cell whose numerator is there and whose denominator is not
WITHOUT_DENOMINATOR = -1
MAXIMUM_CELLS = 60_000

_SIGN_WORDS: Mapping[int, str] = {
    Status.UNKNOWN: "Der Wert ist unbekannt oder wird von der Quelle geheim gehalten („.“).",
    Status.UNRELIABLE: "Der Quelle war der Wert nicht sicher genug („/“).",
    Status.BLOCKED: "Die Quelle hat das Tabellenfach gesperrt („x“).",
    Status.LATER: "Die Quelle trägt den Wert später nach („...“).",
    Status.NOT_AVAILABLE: "Die Quelle hat für dieses Gebiet keine Angabe.",
    WITHOUT_DENOMINATOR: "Die Anzahl liegt vor, aber die Bezugsgröße dazu fehlt.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of an indicator in an area.

    `latest_on` is the last day of the newest period with a figure, None without any; `is_raw`:
    that figure was delivered and not released. `sign_on` and `sign`: the newest entry of all, a
    figure or a sign in its place, and its status (see `facts.status`).
    """

    latest_on: date | None
    latest_status: int
    is_raw: bool
    sign_on: date | None
    sign: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The state of a cell with the status behind it (None: no entry) and the reason, in German."""

    state: CoverageState
    status: str | None = None
    reason: str | None = None


def judge(
    found: Found | None, wanted_on: date | None, wanted_label: str, *, reads_raw: bool
) -> Judged:
    """The state of an indicator in an area, held against the period it should be there for.

    `wanted_on` is the last day of that period: the one asked for, else the indicator's newest on
    this level; None if there is none. `reads_raw`: whether the reader sees what is delivered.
    """
    if found is None:
        return Judged("missing", None, _nothing(reads_raw))
    if found.latest_on is not None and (wanted_on is None or found.latest_on >= wanted_on):
        status = STATUS_NAMES[Status(found.latest_status)]
        if found.is_raw:
            return Judged("delivered", status, "Geliefert, aber noch nicht freigegeben.")
        hidden = found.latest_status == Status.HIDDEN
        reason = "Freigegeben; der Wert selbst ist zum Schutz der Betroffenen verborgen."
        return Judged("released", status, reason if hidden else None)
    sign = _sign(found)
    is_newest = found.sign_on is not None and (wanted_on is None or found.sign_on >= wanted_on)
    if sign is not None and (is_newest or found.latest_on is None):
        status = "no_denominator" if found.sign == WITHOUT_DENOMINATOR else STATUS_NAMES[sign]
        return Judged("missing", status, _SIGN_WORDS[found.sign])
    if found.latest_on is not None:
        status = STATUS_NAMES[Status(found.latest_status)]
        return Judged("outdated", status, f"Für {wanted_label} liegt noch kein Wert vor.")
    return Judged("missing", None, _nothing(reads_raw))


def _sign(found: Found) -> Status | None:
    """The sign that stands in the place of a figure; None if the newest entry is a figure."""
    if found.sign_on is None or found.sign not in _SIGN_WORDS:
        return None
    return Status.UNKNOWN if found.sign == WITHOUT_DENOMINATOR else Status(found.sign)


def _nothing(reads_raw: bool) -> str:
    if reads_raw:
        return "Noch nichts geliefert, und nichts von anderen Stellen für Sie freigegeben."
    return "Für Sie ist hierzu nichts freigegeben."
