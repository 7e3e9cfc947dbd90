"""Borders that follow from exact changes, for areas that have none of their own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes.repository import StoredLink


async def share_borders(
    session: AsyncSession, links: Sequence[StoredLink], *, is_key_change: bool
) -> None:
    """Hand on borders where an exact change tells them: they stay where there are some.

    A new key has the borders of the old one, and the old one those of the new. An area that
    merged has those of all that lay in it; one that came of whole areas has theirs together, also
    where it goes on under its key.
    """
    whole = [item for item in links if item.link.is_whole]
    sources = [item.source_id for item in whole]
    targets = [item.target_id for item in whole]
    continuing = [item.target_id for item in whole if item.link.source == item.link.target]
    if is_key_change:
        await _unite(session, _LINKED, {"of": targets, "into": sources}, replaced=[])
    else:
        await _unite(session, _BELOW, {"into": sources}, replaced=[])
    parts = {item.target_id for item in links if not item.link.is_whole}
    pairs = [(s, t) for s, t in zip(sources, targets, strict=True) if t not in parts]
    await _unite(
        session,
        _LINKED,
        {"of": [s for s, _ in pairs], "into": [t for _, t in pairs]},
        replaced=continuing,
    )


# (into, of): which area's borders come from which areas
_LINKED = (
    "SELECT * FROM unnest(CAST(:into AS integer[]), CAST(:of AS integer[])) AS l (into_id, of_id)"
)
_BELOW = """
    SELECT a.id AS into_id, c.id AS of_id FROM indicator.area AS a
    JOIN indicator.area AS c ON c.parent_id = a.id AND NOT c.is_set
        AND (c.valid_to IS NULL OR a.valid_to IS NULL OR c.valid_to >= a.valid_to)
    WHERE a.id = ANY(:into)
"""


async def _unite(
    session: AsyncSession, pairs: str, values: dict[str, Any], *, replaced: Sequence[int | None]
) -> None:
    """Give areas without borders, or those `replaced`, the union of others', if all have some."""
    values = values | {"replaced": list(replaced)}
    wanted = f"""
        WITH pair AS ({pairs}),
        wanted AS (
            SELECT p.into_id FROM pair AS p
            JOIN indicator.area AS a ON a.id = p.into_id
            JOIN indicator.area AS o ON o.id = p.of_id
            WHERE a.geometry IS NULL OR a.id = ANY(:replaced)
            GROUP BY p.into_id HAVING bool_and(o.geometry IS NOT NULL)
        )
    """
    await session.execute(
        text(
            f"""
            {wanted}
            INSERT INTO indicator.area_shape (area_id, detail, geometry)
            SELECT p.into_id, s.detail, ST_Multi(ST_Union(s.geometry))
            FROM pair AS p JOIN wanted USING (into_id)
            JOIN indicator.area_shape AS s ON s.area_id = p.of_id
            GROUP BY p.into_id, s.detail
            ON CONFLICT (area_id, detail) DO UPDATE SET geometry = excluded.geometry
            """
        ),
        values,
    )
    await session.execute(
        text(
            f"""
            {wanted}
            UPDATE indicator.area AS a SET geometry = u.geometry
            FROM (
                SELECT p.into_id, ST_Multi(ST_Union(o.geometry)) AS geometry
                FROM pair AS p JOIN wanted USING (into_id)
                JOIN indicator.area AS o ON o.id = p.of_id
                GROUP BY p.into_id
            ) AS u
            WHERE a.id = u.into_id
            """
        ),
        values,
    )
