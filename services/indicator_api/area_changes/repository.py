"""Reading and writing events; the register's rows that they open and close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes.rules import Link

_LINK = """
    jsonb_build_object(
        'from', CASE WHEN f.id IS NULL THEN NULL ELSE jsonb_build_object(
            'code', f.code, 'name', COALESCE(NULLIF(l.from_name, ''), f.name), 'kind', f.kind)
        END,
        'to', CASE WHEN t.id IS NULL THEN NULL ELSE jsonb_build_object(
            'code', t.code, 'name', COALESCE(NULLIF(l.to_name, ''), t.name), 'kind', t.kind)
        END,
        'share', CASE WHEN l.is_whole THEN 1 ELSE COALESCE(l.weight_residents, l.weight_area) END,
        'basis', CASE WHEN l.is_whole THEN 'whole'
            WHEN l.weight_residents IS NOT NULL THEN 'residents'
            WHEN l.weight_area IS NOT NULL THEN 'area' END
    )
"""
_EVENT = """
    e.id, e.kind, e.effective_on, e.is_day_known, e.is_derived, e.title, e.legal_basis, e.source,
    e.note
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A row of the register as events see it."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    holder_organisation_id: UUID | None

    def holds_on(self, day: date) -> bool:
        """Whether this version is valid on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or self.valid_to > day
        )


async def versions_of(session: AsyncSession, codes: Sequence[str]) -> list[Version]:
    """All versions of these keys."""
    rows = await session.execute(
        text(
            """
            SELECT a.id, a.code, a.name, a.kind, a.parent_id, p.code AS parent, a.valid_from,
                a.valid_to, a.holder_organisation_id
            FROM indicator.area AS a LEFT JOIN indicator.area AS p ON p.id = a.parent_id
            WHERE a.code = ANY(:codes)
            """
        ),
        {"codes": list(codes)},
    )
    return [Version(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class EarlierWay:
    """Where a version went by an event that is recorded: the key it became (part of)."""

    source_id: int
    target: str
    is_whole: bool
    effective_on: date


async def earlier_ways(session: AsyncSession, ids: Sequence[int]) -> list[EarlierWay]:
    """Where these versions went, as far as it is recorded."""
    rows = await session.execute(
        text(
            """
            SELECT l.from_area_id AS source_id, t.code AS target, l.is_whole, e.effective_on
            FROM indicator.area_event_link AS l
            JOIN indicator.area_event AS e ON e.id = l.event_id
            JOIN indicator.area AS t ON t.id = l.to_area_id
            WHERE l.from_area_id = ANY(:ids) AND l.to_area_id <> l.from_area_id
            ORDER BY e.effective_on, t.code
            """
        ),
        {"ids": list(ids)},
    )
    return [EarlierWay(**row) for row in rows.mappings()]


async def parents_above(session: AsyncSession, codes: Sequence[str]) -> dict[str, str | None]:
    """{key: key of the parent} of these areas and of all above them."""
    rows = await session.execute(
        text(
            """
            SELECT DISTINCT a.code, p.code AS parent
            FROM indicator.area AS s
            JOIN indicator.area AS a ON a.id = ANY(s.lineage)
            LEFT JOIN indicator.area AS p ON p.id = a.parent_id
            WHERE s.code = ANY(:codes)
            """
        ),
        {"codes": list(codes)},
    )
    return {row.code: row.parent for row in rows}


async def covered_areas(session: AsyncSession, codes: Sequence[str], day: date) -> set[str]:
    """Which of these keys are valid on the day and lie in the areas the principal acts for."""
    rows = await session.execute(
        text(
            """
            SELECT a.code FROM indicator.area AS a
            WHERE a.code = ANY(:codes) AND indicator.principal_covers(a.code)
                AND (a.valid_from IS NULL OR a.valid_from <= :day)
                AND (a.valid_to IS NULL OR a.valid_to > :day)
            """
        ),
        {"codes": list(codes), "day": day},
    )
    return set(rows.scalars())


async def residents_after(session: AsyncSession, codes: Sequence[str], day: date) -> dict[str, int]:
    """Residents of these keys in the first directory from the day on; {} unless it has all."""
    rows = await session.execute(
        text(
            """
            SELECT e.code, e.residents FROM indicator.area_directory_entry AS e
            WHERE e.code = ANY(:codes) AND e.residents > 0 AND e.directory_id = (
                SELECT d.id FROM indicator.area_directory AS d
                WHERE d.state = 'accepted' AND d.stands_on >= :day
                ORDER BY d.stands_on LIMIT 1
            )
            """
        ),
        {"codes": list(codes), "day": day},
    )
    found = {row.code: row.residents for row in rows}
    return found if len(found) == len(codes) else {}


async def add_events(session: AsyncSession, events: Sequence[dict[str, Any]]) -> list[int]:
    """Write the heads of events, values as the columns are called; their ids in order."""
    columns = {
        name: [event[name] for event in events]
        for name in (
            "kind", "effective_on", "is_day_known", "title", "legal_basis", "source", "note",
            "is_derived", "organisation_id",
        )
    }  # fmt: skip
    rows = await session.execute(
        text(
            """
            INSERT INTO indicator.area_event (kind, effective_on, is_day_known, title,
                legal_basis, source, note, is_derived, organisation_id)
            SELECT e.kind, e.effective_on, e.is_day_known, e.title, e.legal_basis, e.source,
                e.note, e.is_derived, e.organisation_id
            FROM unnest(
                CAST(:kind AS text[]), CAST(:effective_on AS date[]),
                CAST(:is_day_known AS boolean[]), CAST(:title AS text[]),
                CAST(:legal_basis AS text[]), CAST(:source AS text[]), CAST(:note AS text[]),
                CAST(:is_derived AS boolean[]), CAST(:organisation_id AS uuid[])
            ) WITH ORDINALITY AS e (kind, effective_on, is_day_known, title, legal_basis, source,
                note, is_derived, organisation_id, place)
            ORDER BY e.place
            RETURNING id
            """
        ),
        columns,
    )
    return sorted(rows.scalars())


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link of an event between rows of the register, with the names of the day."""

    source_id: int | None
    target_id: int | None
    source_name: str
    target_name: str
    link: Link


