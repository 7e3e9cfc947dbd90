"""What a release shows and hides, cell by cell: planned by its check, then written.

A released cell stands from one release number until before another: a release closes what has
changed and opens what is new, so that it costs what it changes and every old one can be read.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def stage_plan(session: AsyncSession, release_id: UUID) -> None:
    """Put the planned cells of a release into a temporary table, as large as it is for the planner.

    `release_planned_cell` holds those of many releases, and is not analysed after each.
    """
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE target_cell (measure_id integer, period_id integer,"
            " breakdown_id integer, area_id integer, status smallint, quality smallint,"
            " value double precision) ON COMMIT DROP"
        )
    )
    await session.execute(
        text(
            "INSERT INTO target_cell SELECT measure_id, period_id, breakdown_id, area_id, status,"
            " quality, value FROM indicator.release_planned_cell WHERE release_id = :id"
        ),
        {"id": release_id},
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


async def compare_plan(session: AsyncSession, series_id: int) -> dict[str, int]:
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
