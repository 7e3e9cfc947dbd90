"""Releases in the database: the records, and the steps they take."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases.rules import Audience
from services.shared.principal import Principal

_COLUMNS = """
    r.id, r.number, r.state, r.dataset_version, r.protection_version, r.releases_version,
    r.row_version, r.scope, r.rules, r.method, r.protect_first, r.check_result, r.refusals,
    r.returned, r.note, r.created_by, r.created_at, r.confirmed_by, r.confirmed_at,
    r.embargo_until, r.published_by, r.published_at, r.withdrawn_at, r.withdrawn_reason,
    r.certificate_sha256, r.released_sha256, r.progress,
    COALESCE(r.prepared_account = (SELECT identity.responsible_account()), false) AS is_mine,
    s.audience, s.id AS series_id, s.current_number, s.holder_organisation_id,
    d.id AS dataset_id, d.code AS dataset_code, d.title AS dataset_title, d.source,
    d.version AS current_version, d.protection_version AS current_protection_version,
    d.releases_version AS current_releases_version, d.releases_need_second_person,
    d.released_smallest_level
"""
_FROM = """
    FROM indicator.release AS r
    JOIN indicator.release_series AS s ON s.id = r.series_id
    JOIN indicator.dataset AS d ON d.id = s.dataset_id
"""
_JSON = ("scope", "rules", "method", "protect_first", "check_result", "refusals", "returned")
_JSON_COLUMNS = frozenset((*_JSON, "progress", "acting", "certificate"))


async def find(session: AsyncSession, release_id: UUID) -> dict[str, Any] | None:
    """One release, or None if there is none that the principal may see."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = :id"), {"id": release_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def certificate(session: AsyncSession, release_id: UUID) -> tuple[dict[str, Any], str] | None:
    """A release's certificate and its SHA-256, or None without one."""
    rows = await session.execute(
        text(
            "SELECT certificate, certificate_sha256 FROM indicator.release"
            " WHERE id = :id AND certificate_sha256 IS NOT NULL"
        ),
        {"id": release_id},
    )
    row = rows.first()
    return None if row is None else (row.certificate, row.certificate_sha256)


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


async def add(session: AsyncSession, values: dict[str, Any]) -> list[UUID]:
    """Add a release to be checked; the earlier drafts for the same audience that it discards."""
    discarded = await session.execute(
        text(
            "UPDATE indicator.release SET state = 'discarded', row_version = row_version + 1"
            " WHERE series_id = :series_id AND state IN ('checking', 'draft', 'refused')"
            " RETURNING id"
        ),
        {"series_id": values["series_id"]},
    )
    columns = ", ".join(values)
    bound = ", ".join(
        f"CAST(:{name} AS jsonb)" if name in _JSON_COLUMNS else f":{name}" for name in values
    )
    await session.execute(
        text(f"INSERT INTO indicator.release ({columns}) VALUES ({bound})"), _bound(values)
    )
    return list(discarded.scalars())


async def update(session: AsyncSession, release_id: UUID, values: dict[str, Any]) -> None:
    """Change columns of a release and raise its version."""
    columns = ["row_version = row_version + 1"]
    for name in values:
        columns.append(
            f"{name} = CAST(:{name} AS jsonb)" if name in _JSON_COLUMNS else f"{name} = :{name}"
        )
    await session.execute(
        text(f"UPDATE indicator.release SET {', '.join(columns)} WHERE id = :id"),
        _bound(values) | {"id": release_id},
    )


def _bound(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: orjson.dumps(value).decode() if name in _JSON_COLUMNS and value is not None else value
        for name, value in values.items()
    }


async def claim_turn(session: AsyncSession, release: dict[str, Any]) -> int | None:
    """Note that one more release of a dataset goes out, if nothing moved since it was checked.

    The new count of its releases; None if facts, rules or another release came in between. Who
    asks at the same time waits, and then finds that something did.
    """
    done = await session.execute(
        text(
            "UPDATE indicator.dataset SET releases_version = releases_version + 1"
            " WHERE id = :dataset_id AND version = :dataset_version"
            " AND protection_version = :protection_version"
            " AND releases_version = :releases_version RETURNING releases_version"
        ),
        {
            name: release[name]
            for name in ("dataset_id", "dataset_version", "protection_version", "releases_version")
        },
    )
    count: int | None = done.scalar()
    return count


async def on_its_way_out(session: AsyncSession, series_id: int) -> UUID | None:
    """The release of a series that is confirmed or being written, or None."""
    rows = await session.execute(
        text(
            "SELECT id FROM indicator.release WHERE series_id = :series"
            " AND state IN ('confirmed', 'publishing')"
        ),
        {"series": series_id},
    )
    found: UUID | None = rows.scalar()
    return found


async def has_lost_right(session: AsyncSession, principal: Principal) -> bool:
    """Whether who let a release out may not do so any more: role, key, areas or office ended."""
    rows = await session.execute(
        text(
            "SELECT identity.lost_since(:kind, :id, :organisation, 'releases:write', :areas)"
            " IS NOT NULL"
        ),
        {
            "kind": principal.subject_kind,
            "id": principal.subject_id,
            "organisation": principal.organisation_id,
            "areas": list(principal.area_codes),
        },
    )
    return bool(rows.scalar_one())


async def to_see_to(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Ids and states of releases whose moment has come, or whose job was lost.

    In whosever name: the worker then acts in that of whoever let them out.
    """
    rows = await session.execute(
        text(
            "SELECT r.id, r.state FROM indicator.releases_to_see_to() AS r"
            " WHERE r.state = 'confirmed' OR NOT EXISTS (SELECT FROM jobs.procrastinate_jobs AS j"
            " WHERE j.status IN ('todo', 'doing') AND j.args ->> 'release_id' = r.id::text)"
        )
    )
    return [(row.id, row.state) for row in rows]


async def next_embargo(session: AsyncSession) -> datetime | None:
    """When the next release is due that waits for its moment; None without one."""
    rows = await session.execute(text("SELECT indicator.next_embargo()"))
    found: datetime | None = rows.scalar_one()
    return found


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
