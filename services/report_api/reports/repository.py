"""Reports in the database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.report_api.reports.rules import fold

_COLUMNS = """
    r.id, r.reference, r.title, r.template_code, r.template_name, r.area_code, r.area_name,
    r.area_kind, r.state, r.progress, r.parameters, r.created_by, r.created_at, r.finished_at,
    r.fingerprint, r.renderer_version, r.is_fictional, r.failure, r.publisher,
    report.is_disclosing(r.id, NULL) AS is_withdrawn, report.is_outdated(r.id) AS is_outdated
"""


async def find(session: AsyncSession, report_id: UUID) -> dict[str, Any] | None:
    """One report, or None if there is none that the principal may see."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM report.report AS r WHERE r.id = :id"), {"id": report_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def find_same(session: AsyncSession, values: dict[str, Any]) -> UUID | None:
    """The report made, or being made, of the same figures with the same choices."""
    rows = await session.execute(
        text(
            "SELECT id FROM report.report WHERE organisation_id = :organisation_id"
            " AND template_code = :template_code AND fingerprint = :fingerprint"
            " AND renderer_version = :renderer_version"
            " AND parameters = CAST(:parameters AS jsonb) AND state <> 'failed'"
        ),
        values,
    )
    found: UUID | None = rows.scalar()
    return found


async def add(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Add a report unless the same one has come in between; whether it was added."""
    rows = await session.execute(
        text(
            """
            INSERT INTO report.report (id, reference, organisation_id, publisher, template_code,
                template_name, title, search_text, area_code, area_name, area_kind, is_fictional,
                parameters, audience_keys, fingerprint, renderer_version, progress, acting,
                created_by, created_at)
            SELECT :id, n.reference, :organisation_id, :publisher, :template_code,
                :template_name, :title, :search_text || ' ' || lower(n.reference), :area_code,
                :area_name, :area_kind, :is_fictional, CAST(:parameters AS jsonb),
                CAST(:audience_keys AS text[]), :fingerprint, :renderer_version,
                CAST(:progress AS jsonb), CAST(:acting AS jsonb), :created_by, :created_at
            FROM (SELECT report.next_reference(:year) AS reference) AS n
            ON CONFLICT (organisation_id, template_code, fingerprint, renderer_version, parameters)
                WHERE state <> 'failed' DO NOTHING
            RETURNING id
            """
        ),
        values,
    )
    return rows.first() is not None


async def add_snapshot(session: AsyncSession, report_id: UUID, body: bytes) -> None:
    """Keep the frozen figures."""
    await session.execute(
        text("INSERT INTO report.snapshot (report_id, content) VALUES (:id, :body)"),
        {"id": report_id, "body": body},
    )


async def add_releases(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Note the releases that a report rests on."""
    await session.execute(
        text(
            "INSERT INTO report.report_release (report_id, release_id, series_id, number,"
            " holder_organisation_id, cell_numbers, dataset, title, audience, published_at)"
            " VALUES (:report_id, :release_id, :series_id, :number, :holder_organisation_id,"
            " :cell_numbers, :dataset, :title, :audience, :published_at)"
        ),
        list(rows),
    )


async def read_snapshot(session: AsyncSession, report_id: UUID) -> bytes | None:
    """The frozen figures; None if the principal may not see them (any more)."""
    rows = await session.execute(
        text("SELECT content FROM report.snapshot WHERE report_id = :id"), {"id": report_id}
    )
    found = rows.scalar()
    return None if found is None else bytes(found)


async def list_newest(
    session: AsyncSession,
    *,
    area: str | None,
    template: str | None,
    state: str | None,
    query: str | None,
    before: list[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` reports, newest first, before the given (created_at, id)."""
    conditions = ["true"]
    values: dict[str, Any] = {"limit": limit}
    for name, column, value in (
        ("area", "r.area_code", area),
        ("template", "r.template_code", template),
        ("state", "r.state", state),
    ):
        if value is not None:
            conditions.append(f"{column} = :{name}")
            values[name] = value
    if query is not None:
        conditions.append("position(:words IN r.search_text) > 0")
        values["words"] = fold(query.strip())
    if before is not None:
        conditions.append(
            "(r.created_at, r.id) < (CAST(:at AS timestamptz), CAST(:before_id AS uuid))"
        )
        values |= {"at": before[0], "before_id": before[1]}
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM report.report AS r WHERE {' AND '.join(conditions)}"
            " ORDER BY r.created_at DESC, r.id DESC LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def releases_of(session: AsyncSession, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The releases of the reports with these ids."""
    rows = await session.execute(
        text(
            "SELECT report_id, release_id, number, dataset, title, audience, published_at"
            " FROM report.report_release WHERE report_id = ANY(:ids) ORDER BY dataset, audience"
        ),
        {"ids": list(ids)},
    )
    return [dict(row) for row in rows.mappings()]


async def files_of(session: AsyncSession, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The files of the reports with these ids that the principal may read."""
    rows = await session.execute(
        text(
            "SELECT report_id, format, media_type, size_bytes, sha256, object_path"
            " FROM report.report_file WHERE report_id = ANY(:ids) ORDER BY format"
        ),
        {"ids": list(ids)},
    )
    return [dict(row) for row in rows.mappings()]


async def lock(session: AsyncSession, report_id: UUID) -> dict[str, Any] | None:
    """One report, locked against others who would finish it."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM report.report AS r WHERE r.id = :id FOR UPDATE OF r"),
        {"id": report_id},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def note_progress(session: AsyncSession, report_id: UUID, progress: dict[str, Any]) -> bool:
    """Say how far the making is; whether the report is still being made."""
    rows = await session.execute(
        text(
            "UPDATE report.report SET state = 'rendering', progress = CAST(:progress AS jsonb)"
            " WHERE id = :id AND state IN ('waiting', 'rendering') RETURNING id"
        ),
        {"id": report_id, "progress": orjson.dumps(progress).decode()},
    )
    return rows.first() is not None


async def end(
    session: AsyncSession, report_id: UUID, progress: dict[str, Any], failure: dict[str, str] | None
) -> bool:
    """Note that the making has ended, well or (with `failure`) not; whether it had not before."""
    rows = await session.execute(
        text(
            "UPDATE report.report SET state = :state, progress = CAST(:progress AS jsonb),"
            " failure = CAST(:failure AS jsonb), finished_at = now()"
            " WHERE id = :id AND state IN ('waiting', 'rendering') RETURNING id"
        ),
        {
            "id": report_id,
            "state": "finished" if failure is None else "failed",
            "progress": orjson.dumps(progress).decode(),
            "failure": None if failure is None else orjson.dumps(failure).decode(),
        },
    )
    return rows.first() is not None


async def add_files(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Note the stored files of a report."""
    await session.execute(
        text(
            "INSERT INTO report.report_file"
            " (report_id, format, media_type, size_bytes, sha256, object_path)"
            " VALUES (:report_id, :format, :media_type, :size_bytes, :sha256, :object_path)"
        ),
        list(rows),
    )