async def add_links(session: AsyncSession, links: Sequence[tuple[int, StoredLink]]) -> None:
    """Write links, each with the id of its event."""
    await session.execute(
        text(
            """
            INSERT INTO indicator.area_event_link (event_id, from_area_id, to_area_id, from_name,
                to_name, weight_residents, weight_area, is_whole)
            SELECT l.* FROM unnest(
                CAST(:events AS integer[]), CAST(:sources AS integer[]),
                CAST(:targets AS integer[]), CAST(:source_names AS text[]),
                CAST(:target_names AS text[]), CAST(:residents AS double precision[]),
                CAST(:areas AS double precision[]), CAST(:wholes AS boolean[])
            ) AS l
            """
        ),
        {
            "events": [event_id for event_id, _ in links],
            "sources": [item.source_id for _, item in links],
            "targets": [item.target_id for _, item in links],
            "source_names": [item.source_name for _, item in links],
            "target_names": [item.target_name for _, item in links],
            "residents": [item.link.residents for _, item in links],
            "areas": [item.link.area for _, item in links],
            "wholes": [item.link.is_whole for _, item in links],
        },
    )


async def end_areas(session: AsyncSession, ids: Sequence[int], day: date) -> None:
    """Close the validity of open versions: `day` is the first on which they are no more."""
    await session.execute(
        text("UPDATE indicator.area SET valid_to = :day WHERE id = ANY(:ids) AND valid_to IS NULL"),
        {"ids": list(ids), "day": day},
    )


async def begin_areas(session: AsyncSession, ids: Sequence[int], day: date) -> None:
    """Let versions without a known beginning begin on the day."""
    await session.execute(
        text(
            "UPDATE indicator.area SET valid_from = :day"
            " WHERE id = ANY(:ids) AND valid_from IS NULL"
        ),
        {"ids": list(ids), "day": day},
    )


async def rename_area(session: AsyncSession, area_id: int, name: str, search_name: str) -> None:
    """Give a version another name."""
    await session.execute(
        text("UPDATE indicator.area SET name = :name, search_name = :search WHERE id = :id"),
        {"id": area_id, "name": name, "search": search_name},
    )


