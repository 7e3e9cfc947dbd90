"""What is known of where residents live inside the units: finer areas with released counts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions.cutting import Piece

MEASURE = "EINWOHNER"
TOTAL = ""
# Share of a unit that its finer areas must cover to speak for all its residents.
_COVERED_FROM = 0.99


@dataclass(frozen=True, slots=True)
class ResidentShare:
    """The share of a unit's residents in a piece of it, and where that is known from."""

    share: float
    detail: str


@dataclass(frozen=True, slots=True)
class _Block:
    geometry: BaseGeometry
    residents: float | None


# Only what everybody may read: a weight stands in public beside the set, and an unreleased count
# must not be told from it.
_BLOCKS = text(
    """
    SELECT u.id AS unit_id, f.kind, k.plural, k.rank, c.dataset, c.period, c.end_on,
        ST_AsBinary(f.geometry) AS geometry, c.value
    FROM indicator.area AS u
    JOIN indicator.area AS f ON f.lineage @> ARRAY[u.id] AND f.id <> u.id
    JOIN indicator.area_kind AS k ON k.code = f.kind
    JOIN indicator.released_fact AS c ON c.area_id = f.id
        AND c.measure = :measure AND c.breakdown = :total AND c.audience = 'public'
    WHERE u.id = ANY(:units) AND NOT f.is_set AND f.geometry IS NOT NULL
        AND daterange(f.valid_from, f.valid_to) @> CAST(:day AS date)
    """
)


async def resident_shares(
    session: AsyncSession, pieces: Sequence[Piece], day: date
) -> dict[int, ResidentShare]:
    """{unit id: share of its residents in the piece}, for the units where it is known.

    Residents are taken to live evenly within a finer area. Known is what is released to
    everybody for all finer areas of one level that together cover the unit; the newest counts.
    """
    rows = await session.execute(
        _BLOCKS,
        {
            "measure": MEASURE,
            "total": TOTAL,
            "units": [piece.unit.id for piece in pieces],
            "day": day,
        },
    )
    candidates: defaultdict[int, defaultdict[tuple[date, int, str, str, str], list[_Block]]]
    candidates = defaultdict(lambda: defaultdict(list))
    for row in rows.mappings():
        source = (row["end_on"], row["rank"], row["dataset"], row["period"], row["plural"])
        block = _Block(shapely.from_wkb(bytes(row["geometry"])), row["value"])
        candidates[row["unit_id"]][source].append(block)
    shares = {}
    for piece in pieces:
        share = _newest_share(piece, candidates.get(piece.unit.id, {}))
        if share is not None:
            shares[piece.unit.id] = share
    return shares


def _newest_share(
    piece: Piece, candidates: dict[tuple[date, int, str, str, str], list[_Block]]
) -> ResidentShare | None:
    for source in sorted(candidates, reverse=True):
        share = share_of_residents(
            piece, [(block.geometry, block.residents) for block in candidates[source]]
        )
        if share is not None:
            end_on, _, dataset, _, plural = source
            words = f"Einwohner der {plural} am {end_on:%d.%m.%Y} ({dataset})"
            return ResidentShare(share, words)
    return None


def share_of_residents(
    piece: Piece, blocks: Sequence[tuple[BaseGeometry, float | None]]
) -> float | None:
    """The share of residents in the piece; None where the blocks do not speak for the unit."""
    if piece.unit.geometry is None or any(residents is None for _, residents in blocks):
        return None
    covered = sum(shapely.intersection(shape, piece.unit.geometry).area for shape, _ in blocks)
    total = sum(residents or 0.0 for _, residents in blocks)
    if covered < _COVERED_FROM * piece.unit.geometry.area or total <= 0:
        return None
    inside = sum(
        (residents or 0.0) * shapely.intersection(shape, piece.geometry).area / shape.area
        for shape, residents in blocks
        if shape.area
    )
    return min(1.0, inside / total)
