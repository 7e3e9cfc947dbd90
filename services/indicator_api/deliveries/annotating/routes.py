"""The annotated file over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request
from obstore.store import ObjectStore
from starlette.responses import StreamingResponse

from services.indicator_api.deliveries import service
from services.indicator_api.deliveries.annotating.annotating import (
    Annotated as AnnotatedFile,
)
from services.indicator_api.deliveries.annotating.annotating import annotate, how_to_open
from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.further_findings import FurtherFile
from services.indicator_api.deliveries.opening_places import place_to_open
from services.indicator_api.deliveries.reading.damaged import told_if_broken_off
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.service import FindingChoice
from services.indicator_api.deliveries.spool import spooled
from services.indicator_api.deliveries.unread import refuse_unread
from services.shared.auth import Requires
from services.shared.principal import Principal
from services.shared.problems import Conflict, Gone
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from services.shared.streaming import FileStream

router = feature_router("Lieferungen")
_CHUNK = 1 << 20
# More than are ever stored of one delivery.
_ALL_FINDINGS = 1_000_000


@router.get("/deliveries/{delivery_id}/annotated", response_class=StreamingResponse)
async def read_annotated_file(
    delivery_id: UUID,
    request: Request,
    _principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    lang: Annotated[Literal["de", "en"], Query(description="Sprache der Befunde")] = "de",
) -> StreamingResponse:
    """The sender's own file with the columns `qb_status`, `qb_befund` and `qb_abhilfe`.

    XLS comes back as XLSX, JSON with `findings` that point into its rows, of an archive the file
    in it. Delivered again, the status columns are not read. 410 once the content is deleted, 409
    for what is no table.
    """
    row = await service.find_delivery(session, delivery_id)
    if row["content_deleted_at"] is not None:
        raise Gone(
            "delivery_content_deleted",
            "Der Inhalt dieser Lieferung wurde gelöscht; es gibt keine Datei mehr, in der Befunde "
            "stehen könnten.",
        )
    refuse_unread(row)
    page = await service.list_findings(
        session, delivery_id, FindingChoice(language=lang), cursor=None, limit=_ALL_FINDINGS
    )
    async with AsyncExitStack() as opened:
        objects = request.app.state.objects
        further = await _further(opened, objects, row)
        remarks = Remarks((item.model_dump() for item in page.items), lang, further)
        target, annotated = await _made(opened, objects, row, remarks)
        kept = opened.pop_all()
    return FileStream(
        _sent(target, kept),
        media_type=annotated.content_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(annotated.filename)}",
            "Content-Length": str(target.stat().st_size),
            "Content-Language": lang,
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _further(
    opened: AsyncExitStack, objects: ObjectStore, row: dict[str, object]
) -> FurtherFile | None:
    """The findings that are not stored one by one, if there are any."""
    if row["findings_path"] is None:
        return None
    file = FurtherFile(
        await opened.enter_async_context(spooled(objects, str(row["findings_path"])))
    )
    opened.callback(file.close)
    return file


async def _made(
    opened: AsyncExitStack, objects: ObjectStore, row: dict[str, object], remarks: Remarks
) -> tuple[Path, AnnotatedFile]:
    """The annotated file in a folder that is gone when `opened` is closed."""
    file = await opened.enter_async_context(spooled(objects, str(row["object_path"])))
    target = file.with_name("annotated")
    try:
        # in a thread: others are answered meanwhile
        with told_if_broken_off():
            async with place_to_open(row):
                return target, await asyncio.to_thread(
                    annotate, file, how_to_open(row), remarks, target
                )
    except UnreadableError as error:
        raise Conflict(
            "delivery_not_annotatable",
            f"In diese Datei lassen sich keine Befunde eintragen. {error.finding.detail()}",
        ) from None


async def _sent(target: Path, kept: AsyncExitStack) -> AsyncGenerator[bytes, None]:
    async with kept:
        with target.open("rb") as file:
            while part := await asyncio.to_thread(file.read, _CHUNK):
                yield part
