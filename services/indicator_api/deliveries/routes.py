"""Deliveries over HTTP."""

from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

import obstore
from fastapi import Query, Request, Response
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from services.indicator_api.deliveries import service
from services.indicator_api.deliveries.reading.formats import CONTENT_TYPES
from services.indicator_api.deliveries.schemas import (
    DeliveryOptions,
    DeliveryRead,
    DeliveryState,
    FindingRead,
)
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint, once
from services.shared.ids import new_id
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.problems import FieldError, Gone, Invalid, UnsupportedMediaType
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from services.shared.uploads import store_body

router = feature_router("Lieferungen")


def _content_type(request: Request) -> str:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES:
        offered = ", ".join(sorted(set(CONTENT_TYPES)))
        raise UnsupportedMediaType(
            "content_type_unsupported",
            f"„{content_type or 'ohne Angabe'}“ wird nicht gelesen. Möglich sind: {offered}.",
        )
    return content_type


def _options(**given: object) -> DeliveryOptions:
    """The options, checked; raises `Invalid` naming the parameters at fault."""
    try:
        return DeliveryOptions.model_validate(given)
    except ValidationError as error:
        faults = [
            FieldError(str(item["loc"][0]), str(item["type"]), str(item["msg"]))
            for item in error.errors(include_url=False)
        ]
        names = ", ".join(fault.pointer for fault in faults)
        raise Invalid(
            "parameter_invalid", f"Diese Angaben stimmen nicht: {names}.", errors=faults
        ) from None


@router.post("/deliveries", status_code=202, response_model=DeliveryRead)
async def create_delivery(
    request: Request,
    principal: Annotated[Principal, Requires("deliveries:create")],
    database: DatabaseDependency,
    key: IdempotencyKey,
    dataset: Annotated[str, Query(description="Code des Datenbestands", max_length=60)],
    filename: Annotated[
        str | None, Query(description="Name der Datei, zum Wiederfinden", max_length=255)
    ] = None,
    mapping: Annotated[
        str | None, Query(description="Name einer gespeicherten Zuordnung", max_length=120)
    ] = None,
    dry_run: Annotated[bool, Query(description="Nur prüfen, nichts übernehmen")] = False,
    mode: Annotated[
        Literal["merge", "replace"],
        Query(
            description="replace: was für Messgröße und Zeitraum nicht in der Datei steht, "
            "wird zurückgezogen"
        ),
    ] = "merge",
    scope: Annotated[
        Literal["all", "own"], Query(description="own: Zeilen fremder Gebiete auslassen")
    ] = "all",
    partial: Annotated[bool, Query(description="Gültige Zeilen übernehmen")] = False,
    confirm: Annotated[
        str | None, Query(description="Begründung, mit der Hinweise bestätigt sind")
    ] = None,
    area: Annotated[str | None, Query(description="Gebiet, wo die Datei keines nennt")] = None,
    period: Annotated[str | None, Query(description="Zeit, wo die Datei keine nennt")] = None,
    sheet: Annotated[str | None, Query(description="Tabellenblatt der Arbeitsmappe")] = None,
) -> Response:
    """Deliver a file as the body, in any of the formats that are read.

    The file is checked as a whole in the background and taken wholly or not at all, unless
    `partial` asks for the valid rows; `Location` leads to the status.
    """
    content_type = _content_type(request)
    options = _options(
        mode=mode, scope=scope, partial=partial, confirm=confirm, area=area, period=period,
        sheet=sheet,
    )  # fmt: skip
    delivery_id = new_id()
    objects = request.app.state.objects
    body = await store_body(
        request, objects, f"deliveries/{delivery_id}", request.app.state.settings.max_body_bytes
    )
    is_new = False

    async def act() -> Outcome:
        nonlocal is_new
        delivery = await service.receive_delivery(
            session,
            request.app.state.jobs,
            principal,
            delivery_id=delivery_id,
            dataset_code=dataset,
            body=body,
            content_type=content_type,
            filename=filename,
            options=options,
            is_dry_run=dry_run,
            mapping_name=mapping,
        )
        is_new = True
        headers = {"Location": f"/v1/deliveries/{delivery_id}"}
        return Outcome(202, delivery.model_dump(mode="json"), headers)

    try:
        async with database.write_session(principal) as session:
            return await once(
                session, "indicator", principal, key, fingerprint(request, body.sha256), act
            )
    finally:
        if not is_new:
            await obstore.delete_async(objects, body.path)


@router.get("/deliveries")
async def list_deliveries(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    state: DeliveryState | None = None,
    dataset: Annotated[str | None, Query(description="Code des Datenbestands")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryRead]:
    """The organisation's deliveries, newest first."""
    page = await service.list_deliveries(
        session, principal, state=state, dataset=dataset, cursor=cursor, limit=limit
    )
    link_next(request, response, page.next)
    return page


@router.get("/deliveries/{delivery_id}")
async def read_delivery(
    delivery_id: UUID,
    response: Response,
    principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
) -> DeliveryRead:
    """What became of a delivery; its `ETag` is needed to decide on it."""
    document, version = await service.read_delivery(session, principal, delivery_id)
    response.headers["ETag"] = etag_of(version)
    return document


@router.get("/deliveries/{delivery_id}/findings")
async def list_findings(
    delivery_id: UUID,
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    code: Annotated[str | None, Query(description="Nur Befunde dieser Art")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[FindingRead]:
    """What the check found, by row."""
    page = await service.list_findings(session, delivery_id, code=code, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/deliveries/{delivery_id}/file", response_class=StreamingResponse)
async def read_file(
    delivery_id: UUID,
    request: Request,
    _principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
) -> StreamingResponse:
    """The file as it was delivered."""
    row = await service.find_delivery(session, delivery_id)
    if row["content_deleted_at"] is not None:
        raise Gone(
            "delivery_content_deleted",
            "Der Inhalt dieser Lieferung wurde gelöscht, weil er Angaben zu Personen enthielt.",
        )
    stored = await obstore.get_async(request.app.state.objects, row["object_path"])
    name = quote(row["filename"] or f"lieferung-{row['number']}")
    return StreamingResponse(
        stored.stream(),
        media_type=row["content_type"],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
        },
    )
