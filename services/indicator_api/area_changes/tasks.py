"""Background work: reading official directories and deriving what changed between them."""

from uuid import UUID

import obstore
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes import deriving
from services.indicator_api.area_changes.reading import (
    Directory,
    UnreadableDirectoryError,
    columns_of,
    read_directory,
)
from services.indicator_api.areas.service import lock_register
from services.indicator_api.jobs import JobContext, principal_of, refresh_statistics
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)
ATTRIBUTION = "© Statistische Ämter des Bundes und der Länder; dl-de/by-2-0"

Finding = tuple[int | None, str, str]


async def read_directory_file(context: JobContext, directory_id: str) -> None:
    """Read a handed-in directory and take it, all or nothing; safe to run again."""
    principal = await principal_of(context, "area_directory", UUID(directory_id))
    if principal is None:
        return
    try:
        path = await _begin(context, principal, directory_id)
        if path is None:
            return
        stored = await obstore.get_async(context.objects, path)
        directory = read_directory(bytes(await stored.bytes_async()))
        if directory.findings:
            await _end(context, principal, directory_id, "rejected", list(directory.findings))
            return
        await _take(context, principal, directory_id, directory)
        await refresh_statistics(context)
    except UnreadableDirectoryError as error:
        await _end(context, principal, directory_id, "rejected", [(None, error.code, error.detail)])
    except Exception:  # whatever breaks, it must end and its sender must learn of it
        logger.exception("area_directory_failed", directory_id=directory_id)
        await _end(context, principal, directory_id, "failed", [])


async def _begin(context: JobContext, principal: Principal, directory_id: str) -> str | None:
    async with context.database.write_session(principal) as session:
        row = await session.execute(
            text(
                "UPDATE indicator.area_directory SET state = 'checking',"
                ' progress = \'{"label": "Das Verzeichnis wird gelesen und verglichen"}\''
                " WHERE id = :id AND state IN ('received', 'checking') RETURNING object_path"
            ),
            {"id": directory_id},
        )
        return row.scalar()


async def _take(
    context: JobContext, principal: Principal, directory_id: str, directory: Directory
) -> None:
    title = f"Gemeindeverzeichnis, Gebietsstand {directory.stands_on:%d.%m.%Y}"
    async with context.database.write_session(principal) as session:
        await lock_register(session)
        await session.execute(
            text(
                "UPDATE indicator.area_directory SET state = 'replaced'"
                " WHERE stands_on = :day AND state = 'accepted'"
            ),
            {"day": directory.stands_on},
        )
        await session.execute(
            text(
                "UPDATE indicator.area_directory SET stands_on = :day, title = :title,"
                " attribution = :attribution, state = 'accepted', progress = '{}',"
                " finished_at = now() WHERE id = :id"
            ),
            {
                "id": directory_id,
                "day": directory.stands_on,
                "title": title,
                "attribution": ATTRIBUTION,
            },
        )
        await _store_entries(session, directory_id, directory)
        counts = await deriving.derive(session, ATTRIBUTION)
        counts["entries"] = len(directory.entries)
        await session.execute(
            text(
                "UPDATE indicator.area_directory SET counts = CAST(:counts AS jsonb) WHERE id = :id"
            ),
            {"id": directory_id, "counts": orjson.dumps(counts).decode()},
        )
        await audit.record(
            session, "indicator", principal, "area_directory.accepted", "area_directory",
            directory_id,
        )  # fmt: skip


async def _store_entries(session: AsyncSession, directory_id: str, directory: Directory) -> None:
    await session.execute(
        text(
            """
            INSERT INTO indicator.area_directory_entry
                (directory_id, code, ars, kind, name, parent, area_km2, residents)
            SELECT CAST(:id AS uuid), e.* FROM unnest(
                CAST(:codes AS text[]), CAST(:arss AS text[]), CAST(:kinds AS text[]),
                CAST(:names AS text[]), CAST(:parents AS text[]),
                CAST(:areas AS double precision[]), CAST(:residents AS integer[])
            ) AS e
            """
        ),
        columns_of(directory.entries) | {"id": directory_id},
    )


async def _end(
    context: JobContext,
    principal: Principal,
    directory_id: str,
    state: str,
    findings: list[Finding],
) -> None:
    async with context.database.write_session(principal) as session:
        await session.execute(
            text(
                "UPDATE indicator.area_directory SET state = :state, progress = '{}',"
                " findings = CAST(:findings AS jsonb), finished_at = now()"
                # what is taken stays so, whatever breaks after it
                " WHERE id = :id AND state = 'checking'"
            ),
            {
                "id": directory_id,
                "state": state,
                "findings": orjson.dumps(
                    [{"row": row, "code": code, "detail": detail} for row, code, detail in findings]
                ).decode(),
            },
        )
