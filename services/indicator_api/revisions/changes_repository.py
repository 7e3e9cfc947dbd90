"""Changes in the order in which they took effect, for those who pull.

Of releases: each publication and each withdrawal has a place among all of them, given under a lock
that is held until the commit. Who has read up to a place has missed nothing before it. Of raw
facts: the moments of a dataset's deliveries and withdrawals rise strictly, under its own lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases.rules import AUDIENCES
from services.indicator_api.revisions.repository import (
    NAMED,
    NAMES,
    RevisionFilter,
    conditions_sql,
    state_sql,
)

CellKey = tuple[int, int, int, int]
"""Measure, period, breakdown, area."""
BEFORE_ALL: CellKey = (-1, -1, -1, -1)


@dataclass(frozen=True, slots=True)
class Event:
    """A publication or withdrawal of a release, at its place among all of them.

    `number` is that of the cells it wrote: opened with a publication, closed with both. `closes`:
    whether it closed cells at all, `blocks`: whether what it first showed is kept from all.
    """

    place: int
    at: datetime
    is_withdrawal: bool
    series_id: int
    number: int
    closes: bool
    blocks: bool
    dataset: dict[str, Any]
    release: dict[str, Any]


async def last_place(session: AsyncSession, at: datetime) -> int:
    """The place of the last publication or withdrawal that a moment saw; 0 if there was none."""
    row = await session.execute(
        text(
            "SELECT GREATEST("
            "(SELECT max(published_position) FROM indicator.release WHERE published_at <= :at),"
            "(SELECT max(withdrawn_position) FROM indicator.release WHERE withdrawn_at <= :at), 0)"
        ),
        {"at": at},
    )
    place: int = row.scalar_one()
    return place


async def list_events(
    session: AsyncSession, wanted: RevisionFilter, since: int, limit: int
) -> list[Event]:
    """Up to `limit` events from the place `since` on, in their order.

    Of each dataset those of the release for the narrowest readership one belongs to.
    """
    rows = await session.execute(
        text(
            """
            WITH visible AS (
                SELECT DISTINCT ON (s.dataset_id) s.* FROM indicator.release_series AS s
                WHERE s.current_number > 0
                    AND (CAST(:dataset AS integer) IS NULL OR s.dataset_id = :dataset)
                ORDER BY s.dataset_id, array_position(CAST(:audiences AS text[]), s.audience)
            ),
            event AS (
                SELECT r.published_position AS place, r.published_at AS at,
                    false AS is_withdrawal, r.series_id, r.number, r.id, r.published_at,
                    NOT EXISTS (
                        -- then the withdrawal of the one before has closed its cells
                        SELECT FROM indicator.release AS w WHERE w.series_id = r.series_id
                            AND w.number = r.number - 1
                            AND w.withdrawn_position < r.published_position
                    ) AS closes, false AS blocks, r.number AS shown_number
                FROM visible AS v JOIN indicator.release AS r ON r.series_id = v.id
                WHERE r.published_position >= :since
                UNION ALL
                SELECT r.withdrawn_position, r.withdrawn_at, true, r.series_id, r.number + 1,
                    r.id, r.published_at,
                    NOT EXISTS (
                        -- then it stood no more when it was withdrawn
                        SELECT FROM indicator.release AS n WHERE n.series_id = r.series_id
                            AND n.number = r.number + 1
                            AND n.published_position < r.withdrawn_position
                    ), r.withdrawn_reason = 'disclosure', r.number
                FROM visible AS v JOIN indicator.release AS r ON r.series_id = v.id
                WHERE r.withdrawn_position >= :since
            )
            SELECT e.place, e.at, e.is_withdrawal, e.series_id, e.number, e.closes, e.blocks,
                jsonb_build_object('code', d.code, 'title', d.title,
                    'attribution', d.attribution, 'is_fictional', d.is_fictional) AS dataset,
                jsonb_build_object('id', e.id, 'number', e.shown_number,
                    'audience', v.audience, 'published_at', e.published_at) AS release
            FROM event AS e
            JOIN visible AS v ON v.id = e.series_id
            JOIN indicator.dataset AS d ON d.id = v.dataset_id
            ORDER BY e.place LIMIT :limit
            """
        ),
        {
            "dataset": wanted.dataset_id,
            "audiences": list(AUDIENCES),
            "since": since,
            "limit": limit,
        },
    )
    return [Event(**row) for row in rows.mappings()]


_KEY = "measure_id, period_id, breakdown_id, area_id"
_BEHIND = (
    "(c.measure_id, c.period_id, c.breakdown_id, c.area_id)"
    " > (:after_measure, :after_period, :after_breakdown, :after_area)"
)
_OLD = "SELECT g.old_status AS status, g.old_quality AS quality, g.old_value AS value"
_NEW = "SELECT g.new_status AS status, g.new_quality AS quality, g.new_value AS value"
_STATES = f"{state_sql('o')} AS old, {state_sql('n')} AS new"


def _bound(after: CellKey) -> dict[str, int]:
    names = ("measure", "period", "breakdown", "area")
    return {f"after_{name}": value for name, value in zip(names, after, strict=True)}


async def list_released(
    session: AsyncSession, wanted: RevisionFilter, event: Event, after: CellKey, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` cells that an event changed, in the order of their keys, behind `after`."""
    where, values = conditions_sql(wanted, "c")
    opened = "false" if event.is_withdrawal else "c.released_from = :number"
    closed = "c.released_to = :number" if event.closes else "false"
    cells = f"""
        SELECT c.* FROM indicator.released_cell AS c
        WHERE c.series_id = :series AND NOT c.is_blocked AND {where} AND {_BEHIND}
    """
    rows = await session.execute(
        text(
            f"""
            WITH g AS (
                SELECT measure_id, period_id, breakdown_id, area_id,
                    c.status AS old_status, c.quality AS old_quality, c.value AS old_value,
                    n.status AS new_status, n.quality AS new_quality, n.value AS new_value
                FROM ({cells} AND {closed}) AS c
                FULL JOIN ({cells} AND {opened}) AS n USING ({_KEY})
                ORDER BY {_KEY} LIMIT :limit
            )
            SELECT g.measure_id, g.period_id, g.breakdown_id, g.area_id,
                jsonb_build_object('code', m.code, 'name', m.name) AS measure,
                jsonb_build_object('code', a.code, 'name', a.name, 'kind', a.kind) AS area,
                jsonb_build_object('code', p.code, 'label', p.label) AS period,
                jsonb_build_object('code', b.code, 'label', b.label) AS breakdown, {_STATES}
            FROM g CROSS JOIN LATERAL ({_OLD}) AS o CROSS JOIN LATERAL ({_NEW}) AS n
            {NAMED}
            ORDER BY g.measure_id, g.period_id, g.breakdown_id, g.area_id
            """
        ),
        values
        | _bound(after)
        | {"series": event.series_id, "number": event.number, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


async def list_delivered(
    session: AsyncSession,
    wanted: RevisionFilter,
    since: datetime,
    after: CellKey,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` raw facts of a dataset that changed at `since` behind a cell, or later.

    What a delivery brought is a row that is known from its moment; what it put an end to is one
    of the history that was known until then.
    """
    where, values = conditions_sql(wanted, "c")
    cells = f"c.dataset_id = :dataset AND {where}"
    behind = f"(c.{{at}} > :since OR c.{{at}} = :since AND {_BEHIND})"
    came = behind.format(at="known_from")
    columns = f"{_KEY}, status, quality, value, delivery_number, known_from AS at"
    rows = await session.execute(
        text(
            f"""
            WITH g AS (
                SELECT measure_id, period_id, breakdown_id, area_id, at,
                    c.status AS old_status, c.quality AS old_quality, c.value AS old_value,
                    n.status AS new_status, n.quality AS new_quality, n.value AS new_value,
                    COALESCE(n.delivery_number, c.superseded_by) AS delivery_number,
                    c.status IS NOT NULL AND c.superseded_by IS NULL AS is_withdrawal
                FROM (
                    SELECT {_KEY}, status, quality, value, superseded_by, known_to AS at
                    FROM indicator.fact_history AS c
                    WHERE {cells} AND {behind.format(at="known_to")}
                ) AS c
                FULL JOIN (
                    SELECT {columns} FROM indicator.fact AS c WHERE {cells} AND {came}
                    UNION ALL
                    SELECT {columns} FROM indicator.fact_history AS c WHERE {cells} AND {came}
                ) AS n USING ({_KEY}, at)
                ORDER BY at, {_KEY} LIMIT :limit
            )
            SELECT g.at, g.measure_id, g.period_id, g.breakdown_id, g.area_id, g.is_withdrawal,
                {NAMES}, {_STATES},
                CASE WHEN g.delivery_number IS NOT NULL THEN jsonb_build_object(
                    'number', g.delivery_number, 'id', l.id, 'filename', l.filename,
                    'delivered_by', l.subject_name) END AS delivery
            FROM g CROSS JOIN LATERAL ({_OLD}) AS o CROSS JOIN LATERAL ({_NEW}) AS n
            JOIN indicator.dataset AS d ON d.id = :dataset
            LEFT JOIN indicator.delivery AS l ON l.number = g.delivery_number
            {NAMED}
            ORDER BY g.at, g.measure_id, g.period_id, g.breakdown_id, g.area_id
            """
        ),
        values | _bound(after) | {"dataset": wanted.dataset_id, "since": since, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]
