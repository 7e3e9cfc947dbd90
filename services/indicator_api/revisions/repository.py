"""What changed: between deliveries in the history of facts, between releases in their cells.

Raw facts and their history are the holder's alone: the row-level policies of both tables see to
it. Released cells are read as everywhere: of each dataset the release for the narrowest readership
one belongs to, and never a cell that was blocked.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.facts.status import QUALITY_SQL, STATUS_SQL
from services.indicator_api.releases.rules import AUDIENCES


@dataclass(frozen=True, slots=True)
class RevisionFilter:
    """Which cells; `parts` are (measure, breakdown) ids, None for any; `areas` are keys."""

    dataset_id: int | None = None
    parts: tuple[tuple[int, int | None], ...] | None = None
    area_ids: tuple[int, ...] | None = None
    period_ids: tuple[int, ...] | None = None


def state_sql(alias: str) -> str:
    """The SQL of what a cell holds, as the document of a `CellState`; null without a cell."""
    status = STATUS_SQL.format(column=f"{alias}.status")
    quality = QUALITY_SQL.format(column=f"{alias}.quality")
    return (
        f"CASE WHEN {alias}.status IS NOT NULL THEN jsonb_build_object('value', {alias}.value,"
        f" 'status', {status}, 'quality', to_jsonb({quality})) END"
    )


def conditions_sql(wanted: RevisionFilter, alias: str) -> tuple[str, dict[str, Any]]:
    """The SQL of which cells are asked for (all but the dataset), and its values."""
    conditions = ["true"]
    values: dict[str, Any] = {}
    if wanted.parts is not None:
        measures = [part[0] for part in wanted.parts]
        conditions.append(
            f"EXISTS (SELECT FROM unnest(CAST(:measures AS integer[]),"
            f" CAST(:breakdowns AS integer[])) AS w (measure_id, breakdown_id)"
            f" WHERE w.measure_id = {alias}.measure_id"
            f" AND (w.breakdown_id IS NULL OR w.breakdown_id = {alias}.breakdown_id))"
        )
        values |= {"measures": measures, "breakdowns": [part[1] for part in wanted.parts]}
    if wanted.area_ids is not None:
        conditions.append(f"{alias}.area_id = ANY(:areas)")
        values["areas"] = list(wanted.area_ids)
    if wanted.period_ids is not None:
        conditions.append(f"{alias}.period_id = ANY(:periods)")
        values["periods"] = list(wanted.period_ids)
    return " AND ".join(conditions), values


# newest first, then in the order of the cells
_BEHIND = """
    (CAST(:after_at AS timestamptz) IS NULL OR {at} < :after_at OR ({at} = :after_at AND
        ({owner}, c.measure_id, c.period_id, c.breakdown_id, c.area_id)
        > (:after_owner, :after_measure, :after_period, :after_breakdown, :after_area)))
"""
_PLACE_NAMES = ("at", "owner", "measure", "period", "breakdown", "area")
NAMES = """
    jsonb_build_object('code', d.code, 'title', d.title, 'attribution', d.attribution,
        'is_fictional', d.is_fictional) AS dataset,
    jsonb_build_object('code', m.code, 'name', m.name) AS measure,
    jsonb_build_object('code', a.code, 'name', a.name, 'kind', a.kind) AS area,
    jsonb_build_object('code', p.code, 'label', p.label) AS period,
    jsonb_build_object('code', b.code, 'label', b.label) AS breakdown
"""
NAMED = """
    JOIN indicator.measure AS m ON m.id = g.measure_id
    JOIN indicator.period AS p ON p.id = g.period_id
    JOIN indicator.breakdown AS b ON b.id = g.breakdown_id
    JOIN indicator.area AS a ON a.id = g.area_id
"""
_ORDER = "g.at DESC, g.owner_id, g.measure_id, g.period_id, g.breakdown_id, g.area_id"
_SAME_CELL = """
    n.measure_id = {c}.measure_id AND n.period_id = {c}.period_id
    AND n.breakdown_id = {c}.breakdown_id AND n.area_id = {c}.area_id
