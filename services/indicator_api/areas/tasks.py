"""Background work on the area register."""

from typing import Any
from uuid import UUID

import obstore
import orjson
from sqlalchemy import text

from services.indicator_api.areas.importing import (
    check_against_register,
    check_import,
    parse_import,
    write_areas,
)
from services.indicator_api.areas.repository import area_kinds, lock_register
from services.indicator_api.areas.schemas import AreaImportWrite, ImportFinding
from services.indicator_api.areas.shapes import rebuild_shapes
from services.indicator_api.jobs import JobContext, principal_of, refresh_statistics
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)
MAXIMUM_FINDINGS = 200


async def import_areas(context: JobContext, import_id: str) -> None:
    """Check a handed-in import and write it, all or nothing; safe to run again."""
    principal = await principal_of(context, "area_import", UUID(import_id))
    if principal is None:
        return
    try:
        await _import(context, principal, import_id)
    except Exception:  # whatever breaks, the import must end and its sender must learn of it
        logger.exception("area_import_failed", import_id=import_id)
        await _end(context, principal, import_id, "failed", findings=[])


async def _import(context: JobContext, principal: Principal, import_id: str) -> None:
    path = await _begin(context, principal, import_id)
    if path is None:
        return
    stored = await obstore.get_async(context.objects, path)
    parsed = parse_import(bytes(await stored.bytes_async()))
    if isinstance(parsed, AreaImportWrite):
        await _take(context, principal, import_id, parsed)
    else:
        await _end(context, principal, import_id, "rejected", findings=parsed)


async def _begin(context: JobContext, principal: Principal, import_id: str) -> str | None:
    async with context.database.write_session(principal) as session:
        row = await session.execute(
            text(
                "UPDATE indicator.area_import SET state = 'checking',"
                ' progress = \'{"label": "Gebiete werden geprüft"}\''
                " WHERE id = :id AND state IN ('received', 'checking') RETURNING object_path"
            ),
            {"id": import_id},
        )
        return row.scalar()


async def _take(
    context: JobContext, principal: Principal, import_id: str, wanted: AreaImportWrite
) -> None:
    async with context.database.write_session(principal) as session:
        await lock_register(session)
        kinds = {row["code"]: row["rank"] for row in await area_kinds(session)}
        rows = await session.execute(text("SELECT code FROM indicator.area"))
        areas, findings = check_import(wanted, kinds, set(rows.scalars()))
        findings += await check_against_register(session, wanted)
        counts: dict[str, int] = {}
        if not findings:
            await session.execute(text("SET LOCAL statement_timeout = '10min'"))
            counts = await write_areas(session, wanted, areas)
            if counts["with_geometry"]:
                counts["shapes"] = await rebuild_shapes(session)
            await audit.record(
                session, "indicator", principal, "area_import.accepted", "area_import", import_id
            )
            await session.execute(
                text("UPDATE indicator.area_import SET source = :source WHERE id = :id"),
                {"source": wanted.source, "id": import_id},
            )
            await session.execute(_END, _outcome(import_id, "accepted", counts, []))
    if findings:
        await _end(context, principal, import_id, "rejected", findings=findings)
    else:
        await refresh_statistics(context)


async def _end(
    context: JobContext,
    principal: Principal,
    import_id: str,
    state: str,
    *,
    findings: list[ImportFinding],
) -> None:
    async with context.database.write_session(principal) as session:
        await session.execute(_END, _outcome(import_id, state, {}, findings))


_END = text(
    "UPDATE indicator.area_import SET state = :state, counts = CAST(:counts AS jsonb),"
    " findings = CAST(:findings AS jsonb), progress = '{}', finished_at = now()"
    # what is taken stays so, whatever breaks after it
    " WHERE id = :id AND state = 'checking'"
)


def _outcome(
    import_id: str, state: str, counts: dict[str, int], findings: list[ImportFinding]
) -> dict[str, Any]:
    return {
        "id": import_id,
        "state": state,
        "counts": orjson.dumps(counts).decode(),
        "findings": orjson.dumps(
            [item.model_dump() for item in findings[:MAXIMUM_FINDINGS]]
        ).decode(),
    }
