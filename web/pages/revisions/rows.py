"""A change as one row of the table: every word made, nothing left to compute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from web.clients.indicator_types import Observation
from web.clients.revisions import CellState, Revision
from web.figures import figure, signs_used
from web.format import period as period_in_words
from web.visit import Visit

_MOST_DECIMALS = 3
_GONE = {"removed": "nicht mehr enthalten", "withdrawn": "zurückgezogen"}
_WHOLE = "Insgesamt"


@dataclass(frozen=True, slots=True)
class Row:
    """One change; `by` says with which delivery or release, `by_path` leads there."""

    at: datetime
    measure: str
    note: str
    dataset: str
    area: str
    area_path: str
    area_code: str
    period: str
    old: str
    new: str
    by: str
    by_path: str
    by_note: str
    is_fictional: bool


def make_rows(
    revisions: Sequence[Revision],
    visit: Visit,
    units: Mapping[str, str],
    fictional: frozenset[str],
) -> list[Row]:
    """The rows of the table."""
    return [_row(item, visit, units, fictional) for item in revisions]


def signs_of(revisions: Sequence[Revision]) -> list[tuple[str, str]]:
    """The signs in the table and what they mean."""
    states = [state for item in revisions for state in (item.old, item.new) if state is not None]
    return signs_used([_observed(state) for state in states])


def _row(item: Revision, visit: Visit, units: Mapping[str, str], fictional: frozenset[str]) -> Row:
    decimals = _decimals(item.old, item.new)
    breakdown = "" if item.breakdown.label in ("", _WHOLE) else item.breakdown.label
    by, by_path, by_note = _by(item, visit)
    return Row(
        at=item.at,
        measure=item.measure.name,
        note=", ".join(filter(None, (units.get(item.measure.code, ""), breakdown))),
        dataset=item.dataset.title,
        area=item.area.name,
        area_path=f"/gebiete/{quote(item.area.code, safe='')}",
        area_code=item.area.code,
        period=period_in_words(item.period.code),
        old=figure(_observed(item.old), decimals),
        new=figure(_observed(item.new), decimals) if item.new else _GONE.get(item.change, "–"),
        by=by,
        by_path=by_path,
        by_note=by_note,
        is_fictional=item.dataset.code in fictional,
    )


def _observed(state: CellState) -> Observation:
    return Observation(
        area="", name="", value=state.value, status=state.status, quality=state.quality
    )


def _decimals(*states: CellState | None) -> int:
    """As many places as the finer of both values has, so that a change is never rounded away."""
    places = [0]
    for state in states:
        if state is not None and state.value is not None:
            exponent = Decimal(repr(state.value)).normalize().as_tuple().exponent
            places.append(-exponent if isinstance(exponent, int) else 0)
    return min(max(places), _MOST_DECIMALS)


def _by(item: Revision, visit: Visit) -> tuple[str, str, str]:
    """Words for what brought the change, its address, and who did it."""
    if item.delivery is not None:
        sent = item.delivery
        may_open = sent.id is not None and visit.may("deliveries:read")
        return (
            f"Lieferung {sent.number}",
            f"/lieferungen/{sent.id}" if may_open else "",
            ", ".join(filter(None, (sent.delivered_by, sent.filename))),
        )
    if item.release is not None:
        release = item.release
        text = f"Freigabe {release.number}"
        if release.audience_label:
            text += f" ({release.audience_label})"
        path = f"/freigaben/{release.id}" if visit.may("releases:read") else ""
        return text, path, ", ".join(filter(None, (release.published_by, release.note)))
    return "–", "", ""
