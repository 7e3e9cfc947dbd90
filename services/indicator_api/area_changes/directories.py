"""Use cases of official directories: hand one in, look after it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes.schemas import DirectoryRead
from services.shared import audit
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import NotFound

_COLUMNS = """
    id, filename, stands_on, title, attribution, state, progress, counts, findings, created_at,
    finished_at
"""


async def receive(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    directory_id: UUID,
    object_path: str,
    filename: str | None,
) -> DirectoryRead:
    """Note down a directory that was handed in and have it read in the background."""
    rows = await session.execute(
        text(
            f"""
            INSERT INTO indicator.area_directory
                (id, organisation_id, subject_id, acting, filename, object_path)
            VALUES (:id, :organisation_id, :subject_id, CAST(:acting AS jsonb), :filename, :path)
            RETURNING {_COLUMNS}
            """
        ),
        {
            "id": directory_id,
            "organisation_id": principal.organisation_id,
            "subject_id": principal.subject_id,
            "acting": orjson.dumps(principal.to_job()).decode(),
            "filename": filename,
            "path": object_path,
        },
    )
    row = rows.mappings().one()
    await audit.record(
        session, "indicator", principal, "area_directory.received", "area_directory", directory_id
    )
    # one after the other, and not beside an import: both write the register as a whole
    await jobs.defer(session, "read_directory_file", lock="areas", directory_id=str(directory_id))
    return DirectoryRead.model_validate(dict(row))


async def read(session: AsyncSession, directory_id: UUID) -> DirectoryRead:
    """What became of a directory; raises `NotFound`."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM indicator.area_directory WHERE id = :id"),
        {"id": directory_id},
    )
    row = rows.mappings().first()
    if row is None:
        raise NotFound("area_directory_unknown", "Dieses Gemeindeverzeichnis gibt es nicht.")
    return DirectoryRead.model_validate(dict(row))


async def list_directories(
    session: AsyncSession, cursor: str | None, limit: int
) -> Page[DirectoryRead]:
    """One page of directories, newest first."""
    after = decode_cursor(cursor, datetime, UUID)
    values: dict[str, Any] = {"limit": limit + 1}
    where = ""
    if after is not None:
        where = "WHERE (created_at, id) < (:after_at, :after_id)"
        values |= {"after_at": after[0], "after_id": after[1]}
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM indicator.area_directory {where}"
            " ORDER BY created_at DESC, id DESC LIMIT :limit"
        ),
        values,
    )
    shown, has_more = cut([dict(row) for row in rows.mappings()], limit)
    page = Page(items=[DirectoryRead.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["created_at"], shown[-1]["id"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_directory",
            detail="Noch ist kein Gemeindeverzeichnis eingelesen.",
            suggestion="Das Statistische Bundesamt stellt sie als Excel-Mappen bereit.",
        )
    return page
