"""Releases in the database, and the cells that make them up.

A released cell stands from one release number until before another: a release closes what has
changed and opens what is new, so that it costs what it changes and every old one can be read.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases.rules import Audience

_COLUMNS = """
    r.id, r.number, r.state, r.dataset_version, r.row_version, r.check_result, r.note,
    r.created_by, r.created_at, r.published_by, r.published_at, r.withdrawn_at,
    r.withdrawn_reason, r.progress, s.audience, s.id AS series_id, s.current_number,
    d.id AS dataset_id, d.code AS dataset_code, d.title AS dataset_title,
    d.version AS current_version, d.minimum_count, s.holder_organisation_id
"""
_FROM = """
    FROM indicator.release AS r
    JOIN indicator.release_series AS s ON s.id = r.series_id
    JOIN indicator.dataset AS d ON d.id = s.dataset_id
"""


async def find(session: AsyncSession, release_id: UUID) -> dict[str, Any] | None:
    """One release, or None if there is none that the principal may see."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = :id"), {"id": release_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def lock_dataset(session: AsyncSession, dataset_id: int) -> None:
    """Keep deliveries and releases of a dataset apart until the end of the transaction."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('indicator.dataset'), :id)"),
        {"id": dataset_id},
    )


async def lock(session: AsyncSession, release_id: UUID) -> dict[str, Any] | None:
    """One release, locked against others who would change it."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = :id FOR UPDATE OF r"), {"id": release_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def list_newest(
    session: AsyncSession,
    *,
    dataset: str | None,
    state: str | None,
    own: UUID | None,
    before: list[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` releases, newest first, before the given (created_at, id)."""
    conditions = ["true"]
    values: dict[str, Any] = {"limit": limit}
    for name, column, value in (
        ("dataset", "d.code", dataset),
        ("state", "r.state", state),
        ("own", "s.holder_organisation_id", own),
    ):
        if value is not None:
            conditions.append(f"{column} = :{name}")
            values[name] = value
    if before is not None:
        conditions.append(
            "(r.created_at, r.id) < (CAST(:at AS timestamptz), CAST(:before_id AS uuid))"
        )
        values |= {"at": before[0], "before_id": before[1]}
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(conditions)}"
            " ORDER BY r.created_at DESC, r.id DESC LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def kreis_of(session: AsyncSession, area_code: str) -> UUID | None:
    """The organisation of the Kreis an area lies in, or None if none is registered."""
    rows = await session.execute(
        text(
            """
            SELECT o.id FROM indicator.area AS a
            JOIN indicator.area AS k ON k.id = ANY(a.lineage) AND k.kind = 'kreis'
            JOIN identity.organisation_public AS o
                ON o.kind = 'kreis' AND k.code = ANY(o.area_codes)
            WHERE a.code = :code LIMIT 1
            """
        ),
        {"code": area_code},
    )
    found: UUID | None = rows.scalar()
    return found


async def ensure_series(
    session: AsyncSession, dataset_id: int, holder: UUID, audience: Audience, key: str
) -> int:
    """The series of a dataset for an audience; made with its first release."""
    await session.execute(
        text(
            "INSERT INTO indicator.release_series"
            " (dataset_id, holder_organisation_id, audience, audience_key)"
            " VALUES (:dataset, :holder, :audience, :key)"
            " ON CONFLICT (dataset_id, audience) DO NOTHING"
        ),
        {"dataset": dataset_id, "holder": holder, "audience": audience, "key": key},
    )
    rows = await session.execute(
        text(
            "SELECT id FROM indicator.release_series"
            " WHERE dataset_id = :dataset AND audience = :audience"
        ),
        {"dataset": dataset_id, "audience": audience},
    )
    return int(rows.scalar_one())


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Add a release to be checked; earlier drafts for the same audience are discarded."""
    await session.execute(
        text(
            "UPDATE indicator.release SET state = 'discarded', row_version = row_version + 1"
            " WHERE series_id = :series_id AND state IN ('checking', 'draft')"
        ),
        {"series_id": values["series_id"]},
    )
    await session.execute(
        text(
            "INSERT INTO indicator.release"
            " (id, series_id, dataset_version, note, acting, created_by)"
            " VALUES (:id, :series_id, :dataset_version, :note, CAST(:acting AS jsonb),"
            " :created_by)"
        ),
        values | {"acting": orjson.dumps(values["acting"]).decode()},
    )


async def update(session: AsyncSession, release_id: UUID, values: dict[str, Any]) -> None:
    """Change columns of a release and raise its version."""
    columns = ["row_version = row_version + 1"]
    bound: dict[str, Any] = {"id": release_id}
    for column, value in values.items():
        is_document = isinstance(value, dict | list)
        columns.append(
            f"{column} = CAST(:{column} AS jsonb)" if is_document else f"{column} = :{column}"
        )
        bound[column] = orjson.dumps(value).decode() if is_document else value
    await session.execute(
        text(f"UPDATE indicator.release SET {', '.join(columns)} WHERE id = :id"), bound
    )


_HIDDEN = "(m.kind = 'count' AND f.value > 0 AND f.value < :threshold)"


async def stage_target(session: AsyncSession, dataset_id: int, threshold: int) -> None:
    """Put the cells as they would be released into a temporary table."""
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE target_cell (measure_id integer, period_id integer,"
            " breakdown_id integer, area_id integer, status smallint, quality smallint,"
            " value double precision) ON COMMIT DROP"
        )
    )
    await session.execute(
        text(
            f"""
            INSERT INTO target_cell
            SELECT f.measure_id, f.period_id, f.breakdown_id, f.area_id,
                CASE WHEN {_HIDDEN} THEN 7 ELSE f.status END, f.quality,
                CASE WHEN {_HIDDEN} THEN NULL ELSE f.value END
            FROM indicator.fact AS f JOIN indicator.measure AS m ON m.id = f.measure_id
            WHERE f.dataset_id = :dataset
            """
        ),
        {"dataset": dataset_id, "threshold": threshold},
    )
    await session.execute(text("ANALYZE target_cell"))


_PRESENT = """
    (SELECT * FROM indicator.released_cell
     WHERE series_id = :series AND released_to = 2147483647 AND NOT is_blocked)
"""
_SAME_CELL = """
    c.measure_id = t.measure_id AND c.period_id = t.period_id
    AND c.breakdown_id = t.breakdown_id AND c.area_id = t.area_id
"""
_DIFFERS = "(c.status <> t.status OR c.quality <> t.quality OR c.value IS DISTINCT FROM t.value)"


async def compare_target(session: AsyncSession, series_id: int) -> dict[str, int]:
    """Counts of the staged cells, and how they differ from the audience's present release."""
    rows = await session.execute(
        text(
            f"""
            SELECT count(t.area_id) AS cells,
                count(*) FILTER (WHERE t.status = 7) AS hidden,
                count(*) FILTER (WHERE t.status BETWEEN 2 AND 6) AS missing,
                count(*) FILTER (WHERE c.area_id IS NULL) AS new,
                count(*) FILTER (
                    WHERE c.area_id IS NOT NULL AND t.area_id IS NOT NULL AND {_DIFFERS}
                ) AS changed,
                count(*) FILTER (WHERE t.area_id IS NULL) AS removed
            FROM target_cell AS t FULL JOIN {_PRESENT} AS c ON {_SAME_CELL}
            """
        ),
        {"series": series_id},
    )
    counts = {name: int(value) for name, value in rows.mappings().one().items()}
    counts["unchanged"] = counts["cells"] - counts["new"] - counts["changed"]
    return counts


async def write_release(session: AsyncSession, series_id: int, number: int) -> None:
    """Make the staged cells the series' release with this number."""
    values = {"series": series_id, "number": number}
    await session.execute(
        text(
            f"""
            UPDATE indicator.released_cell AS c SET released_to = :number
            WHERE c.series_id = :series AND c.released_to = 2147483647
                AND (c.is_blocked OR NOT EXISTS (
                    SELECT FROM target_cell AS t WHERE {_SAME_CELL} AND NOT {_DIFFERS}
                ))
            """
        ),
        values,
    )
    await session.execute(
        text(
            f"""
            INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id, series_id,
                area_id, released_from, status, quality, value)
            SELECT t.measure_id, t.period_id, t.breakdown_id, :series, t.area_id, :number,
                t.status, t.quality, t.value
            FROM target_cell AS t LEFT JOIN {_PRESENT} AS c ON {_SAME_CELL}
            WHERE c.area_id IS NULL
            ORDER BY 1, 2, 3, 5
            """
        ),
        values,
    )
    await session.execute(
        text(
            "UPDATE indicator.release SET state = 'superseded', row_version = row_version + 1"
            " WHERE series_id = :series AND state = 'released'"
        ),
        values,
    )
    await session.execute(
        text("UPDATE indicator.release_series SET current_number = :number WHERE id = :series"),
        values,
    )
    await recount_slices(session, series_id)


async def take_place(session: AsyncSession) -> tuple[int, datetime]:
    """The place of what is published or withdrawn now among all of it, and its moment.

    Who takes one keeps all others waiting until the transaction ends: places are committed in
    their order, so that whoever has seen one has seen all before it. Taken last, so that nobody
    waits for the writing of another's cells.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('indicator.publishing'), 0)"))
    row = await session.execute(
        text("SELECT nextval('indicator.publishing_position'), clock_timestamp()")
    )
    place, moment = row.one()
    return place, moment


async def close_series(session: AsyncSession, series_id: int, number: int) -> None:
    """Take the present cells of a series back: nothing of it is released any more."""
    await session.execute(
        text(
            "UPDATE indicator.released_cell SET released_to = :number + 1"
            " WHERE series_id = :series AND released_to = 2147483647"
        ),
        {"series": series_id, "number": number},
    )
    await recount_slices(session, series_id)


async def block_cells(session: AsyncSession, series_id: int, number: int) -> None:
    """Let only the holder see what a release was the first to show.

    Later releases that show it still lose it as well, and change by that.
    """
    values = {"series": series_id, "number": number}
    await session.execute(
        text(
            "UPDATE indicator.released_cell SET is_blocked = true"
            " WHERE series_id = :series AND released_from = :number"
        ),
        values,
    )
    await session.execute(
        text(
            "UPDATE indicator.release SET row_version = row_version + 1"
            " WHERE series_id = :series AND number > :number"
        ),
        values,
    )
    await recount_slices(session, series_id)


async def recount_slices(session: AsyncSession, series_id: int) -> None:
    """Note anew which figures a series has."""
    values = {"series": series_id}
    await session.execute(
        text("DELETE FROM indicator.released_slice WHERE series_id = :series"), values
    )
    await session.execute(
        text(
            """
            INSERT INTO indicator.released_slice
            SELECT c.series_id, c.measure_id, c.period_id, c.breakdown_id, a.kind, count(*),
                count(c.value)
            FROM indicator.released_cell AS c JOIN indicator.area AS a ON a.id = c.area_id
            WHERE c.series_id = :series AND c.released_to = 2147483647 AND NOT c.is_blocked
                AND (a.valid_to IS NULL OR c.value IS NOT NULL)
            GROUP BY c.series_id, c.measure_id, c.period_id, c.breakdown_id, a.kind
            """
        ),
        values,
    )


async def hidden_cells(
    session: AsyncSession, dataset_id: int, threshold: int, limit: int
) -> list[dict[str, Any]]:
    """The first cells that the rule hides, with their raw values (for the holder)."""
    rows = await session.execute(
        text(
            f"""
            SELECT a.code AS area, a.name, m.name AS measure, p.label AS period,
                b.label AS breakdown, f.value
            FROM indicator.fact AS f
            JOIN indicator.measure AS m ON m.id = f.measure_id
            JOIN indicator.area AS a ON a.id = f.area_id
            JOIN indicator.period AS p ON p.id = f.period_id
            JOIN indicator.breakdown AS b ON b.id = f.breakdown_id
            WHERE f.dataset_id = :dataset AND {_HIDDEN}
            ORDER BY p.end_on DESC, m.name, a.code LIMIT :limit
            """
        ),
        {"dataset": dataset_id, "threshold": threshold, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]