"""


def _bound(after: list[Any] | None, limit: int) -> dict[str, Any]:
    places = after or [None, 0, 0, 0, 0, 0]
    return {"limit": limit} | {
        f"after_{name}": value for name, value in zip(_PLACE_NAMES, places, strict=True)
    }


async def list_delivered(
    session: AsyncSession, wanted: RevisionFilter, after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` raw facts that were changed or taken away, newest first, behind the place.

    The new value is the next row of the same cell: another one of the history, or the fact.
    Without one the cell is gone: removed by a delivery that replaced it without holding it, or
    withdrawn with its own delivery, which is then the one that is named.
    """
    where, values = conditions_sql(wanted, "c")
    same = _SAME_CELL.format(c="g")
    behind = _BEHIND.format(at="c.known_to", owner="c.dataset_id")
    rows = await session.execute(
        text(
            f"""
            WITH g AS (
                SELECT c.*, c.known_to AS at, c.dataset_id AS owner_id
                FROM indicator.fact_history AS c
                WHERE (CAST(:dataset AS integer) IS NULL OR c.dataset_id = :dataset)
                    AND {where} AND {behind}
                ORDER BY c.known_to DESC, c.dataset_id, c.measure_id, c.period_id,
                    c.breakdown_id, c.area_id
                LIMIT :limit
            )
            SELECT g.at, g.owner_id, g.measure_id, g.period_id, g.breakdown_id, g.area_id,
                CASE WHEN n.status IS NOT NULL THEN 'changed'
                    WHEN g.superseded_by IS NOT NULL THEN 'removed' ELSE 'withdrawn' END AS change,
                {NAMES}, {state_sql("g")} AS old, {state_sql("n")} AS new,
                jsonb_build_object('number', v.number, 'id', l.id,
                    'filename', l.filename, 'delivered_by', l.subject_name) AS delivery,
                NULL AS release
            FROM g
            LEFT JOIN LATERAL (
                SELECT n.value, n.status, n.quality, n.delivery_number
                FROM indicator.fact AS n
                WHERE n.dataset_id = g.dataset_id AND {same} AND n.known_from = g.known_to
                UNION ALL
                SELECT n.value, n.status, n.quality, n.delivery_number
                FROM indicator.fact_history AS n
                WHERE n.dataset_id = g.dataset_id AND {same} AND n.known_from = g.known_to
                LIMIT 1
            ) AS n ON true
            CROSS JOIN LATERAL (
                SELECT COALESCE(n.delivery_number, g.superseded_by, g.delivery_number) AS number
            ) AS v
            LEFT JOIN indicator.delivery AS l ON l.number = v.number
            JOIN indicator.dataset AS d ON d.id = g.dataset_id
            {NAMED}
            ORDER BY {_ORDER}
            """
        ),
        values | _bound(after, limit) | {"dataset": wanted.dataset_id},
    )
    return [dict(row) for row in rows.mappings()]


# A withdrawn release closes its cells at the number after it, which may not be published yet.
_CLOSED = """
    SELECT c.*, v.id AS owner_id, v.dataset_id, v.audience, v.holder_organisation_id,
        n.status AS new_status, n.quality AS new_quality, n.value AS new_value,
        CASE WHEN n.status IS NOT NULL THEN 'changed' WHEN r.id IS NULL THEN 'withdrawn'
            ELSE 'removed' END AS change,
        COALESCE(r.published_at, w.withdrawn_at) AS at,
        COALESCE(r.id, w.id) AS release_id, COALESCE(r.number, w.number) AS release_number,
        COALESCE(r.published_at, w.published_at) AS published_at,
        COALESCE(r.published_by, w.published_by) AS published_by,
        COALESCE(r.note, w.note) AS note
    FROM visible AS v
    JOIN indicator.released_cell AS c ON c.series_id = v.id
        AND c.released_to < 2147483647 AND NOT c.is_blocked
    LEFT JOIN indicator.release AS r ON r.series_id = v.id AND r.number = c.released_to
    LEFT JOIN indicator.release AS w ON r.id IS NULL AND w.series_id = v.id
        AND w.number = c.released_to - 1
    LEFT JOIN indicator.released_cell AS n ON n.series_id = v.id AND {same}
        AND n.released_from = c.released_to AND NOT n.is_blocked
    WHERE {where} AND (n.status IS NULL OR n.status <> c.status OR n.quality <> c.quality
        OR n.value IS DISTINCT FROM c.value)
"""


