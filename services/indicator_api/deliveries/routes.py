"""Deliveries over HTTP."""

from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

import obstore
from fastapi import Query, Request, Response
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from services.indicator_api.deliveries import service
from services.indicator_api.deliveries.findings_file import findings_file
from services.indicator_api.deliveries.languages import Lang, language_of, tell_language
from services.indicator_api.deliveries.schemas import (
    DeliveryOptions,
    DeliveryRead,
    DeliveryState,
    FindingRead,
    Severity,
)
from services.indicator_api.deliveries.service import DeliveryChoice, FindingChoice
from services.indicator_api.deliveries.unread import refuse_deleted
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint, once
from services.shared.ids import new_id
from services.shared.list_files import CSV_ANSWER, CsvWanted, ListFilesDependency
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.problems import FieldError, Forbidden, Invalid, UnsupportedMediaType
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from services.shared.uploads import store_body

router = feature_router("Lieferungen")
_SECONDS_BETWEEN_LOOKS = 2
_NO_TABLES = (
    "application/pdf", "application/x-www-form-urlencoded", "audio/", "font/", "image/",
    "message/", "multipart/", "text/html", "video/",
)  # fmt: skip


def _content_type(request: Request) -> str:
    """What the body is said to be; refused is only what says itself that it is no table.

    Everything else is recognised by its content.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type.startswith(_NO_TABLES):
        raise UnsupportedMediaType(
            "content_type_unsupported",
            f"„{content_type}“ ist keine Tabelle, die gelesen wird. Möglich sind CSV (text/csv), "
            "JSON (application/json), XLSX, XLS, ODS und ZIP; ist die Art der Datei nicht "
            "bekannt, senden Sie sie als application/octet-stream.",
        )
    return content_type or "application/octet-stream"


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
    if not principal.has("deliveries:read"):
        raise Forbidden(
            "right_missing",
            "Wer liefert, bekommt die Lieferung zu lesen: Dafür fehlt das Recht „deliveries:read“.",
            right="deliveries:read",
        )
    content_type = _content_type(request)
    options = _options(
        mode=mode, scope=scope, partial=partial, confirm=confirm, area=area, period=period,
        sheet=sheet,
    )  # fmt: skip
    delivery_id = new_id()
    objects = request.app.state.objects
    body = await store_body(
        request, objects, f"deliveries/{delivery_id}", request.app.state.settings.max_delivery_bytes
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
    state: Annotated[
        list[DeliveryState] | None, Query(description="In diesem Stand; mehrfach möglich")
    ] = None,
    dataset: Annotated[str | None, Query(description="Code des Datenbestands")] = None,
    waiting: Annotated[
        bool, Query(description="Nur, was auf eine Entscheidung wartet; das älteste zuerst")
    ] = False,
    lang: Lang = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryRead]:
    """The organisation's deliveries, newest first; with `waiting` oldest first."""
    choice = DeliveryChoice(tuple(state or ()), dataset, waiting)
    language = language_of(request, lang)
    page = await service.list_deliveries(
        session, principal, choice, cursor=cursor, limit=limit, language=language
    )
    link_next(request, response, page.next)
    tell_language(response, language)
    return page


@router.get("/deliveries/{delivery_id}")
async def read_delivery(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    lang: Lang = None,
) -> DeliveryRead:
    """What became of a delivery; its `ETag` is needed to decide on it.

    While it is worked on, `progress` says how many rows are done, `Retry-After` when to ask again.
    The kinds of findings are named in German or English.
    """
    language = language_of(request, lang)
    document, version = await service.read_delivery(session, principal, delivery_id, language)
    tell_language(response, language)
    response.headers["ETag"] = etag_of(version)
    if document.state in service.ON_THEIR_WAY:
        response.headers["Retry-After"] = str(_SECONDS_BETWEEN_LOOKS)
    return document


@router.get(
    "/deliveries/{delivery_id}/findings", response_model=Page[FindingRead], responses=CSV_ANSWER
)
async def list_findings(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("deliveries:read")],
    session: ReadSession,
    files: ListFilesDependency,
    csv: CsvWanted,
    code: Annotated[str | None, Query(description="Nur Befunde dieser Art")] = None,
    severity: Annotated[Severity | None, Query(description="Nur so schwere Befunde")] = None,
    lang: Lang = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[FindingRead] | Response:
    """What the check found, by row, in German or English; as CSV all of it."""
    language = language_of(request, lang)
    choice = FindingChoice(code, severity, language)
    if csv is not None:
        row = await service.find_delivery(session, delivery_id)
        answer = files.csv(principal, findings_file(row, choice), csv)
        answer.headers["Content-Language"] = language
        return answer
    page = await service.list_findings(session, delivery_id, choice, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    tell_language(response, language)
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
    refuse_deleted(row)
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
