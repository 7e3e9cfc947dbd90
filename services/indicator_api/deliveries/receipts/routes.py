"""Receipts over HTTP: as a document of JSON, or as a PDF to file."""

import asyncio
import hashlib
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.indicator_api.deliveries import service
from services.indicator_api.deliveries.receipts.document import Receipt, receipt_of
from services.indicator_api.deliveries.receipts.pdf import receipt_pdf
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified
from services.shared.principal import Principal
from services.shared.problems import Conflict
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Lieferungen")
_PDF = "application/pdf"


@router.get(
    "/deliveries/{delivery_id}/receipt",
    response_model=Receipt,
    responses={200: {"content": {_PDF: {}}}},
)
async def read_receipt(
    delivery_id: UUID,
    request: Request,
    _principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    f: Annotated[Literal["json", "pdf"], Query(description="Format")] = "json",
) -> Response:
    """Who delivered what and when, its hash, and what became of it; 409 before it has ended."""
    row = await service.find_delivery(session, delivery_id)
    if row["finished_at"] is None:
        raise Conflict(
            "delivery_not_ended",
            "Eine Empfangsbestätigung gibt es, sobald die Lieferung abgeschlossen ist. Sie ist "
            "noch in Arbeit oder wartet auf eine Entscheidung.",
            state=row["state"],
        )
    receipt = receipt_of(row)
    document = receipt.model_dump_json().encode()
    headers = {
        "ETag": etag_of(f"{f}-{hashlib.sha256(document).hexdigest()[:32]}"),
        "Vary": "Authorization",
        "Cache-Control": "no-cache",
    }
    unchanged = not_modified(request, headers["ETag"])
    if unchanged is not None:
        return unchanged
    if f == "json":
        return Response(document, media_type="application/json", headers=headers)
    # setting it takes a fifth of a second, in which others are answered
    content = await asyncio.to_thread(receipt_pdf, receipt)
    name = f"Empfangsbestaetigung_Lieferung_{receipt.number}.pdf"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=_PDF, headers=headers)
