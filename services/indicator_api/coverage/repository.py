"""What is there by area and indicator: a few statements, however many cells the matrix has.

Released cells are read as everywhere: of each dataset the release for the narrowest readership one
belongs to, and never a blocked one. Facts are read of the caller's own datasets alone; the
row-level policies see to both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.coverage.rules import WITHOUT_DENOMINATOR
from services.indicator_api.facts.status import Status
from services.indicator_api.releases.rules import AUDIENCES


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which indicators: all current ones, those with these codes, or the key indicators."""

    codes: tuple[str, ...] = ()
    is_all: bool = False


async def find_indicators(session: AsyncSession, wanted: Wanted) -> list[dict[str, Any]]:
    """The current definitions with their parts, in the order of the catalogue."""
    rows = await session.execute(
        text(
            """
            SELECT i.id, i.code, i.name, i.short_name, i.unit, i.numerator_measure_id,
                i.numerator_breakdown_id, i.numerator_dataset_id, i.denominator_measure_id,
                i.denominator_breakdown_id, i.denominator_dataset_id,
                i.denominator_period_rule = 'nearest' AS takes_nearest,
                k.rank AS smallest_rank, k.plural AS smallest_label
            FROM indicator.indicator AS i
            LEFT JOIN indicator.area_kind AS k ON k.code = i.smallest_level
            WHERE i.is_current AND i.retired_on IS NULL
                AND (:is_all OR i.code = ANY(:codes) OR (:is_key AND i.is_key_indicator))
            ORDER BY i.position, i.code
            """
        ),
        {
            "is_all": wanted.is_all,
            "codes": list(wanted.codes),
            "is_key": not wanted.is_all and not wanted.codes,
        },
    )
    return [dict(row) for row in rows.mappings()]


