"""What would find something where an answer is empty, read from the database when it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice

_GERMANY = ZoneInfo("Europe/Berlin")
_MOST_REGIONS = 4
# Regions are told by Kreise: every list can be asked for within one. What lies in none is told by
# the uppermost area above it. An area of a level has figures by a cell of its own, by those of
# what lies below it, or by those that it is composed of.
_REGIONS = text(
    """
    WITH cell AS MATERIALIZED (
        SELECT DISTINCT c.area_id
        FROM unnest(
            CAST(:measures AS integer[]), CAST(:breakdowns AS integer[]),
            CAST(:series AS integer[]), CAST(:numbers AS integer[]), CAST(:periods AS integer[])
        ) AS s (measure_id, breakdown_id, series_id, number, period_id)
        JOIN indicator.released_cell AS c ON c.measure_id = s.measure_id
            AND c.breakdown_id = s.breakdown_id AND c.series_id = s.series_id
            AND c.period_id = s.period_id AND c.released_from <= s.number
            AND c.released_to > s.number
    ),
    place AS (
        SELECT unnest(a.lineage) AS id FROM cell JOIN indicator.area AS a ON a.id = cell.area_id
        UNION
        SELECT k.target_area_id FROM cell
        JOIN indicator.area_composition AS k ON k.source_area_id = cell.area_id
    )
    SELECT DISTINCT r.code, r.name, r.is_fictional
    FROM place JOIN indicator.area AS x ON x.id = place.id
    CROSS JOIN LATERAL (
        SELECT u.code, u.name, u.is_fictional FROM indicator.area AS u
        WHERE u.id = ANY(x.lineage)
        ORDER BY u.kind = 'kreis' DESC, cardinality(u.lineage) LIMIT 1
    ) AS r
    WHERE (cardinality(CAST(:levels AS text[])) = 0 OR x.kind = ANY(CAST(:levels AS text[])))
        AND (x.valid_from IS NULL OR x.valid_from <= :day)
        AND (x.valid_to IS NULL OR x.valid_to > :day)
    ORDER BY r.is_fictional, r.code
    """
)


@dataclass(frozen=True, slots=True)
class Regions:
    """Where there are figures: the name of what has them, and (key, name, is invented)."""

    what: str
    places: tuple[tuple[str, str, bool], ...]

    @property
    def words(self) -> str:
        """„Quartiere mit Zahlen gibt es in Musterkreis (within=99001).“"""
        shown = [
            f"{name} (within={code}{', erfundene Zahlen' if is_fictional else ''})"
            for code, name, is_fictional in self.places[:_MOST_REGIONS]
        ]
        more = len(self.places) - len(shown)
        if more > 0:
            shown.append(f"{more} weiteren")
        listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} und {shown[-1]}"
        return f"{self.what} mit Zahlen gibt es in {listed}."


async def regions_with_figures(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice
) -> Regions | None:
    """In which Kreise areas of the levels asked for have figures of the plan; None if nowhere."""
    slices = [(plan.definitions[pair.figure].numerator, pair.numerator) for pair in plan.pairs]
    values: dict[str, Any] = {
        "measures": [part.measure_id for part, _ in slices],
        "breakdowns": [part.breakdown_id for part, _ in slices],
        "series": [item.series.id for _, item in slices],
        "numbers": [item.series.number for _, item in slices],
        "periods": [item.period_id for _, item in slices],
        "levels": list(choice.levels),
        "day": choice.day,
    }
    rows = await session.execute(_REGIONS, values)
    places = tuple((row.code, row.name, row.is_fictional) for row in rows)
    if not places:
        return None
    names = await session.execute(
        text(
            "SELECT k.plural FROM indicator.area_kind AS k"
            " WHERE k.code = ANY(:levels) ORDER BY k.rank"
        ),
        {"levels": list(choice.levels)},
    )
    return Regions(", ".join(names.scalars()) or "Gebiete", places)


async def first_releases(session: AsyncSession, measures: Sequence[int]) -> dict[int, date]:
    """For each measure the day on which figures of it were first released to the reader."""
    rows = await session.execute(
        text(
            """
            SELECT m.id, min(r.published_at) AS first
            FROM unnest(CAST(:measures AS integer[])) AS m (id)
            JOIN indicator.release AS r ON r.number IS NOT NULL
                AND r.withdrawn_reason IS DISTINCT FROM 'disclosure'
                AND EXISTS (
                    SELECT FROM indicator.released_cell AS c
                    WHERE c.measure_id = m.id AND c.series_id = r.series_id
                        AND c.released_from <= r.number AND c.released_to > r.number
                )
            GROUP BY m.id
            """
        ),
        {"measures": list(measures)},
    )
    found: dict[int, datetime | None] = {row.id: row.first for row in rows}
    return {
        measure: moment.astimezone(_GERMANY).date()
        for measure, moment in found.items()
        if moment is not None
    }