async def list_released(
    session: AsyncSession, wanted: RevisionFilter, after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` released cells that a later release changed or took back, newest first."""
    where, values = conditions_sql(wanted, "c")
    closed = _CLOSED.format(where=where, same=_SAME_CELL.format(c="c"))
    rows = await session.execute(
        text(
            f"""
            WITH visible AS (
                SELECT DISTINCT ON (s.dataset_id) s.* FROM indicator.release_series AS s
                WHERE s.current_number > 0
                    AND (CAST(:dataset AS integer) IS NULL OR s.dataset_id = :dataset)
                ORDER BY s.dataset_id, array_position(CAST(:audiences AS text[]), s.audience)
            ),
            closed AS ({closed}),
            g AS (
                SELECT c.* FROM closed AS c
                WHERE c.at IS NOT NULL AND {_BEHIND.format(at="c.at", owner="c.owner_id")}
                ORDER BY c.at DESC, c.owner_id, c.measure_id, c.period_id, c.breakdown_id,
                    c.area_id
                LIMIT :limit
            )
            SELECT g.at, g.owner_id, g.measure_id, g.period_id, g.breakdown_id, g.area_id,
                g.change, {NAMES}, {state_sql("g")} AS old, {state_sql("n")} AS new,
                NULL AS delivery,
                jsonb_build_object('id', g.release_id, 'number', g.release_number,
                    'audience', g.audience, 'published_at', g.published_at,
                    'published_by', g.published_by, 'note', g.note) AS release,
                g.holder_organisation_id
            FROM g
            CROSS JOIN LATERAL (
                SELECT g.new_status AS status, g.new_quality AS quality, g.new_value AS value
            ) AS n
            JOIN indicator.dataset AS d ON d.id = g.dataset_id
            {NAMED}
            ORDER BY {_ORDER}
            """
        ),
        values
        | _bound(after, limit)
        | {"dataset": wanted.dataset_id, "audiences": list(AUDIENCES)},
    )
    return [dict(row) for row in rows.mappings()]


async def holds_facts_of(session: AsyncSession, wanted: RevisionFilter) -> bool:
    """Whether the caller may see raw facts of these measures (of any, without measures).

    Also where all of them were taken away again.
    """
    parts = wanted.parts
    about = "CAST(:measures AS integer[]) IS NULL OR f.measure_id = ANY(:measures)"
    row = await session.execute(
        text(
            f"SELECT EXISTS (SELECT FROM indicator.fact AS f WHERE {about})"
            f" OR EXISTS (SELECT FROM indicator.fact_history AS f WHERE {about})"
        ),
        {"measures": None if parts is None else [part[0] for part in parts]},
    )
    return bool(row.scalar_one())


async def area_ids(session: AsyncSession, codes: list[str]) -> dict[str, list[int]]:
    """The ids of all versions of each key that the register knows."""
    rows = await session.execute(
        text(
            "SELECT a.code, array_agg(a.id) FROM indicator.area AS a"
            " WHERE a.code = ANY(:codes) GROUP BY a.code"
        ),
        {"codes": codes},
    )
    return dict(rows.all())


async def measure_ids(session: AsyncSession, codes: list[str]) -> dict[str, int]:
    """The ids of the measures that exist, by code."""
    rows = await session.execute(
        text("SELECT m.code, m.id FROM indicator.measure AS m WHERE m.code = ANY(:codes)"),
        {"codes": codes},
    )
    return dict(rows.all())