async def open_area(session: AsyncSession, values: dict[str, Any]) -> int:
    """Add an area that begins with an event; its id."""
    row = await session.execute(
        text(
            """
            INSERT INTO indicator.area (code, ars, kind, name, search_name, parent_id, lineage,
                valid_from, area_km2, is_fictional, source, attribution, holder_organisation_id)
            SELECT :code, :ars, :kind, :name, :search_name, p.id, COALESCE(p.lineage, '{}'),
                :valid_from, :area_km2, COALESCE(p.is_fictional, false), :source, :source, :holder
            FROM (SELECT CAST(:parent AS text) AS code) AS w
            LEFT JOIN indicator.area AS p ON p.code = w.code
                AND (p.valid_from IS NULL OR p.valid_from <= :valid_from)
                AND (p.valid_to IS NULL OR p.valid_to > :valid_from)
            RETURNING id
            """
        ),
        values,
    )
    area_id = int(row.scalar_one())
    # whether what is opened below it lies in the principal's areas is told by its lineage
    await session.execute(
        text("UPDATE indicator.area SET lineage = lineage || id WHERE id = :id"), {"id": area_id}
    )
    return area_id


async def next_versions(
    session: AsyncSession, ids: Sequence[int], day: date
) -> list[tuple[int, int, str, str]]:
    """Go on with areas and all that lies below them in new rows from the day on.

    The old rows end; parents are those of the day; figures of later periods and changes of later
    days follow, so that what was recorded before its turn breaks no chain. Returns
    (old id, new id, key, name) of each row; those asked for are among them.
    """
    rows = await session.execute(_NEXT_BELOW, {"ids": list(ids), "day": day})
    old = rows.all()
    old_ids = [row.id for row in old]
    await session.execute(_CLOSE, {"ids": old_ids, "day": day})
    added = await session.execute(
        _COPY, {"ids": old_ids, "ends": [row.valid_to for row in old], "day": day}
    )
    new_ids = {row.code: row.id for row in added}
    pairs = {"old": old_ids, "new": [new_ids[row.code] for row in old]}
    await session.execute(_REPARENT, pairs)
    await session.execute(_COPY_SHAPES, pairs)
    await session.execute(
        text(
            "SELECT indicator.figures_follow(CAST(:old AS integer[]), CAST(:new AS integer[]),"
            " :day), indicator.changes_follow(CAST(:old AS integer[]), CAST(:new AS integer[]),"
            " :day)"
        ),
        pairs | {"day": day},
    )
    return [(row.id, new_ids[row.code], row.code, row.name) for row in old]


_NEXT_BELOW = text(
    """
    SELECT a.id, a.code, a.name, a.valid_to FROM indicator.area AS a
    WHERE a.lineage && CAST(:ids AS integer[]) AND (a.valid_from IS NULL OR a.valid_from < :day)
        AND (a.valid_to IS NULL OR a.valid_to > :day)
    ORDER BY a.id
    """
)
_CLOSE = text("UPDATE indicator.area SET valid_to = :day WHERE id = ANY(:ids)")
_COPY = text(
    """
    INSERT INTO indicator.area (code, ars, kind, name, search_name, parent_id, lineage, valid_from,
        valid_to, area_km2, is_fictional, note, source, attribution, geometry,
        holder_organisation_id, partition_id, is_set)
    SELECT a.code, a.ars, a.kind, a.name, a.search_name, a.parent_id, a.lineage, :day, v.valid_to,
        a.area_km2, a.is_fictional, a.note, a.source, a.attribution, a.geometry,
        a.holder_organisation_id, a.partition_id, a.is_set
    FROM unnest(CAST(:ids AS integer[]), CAST(:ends AS date[])) AS v (id, valid_to)
    JOIN indicator.area AS a ON a.id = v.id
    RETURNING id, code
    """
)
_REPARENT = text(
    """
    UPDATE indicator.area AS a SET parent_id = v.new_id
    FROM unnest(CAST(:old AS integer[]), CAST(:new AS integer[])) AS v (old_id, new_id)
    WHERE a.id = ANY(CAST(:new AS integer[])) AND a.parent_id = v.old_id
    """
)
_COPY_SHAPES = text(
    """
    INSERT INTO indicator.area_shape (area_id, detail, geometry)
    SELECT v.new_id, s.detail, s.geometry
    FROM unnest(CAST(:old AS integer[]), CAST(:new AS integer[])) AS v (old_id, new_id)
    JOIN indicator.area_shape AS s ON s.area_id = v.old_id
    """
)


