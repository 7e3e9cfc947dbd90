"""Mappings over HTTP: of a delivery's table, and those saved under a name."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from services.indicator_api.deliveries import service as deliveries
from services.indicator_api.deliveries.languages import Lang, language_of, tell_language
from services.indicator_api.deliveries.mapping import saved, service
from services.indicator_api.deliveries.mapping.schemas import (
    DeliveryMappingRead,
    MappingChoice,
    MappingDraft,
    MappingPreview,
    MappingWrite,
    SavedMappingRead,
)
from services.indicator_api.deliveries.schemas import DeliveryRead
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Lieferungen: Zuordnungen")
Sender = Annotated[Principal, Requires("deliveries:create")]
Reader = Annotated[Principal, Requires("deliveries:read")]


@router.get("/deliveries/{delivery_id}/mapping")
async def read_delivery_mapping(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Reader,
    session: ReadSession,
    sheet: Annotated[
        str | None, Query(description="Ein anderes Tabellenblatt ansehen", max_length=255)
    ] = None,
    header_rows: Annotated[int | None, Query(description="Kopfzeilen", ge=1, le=10)] = None,
    skip_rows: Annotated[
        int | None, Query(description="Zeilen über der Kopfzeile", ge=0, le=1000)
    ] = None,
    lang: Lang = None,
) -> DeliveryMappingRead:
    """A delivery's table, what is proposed for it, what must be asked (in German or English), and
    its first rows as they will be understood."""
    given: dict[str, Any] = {
        "sheet": sheet,
        "header_rows": header_rows,
        "skip_rows": skip_rows,
    }
    place = {name: value for name, value in given.items() if value is not None}
    language = language_of(request, lang)
    document, version = await service.read_mapping(
        session, request.app.state.objects, principal, delivery_id, place, language
    )
    tell_language(response, language)
    response.headers["ETag"] = etag_of(version)
    return document


@router.post("/deliveries/{delivery_id}/mapping/preview")
async def preview_delivery_mapping(
    delivery_id: UUID,
    draft: MappingDraft,
    request: Request,
    response: Response,
    principal: Reader,
    session: ReadSession,
    lang: Lang = None,
) -> MappingPreview:
    """What a mapping would make of the first rows; it is not kept."""
    language = language_of(request, lang)
    tell_language(response, language)
    return await service.preview_mapping(
        session, request.app.state.objects, principal, delivery_id, draft.document, language
    )


@router.put("/deliveries/{delivery_id}/mapping", status_code=202)
async def choose_delivery_mapping(
    delivery_id: UUID,
    choice: MappingChoice,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Have a delivery read by this mapping, or by the one saved under a name (`If-Match`)."""
    await service.choose_mapping(
        session, request.app.state.jobs, principal, delivery_id, request, choice
    )
    document, version = await deliveries.read_delivery(session, principal, delivery_id)
    response.headers["ETag"] = etag_of(version)
    response.headers["Location"] = f"/v1/deliveries/{delivery_id}"
    return document


@router.get("/delivery-mappings")
async def list_saved_mappings(
    request: Request,
    response: Response,
    _principal: Reader,
    session: ReadSession,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SavedMappingRead]:
    """The organisation's saved mappings, by name."""
    page = await saved.list_saved(session, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.post("/delivery-mappings", status_code=201, response_model=SavedMappingRead)
async def save_mapping(
    request: Request,
    wanted: MappingWrite,
    principal: Sender,
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Save a mapping under a name; tables with the same columns are read by it from then on."""

    async def act() -> Outcome:
        mapping = await saved.create_saved(session, principal, wanted)
        headers = {
            "Location": f"/v1/delivery-mappings/{mapping.id}",
            "ETag": etag_of(mapping.version),
        }
        return Outcome(201, mapping.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.get("/delivery-mappings/{mapping_id}")
async def read_saved_mapping(
    mapping_id: UUID, response: Response, _principal: Reader, session: ReadSession
) -> SavedMappingRead:
    """One saved mapping; its `ETag` is needed to change it."""
    mapping = await saved.read_saved(session, mapping_id)
    response.headers["ETag"] = etag_of(mapping.version)
    return mapping


@router.put("/delivery-mappings/{mapping_id}")
async def change_saved_mapping(
    mapping_id: UUID,
    wanted: MappingWrite,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> SavedMappingRead:
    """Write a saved mapping anew (`If-Match`); 412 shows both states."""
    mapping = await saved.change_saved(session, principal, mapping_id, wanted, request)
    response.headers["ETag"] = etag_of(mapping.version)
    return mapping


@router.delete("/delivery-mappings/{mapping_id}", status_code=204)
async def remove_saved_mapping(
    mapping_id: UUID, request: Request, principal: Sender, session: WriteSession
) -> None:
    """Forget a saved mapping (`If-Match`)."""
    await saved.remove_saved(session, principal, mapping_id, request)