async def find_level(session: AsyncSession, code: str) -> dict[str, Any] | None:
    """A level's label and rank, or None."""
    rows = await session.execute(
        text(
            "SELECT k.code, k.plural AS label, k.rank FROM indicator.area_kind AS k"
            " WHERE k.code = :code"
        ),
        {"code": code},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def find_parent(session: AsyncSession, code: str, valid_on: date) -> dict[str, Any] | None:
    """The area with this key that is valid on the day, or None."""
    rows = await session.execute(
        text(
            f"SELECT a.id, a.code, a.name, a.kind FROM indicator.area AS a"
            f" WHERE a.code = :code AND {VALID}"
        ),
        {"code": code, "valid_on": valid_on},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


# of an area `a`, on the day `valid_on`
VALID = """
    (a.valid_from IS NULL OR a.valid_from <= :valid_on)
    AND (a.valid_to IS NULL OR a.valid_to > :valid_on)
"""


async def list_areas(
    session: AsyncSession,
    level: str,
    parent_id: int | None,
    own_codes: Sequence[str],
    valid_on: date,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` areas of a level that are valid on the day, by key.

    Below the parent (itself among them); without one those within `own_codes`, and without these
    all that are not invented.
    """
    if parent_id is not None:
        within = "a.lineage @> ARRAY[CAST(:parent AS integer)]"
    elif own_codes:
        within = "a.lineage && ARRAY(SELECT r.id FROM indicator.area AS r WHERE r.code = ANY(:own))"
    else:
        within = "NOT a.is_fictional"
    values = {
        "level": level,
        "valid_on": valid_on,
        "limit": limit,
        **({"parent": parent_id} if parent_id is not None else {}),
        **({"own": list(own_codes)} if parent_id is None and own_codes else {}),
    }
    rows = await session.execute(
        text(
            f"""
            SELECT a.id, a.code, a.name, a.kind, a.is_fictional FROM indicator.area AS a
            WHERE a.kind = :level AND NOT a.is_set AND {VALID} AND {within}
            ORDER BY a.code LIMIT :limit
            """
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


_HAS_FIGURE = f"status IN ({Status.VALUE:d}, {Status.NOTHING:d}, {Status.HIDDEN:d})"
# the releases that the reader may see, and the indicators asked for (`asked_indicators`)
VISIBLE = """
    visible AS (
        SELECT DISTINCT ON (s.dataset_id) s.id, s.dataset_id, d.is_fictional, d.additivity
        FROM indicator.release_series AS s
        JOIN indicator.dataset AS d ON d.id = s.dataset_id
        WHERE s.current_number > 0
        ORDER BY s.dataset_id, array_position(CAST(:audiences AS text[]), s.audience)
    ),
    asked AS (
        SELECT * FROM unnest(
            CAST(:ids AS integer[]), CAST(:n_measures AS integer[]),
            CAST(:n_breakdowns AS integer[]), CAST(:n_datasets AS integer[]),
            CAST(:d_measures AS integer[]), CAST(:d_breakdowns AS integer[]),
            CAST(:d_datasets AS integer[]), CAST(:nearest AS boolean[])
        ) AS a (id, n_measure, n_breakdown, n_dataset, d_measure, d_breakdown, d_dataset, nearest)
    )
"""
# Of released figures a slice tells where they are; the parts of a rate must meet.
_NEWEST = text(
    f"""
    WITH {VISIBLE}
    SELECT DISTINCT ON (a.id, v.is_fictional) a.id AS indicator_id, v.is_fictional, p.end_on,
        p.code, p.label
    FROM asked AS a
    JOIN indicator.released_slice AS n ON n.measure_id = a.n_measure
        AND n.breakdown_id = a.n_breakdown AND n.kind = :level AND n.values_shown > 0
    JOIN visible AS v ON v.id = n.series_id
        AND (a.n_dataset IS NULL OR v.dataset_id = a.n_dataset)
    JOIN indicator.period AS p ON p.id = n.period_id
    WHERE a.d_measure IS NULL OR EXISTS (
        SELECT FROM indicator.released_slice AS o JOIN visible AS w ON w.id = o.series_id
        WHERE o.measure_id = a.d_measure AND o.breakdown_id = a.d_breakdown AND o.kind = :level
            AND (a.d_dataset IS NULL OR w.dataset_id = a.d_dataset)
            AND (a.nearest OR o.period_id = n.period_id)
    )
    ORDER BY a.id, v.is_fictional, p.end_on DESC, p.id DESC
    """
)
_CELLS = text(
    f"""
    WITH {VISIBLE},
    part AS (
        SELECT n_measure AS measure_id, n_breakdown AS breakdown_id FROM asked
        UNION SELECT d_measure, d_breakdown FROM asked WHERE d_measure IS NOT NULL
    ),
    cell AS MATERIALIZED (
        SELECT c.measure_id, c.breakdown_id, v.dataset_id, c.area_id, c.period_id, c.status,
            c.quality, false AS is_raw
        FROM part AS t
        JOIN indicator.released_cell AS c ON c.measure_id = t.measure_id
            AND c.breakdown_id = t.breakdown_id AND c.area_id = ANY(:areas)
            AND c.released_to = 2147483647 AND NOT c.is_blocked
        JOIN visible AS v ON v.id = c.series_id
        UNION ALL
        SELECT f.measure_id, f.breakdown_id, f.dataset_id, f.area_id, f.period_id, f.status,
            f.quality, true
        FROM part AS t
        JOIN indicator.dataset AS d ON d.holder_organisation_id = :organisation
        JOIN indicator.fact AS f ON f.dataset_id = d.id AND f.measure_id = t.measure_id
            AND f.breakdown_id = t.breakdown_id AND f.area_id = ANY(:areas)
    ),
    denominator AS (
        SELECT a.id, c.area_id, CASE WHEN a.nearest THEN 0 ELSE c.period_id END AS period_id,
            bool_and(c.is_raw) AS is_raw
        FROM asked AS a
        JOIN cell AS c ON c.measure_id = a.d_measure AND c.breakdown_id = a.d_breakdown
            AND (a.d_dataset IS NULL OR c.dataset_id = a.d_dataset) AND c.status <= 1
        GROUP BY 1, 2, 3
    ),
    entry AS (
        SELECT a.id AS indicator_id, c.area_id, c.period_id, p.end_on, c.dataset_id, c.quality,
            CASE WHEN c.status <= 1 AND a.d_measure IS NOT NULL AND b.id IS NULL
                THEN {WITHOUT_DENOMINATOR} ELSE c.status END AS status,
            c.is_raw OR COALESCE(b.is_raw, false) AS is_raw
        FROM asked AS a
        JOIN cell AS c ON c.measure_id = a.n_measure AND c.breakdown_id = a.n_breakdown
            AND (a.n_dataset IS NULL OR c.dataset_id = a.n_dataset)
        JOIN indicator.period AS p ON p.id = c.period_id
            AND (CAST(:until AS date) IS NULL OR p.end_on <= :until)
        LEFT JOIN denominator AS b ON b.id = a.id AND b.area_id = c.area_id
            AND b.period_id = CASE WHEN a.nearest THEN 0 ELSE c.period_id END
    ),
    best AS MATERIALIZED (
        SELECT DISTINCT ON (indicator_id, area_id, period_id) *, {_HAS_FIGURE} AS is_figure
        FROM entry
        ORDER BY indicator_id, area_id, period_id, {_HAS_FIGURE} DESC, is_raw, dataset_id
    ),
    latest AS (
        SELECT DISTINCT ON (indicator_id, area_id) * FROM best WHERE is_figure
        ORDER BY indicator_id, area_id, end_on DESC, period_id DESC
    ),
    sign AS (
        SELECT DISTINCT ON (indicator_id, area_id) * FROM best
        ORDER BY indicator_id, area_id, end_on DESC, period_id DESC
    ),
    total AS (
        SELECT indicator_id, area_id, count(*) FILTER (WHERE is_figure) AS periods
        FROM best GROUP BY 1, 2
    )
    SELECT g.indicator_id, g.area_id, t.periods, l.end_on AS latest_on,
        COALESCE(l.status, 0) AS latest_status, COALESCE(l.quality, 0) AS quality,
        COALESCE(l.is_raw, false) AS is_raw, g.end_on AS sign_on, g.status AS sign,
        p.code AS period, p.label AS period_label, d.code AS dataset
    FROM sign AS g
    JOIN total AS t ON t.indicator_id = g.indicator_id AND t.area_id = g.area_id
    LEFT JOIN latest AS l ON l.indicator_id = g.indicator_id AND l.area_id = g.area_id
    LEFT JOIN indicator.period AS p ON p.id = l.period_id
    LEFT JOIN indicator.dataset AS d ON d.id = l.dataset_id
    """
)


def asked_indicators(indicators: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What `VISIBLE` binds."""
    names = {
        "ids": "id",
        "n_measures": "numerator_measure_id",
        "n_breakdowns": "numerator_breakdown_id",
        "n_datasets": "numerator_dataset_id",
        "d_measures": "denominator_measure_id",
        "d_breakdowns": "denominator_breakdown_id",
        "d_datasets": "denominator_dataset_id",
        "nearest": "takes_nearest",
    }
    lists = {name: [item[column] for item in indicators] for name, column in names.items()}
    return lists | {"audiences": list(AUDIENCES)}


async def newest_released(
    session: AsyncSession, indicators: Sequence[dict[str, Any]], level: str
) -> dict[tuple[int, bool], dict[str, Any]]:
    """{(indicator id, of invented areas): its newest released period on a level}, anywhere."""
    rows = await session.execute(_NEWEST, asked_indicators(indicators) | {"level": level})
    return {(row["indicator_id"], row["is_fictional"]): dict(row) for row in rows.mappings()}


async def find_cells(
    session: AsyncSession,
    indicators: Sequence[dict[str, Any]],
    area_ids: Sequence[int],
    organisation_id: UUID | None,
    until: date | None,
) -> dict[tuple[int, int], dict[str, Any]]:
    """{(indicator id, area id): what there is of it}, up to the day `until`."""
    rows = await session.execute(
        _CELLS,
        asked_indicators(indicators)
        | {"areas": list(area_ids), "organisation": organisation_id, "until": until},
    )
    return {(row["indicator_id"], row["area_id"]): dict(row) for row in rows.mappings()}