async def change_area(
    session: AsyncSession, area_id: int, day: date, values: dict[str, Any]
) -> None:
    """Bring a version to its new state: name, level, parent, ARS, area; None stays as it was."""
    await session.execute(
        text(
            """
            UPDATE indicator.area AS a SET
                name = COALESCE(:name, a.name), search_name = COALESCE(:search_name, a.search_name),
                ars = COALESCE(:ars, a.ars), area_km2 = COALESCE(:area_km2, a.area_km2),
                parent_id = COALESCE((
                    SELECT p.id FROM indicator.area AS p WHERE p.code = :parent
                        AND (p.valid_from IS NULL OR p.valid_from <= :day)
                        AND (p.valid_to IS NULL OR p.valid_to > :day)
                ), a.parent_id)
            WHERE a.id = :id
            """
        ),
        values | {"id": area_id, "day": day},
    )


async def rebuild_compositions(session: AsyncSession) -> None:
    """Make the closure of events and sets anew."""
    await session.execute(text("SELECT indicator.rebuild_compositions()"))


async def list_events(
    session: AsyncSession, conditions: dict[str, Any], after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Events with all their links, the latest first; see `EventRead`."""
    where = ["true"]
    values: dict[str, Any] = {"limit": limit}
    for name, condition in (
        ("kind", "e.kind = :kind"),
        ("since", "e.effective_on >= :since"),
        ("until", "e.effective_on <= :until"),
        ("id", "e.id = :id"),
        ("area", "e.id IN (SELECT x.event_id FROM indicator.area_event_link AS x"
            " WHERE x.from_area_id = ANY(ARRAY(SELECT w.id FROM indicator.area AS w"
            " WHERE w.code = :area)) OR x.to_area_id = ANY(ARRAY(SELECT w.id"
            " FROM indicator.area AS w WHERE w.code = :area)))"),
        ("within", "e.id IN (SELECT x.event_id FROM indicator.area AS w"
            " JOIN indicator.area AS b ON b.lineage @> ARRAY[w.id]"
            " JOIN indicator.area_event_link AS x"
            " ON x.from_area_id = b.id OR x.to_area_id = b.id WHERE w.code = :within)"),
    ):  # fmt: skip
        if conditions.get(name) is not None:
            where.append(condition)
            values[name] = conditions[name]
    if after is not None:
        where.append("(e.effective_on, e.id) < (CAST(:after_day AS date), :after_id)")
        values |= {"after_day": date.fromisoformat(after[0]), "after_id": after[1]}
    rows = await session.execute(
        text(
            f"""
            SELECT {_EVENT}, (
                SELECT jsonb_agg({_LINK} ORDER BY f.code, t.code)
                FROM indicator.area_event_link AS l
                LEFT JOIN indicator.area AS f ON f.id = l.from_area_id
                LEFT JOIN indicator.area AS t ON t.id = l.to_area_id
                WHERE l.event_id = e.id
            ) AS links
            FROM indicator.area_event AS e
            WHERE {" AND ".join(where)}
            ORDER BY e.effective_on DESC, e.id DESC LIMIT :limit
            """
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def history_of(session: AsyncSession, code: str) -> list[dict[str, Any]]:
    """Events an area took part in, each with the links of all it became or came from."""
    rows = await session.execute(
        text(
            f"""
            WITH own AS (SELECT a.id FROM indicator.area AS a WHERE a.code = :code),
            near AS (
                SELECT l.event_id, l.to_area_id FROM indicator.area_event_link AS l
                WHERE l.from_area_id = ANY(ARRAY(SELECT id FROM own))
                UNION
                SELECT l.event_id, l.to_area_id FROM indicator.area_event_link AS l
                WHERE l.to_area_id = ANY(ARRAY(SELECT id FROM own))
            )
            SELECT {_EVENT}, jsonb_agg({_LINK} ORDER BY f.code, t.code) AS links
            FROM (
                SELECT DISTINCT l.id FROM near AS n
                JOIN indicator.area_event_link AS l ON l.event_id = n.event_id
                    AND (l.to_area_id = n.to_area_id
                        OR l.from_area_id = ANY(ARRAY(SELECT id FROM own)))
            ) AS n
            JOIN indicator.area_event_link AS l ON l.id = n.id
            JOIN indicator.area_event AS e ON e.id = l.event_id
            LEFT JOIN indicator.area AS f ON f.id = l.from_area_id
            LEFT JOIN indicator.area AS t ON t.id = l.to_area_id
            GROUP BY e.id
            ORDER BY e.effective_on DESC, e.id DESC
            """
        ),
        {"code": code},
    )
    return [dict(row) for row in rows.mappings()]
