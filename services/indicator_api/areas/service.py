"""Use cases of the area register: list, look up, hand in an import."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas import repository
from services.indicator_api.areas.repository import AreaFilter
from services.indicator_api.areas.rules import candidates_for_lost_zero
from services.indicator_api.areas.schemas import (
    AreaDetail,
    AreaImportRead,
    AreaRead,
    AreaReference,
)
from services.shared import audit
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import NotFound


def today() -> date:
    """The day that „valid now“ means."""
    return datetime.now(UTC).date()


async def list_areas(
    session: AsyncSession, wanted: AreaFilter, cursor: str | None, limit: int
) -> Page[AreaRead]:
    """One page of areas; an empty one says why."""
    rows = await repository.list_areas(session, wanted, decode_cursor(cursor, int, str), limit + 1)
    shown, has_more = cut(rows, limit)
    page = Page(items=[AreaRead.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["rank"], shown[-1]["code"])
    if not shown and cursor is None:
        page.reason = await _why_none(session, wanted)
    return page


async def _why_none(session: AsyncSession, wanted: AreaFilter) -> Reason:
    for code in (wanted.within, wanted.parent):
        if code is not None and await repository.find_area(session, code, wanted.valid_on) is None:
            return Reason(
                code="area_unknown",
                detail=f"Das Gebiet „{code}“ steht nicht im Verzeichnis.",
                suggestion=_zero_hint(code),
            )
    if wanted.query:
        return Reason(
            code="no_match",
            detail=f"Kein Gebiet heißt „{wanted.query}“ oder beginnt mit diesem Schlüssel.",
            suggestion="Suchen Sie nach einem Teil des Namens oder nach dem amtlichen Schlüssel.",
        )
    return Reason(
        code="no_area",
        detail=f"Am {wanted.valid_on:%d.%m.%Y} gibt es kein Gebiet dieser Auswahl.",
        suggestion="Lassen Sie eine Angabe weg oder wählen Sie einen anderen Tag.",
    )


def _zero_hint(code: str) -> str | None:
    longer = candidates_for_lost_zero(code)
    return (
        None if longer is None else f"Fehlt die führende Null? Gemeint ist vielleicht „{longer}“."
    )


async def area_detail(session: AsyncSession, code: str, valid_on: date) -> AreaDetail:
    """One area with its place in the tree; raises `NotFound` for an unknown key."""
    row = await repository.find_area(session, code, valid_on)
    if row is None:
        raise NotFound(
            "area_unknown",
            " ".join(
                filter(
                    None,
                    [f"Das Gebiet „{code}“ steht nicht im Verzeichnis.", _zero_hint(code)],
                )
            ),
        )
    ancestors = await repository.ancestors_of(session, row["lineage"])
    box = (row["west"], row["south"], row["east"], row["north"])
    return AreaDetail.model_validate(
        row
        | {
            "ancestors": [AreaReference.model_validate(item) for item in ancestors],
            "children_count": await repository.children_count(session, row["id"], valid_on),
            "bbox": None if row["west"] is None else box,
        }
    )


async def receive_import(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    import_id: UUID,
    object_path: str,
) -> AreaImportRead:
    """Note down a handed-in import and have it checked in the background."""
    row = (
        (
            await session.execute(
                text(
                    "INSERT INTO indicator.area_import"
                    " (id, organisation_id, subject_id, acting, source, object_path)"
                    " VALUES (:id, :organisation_id, :subject_id, CAST(:acting AS jsonb), '',"
                    " :path)"
                    " RETURNING id, source, state, progress, counts, findings, created_at,"
                    " finished_at"
                ),
                {
                    "id": import_id,
                    "organisation_id": principal.organisation_id,
                    "subject_id": principal.subject_id,
                    "acting": orjson.dumps(principal.to_job()).decode(),
                    "path": object_path,
                },
            )
        )
        .mappings()
        .one()
    )
    await audit.record(
        session, "indicator", principal, "area_import.received", "area_import", import_id
    )
    await jobs.defer(session, "import_areas", lock="areas", import_id=str(import_id))
    return AreaImportRead.model_validate(dict(row))


async def import_status(session: AsyncSession, import_id: UUID) -> AreaImportRead:
    """What became of an import; raises `NotFound` if it is not one's own."""
    row = (
        (
            await session.execute(
                text(
                    "SELECT id, source, state, progress, counts, findings, created_at, finished_at"
                    " FROM indicator.area_import WHERE id = :id"
                ),
                {"id": import_id},
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("area_import_unknown", "Diesen Gebietsimport gibt es nicht.")
    return AreaImportRead.model_validate(dict(row))


async def is_within(session: AsyncSession, code: str, roots: Sequence[str]) -> bool:
    """Whether an area is one of the roots or lies below one; false for an unknown key."""
    row = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM indicator.area AS a WHERE a.code = :code AND a.lineage &&"
            " ARRAY(SELECT r.id FROM indicator.area AS r WHERE r.code = ANY(:roots)))"
        ),
        {"code": code, "roots": list(roots)},
    )
    return bool(row.scalar_one())
