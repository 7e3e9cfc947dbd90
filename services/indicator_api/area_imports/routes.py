"""Imports of areas over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

import obstore
from fastapi import Query, Request, Response
from pydantic import ValidationError

from services.indicator_api.area_imports import preview, service
from services.indicator_api.area_imports.schemas import (
    AreaImportRead,
    IntentionWrite,
    MappingWrite,
    State,
)
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of
from services.shared.idempotency import (
    IdempotencyKey,
    Outcome,
    fingerprint,
    fingerprint_of_body,
    once,
)
from services.shared.ids import new_id
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, UnsupportedMediaType
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession
from services.shared.uploads import StoredBody, store_body
from services.shared.validation_words import fault_in_words

# The register's keepers import anything, a municipality's office what is its own.
RIGHTS = ("areas:write", "partitions:write")
JSON = "application/json"
FILE_TYPES = frozenset(
    {
        "application/geopackage+sqlite3", "application/vnd.sqlite3", "application/x-sqlite3",
        "application/geo+json", "application/vnd.geo+json", "application/flatgeobuf",
        "application/zip", "application/x-zip-compressed", "application/octet-stream",
    }
)  # fmt: skip
FILE_ENDINGS = (".gpkg", ".geojson", ".json", ".fgb", ".zip")

router = feature_router("Gebiete")
Importer = Annotated[Principal, Requires(*RIGHTS)]


def _is_file(request: Request, filename: str | None) -> bool:
    """Whether the body is a file of areas; False for records in JSON; raises for neither."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == JSON and filename is None:
        return False
    if content_type in FILE_TYPES or (filename or "").lower().endswith(FILE_ENDINGS):
        return True
    raise UnsupportedMediaType(
        "content_type_unsupported",
        f"„{content_type or 'ohne Angabe'}“ wird nicht gelesen. Möglich sind Datensätze als "
        f"„{JSON}“ oder Dateien: {', '.join(sorted(FILE_TYPES))}.",
    )


def _validated(model: type[IntentionWrite] | type[MappingWrite], request: Request) -> object:
    """The query's parameters that belong to a model, checked; raises `Invalid`."""
    given = {
        name: value for name, value in request.query_params.items() if name in model.model_fields
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = [
            FieldError(str(item["loc"][0]), str(item["type"]), fault_in_words(item))
            for item in error.errors(include_url=False)
        ]
        names = ", ".join(fault.pointer for fault in faults)
        raise Invalid(
            "parameter_invalid", f"Bei einer Datei fehlen oder stimmen nicht: {names}.",
            errors=faults,
        ) from None  # fmt: skip


@router.post("/area-imports", status_code=202, response_model=AreaImportRead)
async def create_import(
    request: Request,
    principal: Importer,
    database: DatabaseDependency,
    key: IdempotencyKey,
    filename: Annotated[str | None, Query(max_length=255, description="Name der Datei")] = None,
    kind: Annotated[str | None, Query(description="Ebene der Gebiete")] = None,
    source: Annotated[str | None, Query(description="Woher die Grenzen sind")] = None,
    attribution: Annotated[str | None, Query(description="Vermerk an Karten")] = None,
    municipality: Annotated[
        str | None, Query(description="Gemeinde, deren eigene Gebiete es sind")
    ] = None,
    partition_code: Annotated[
        str | None, Query(description="Kurzbezeichnung der Basisgliederung")
    ] = None,
    partition_name: Annotated[str | None, Query(description="Name der Basisgliederung")] = None,
    valid_from: Annotated[date | None, Query(description="Erster Tag, an dem es gilt")] = None,
    layer: Annotated[str | None, Query(description="Ebene in der Datei")] = None,
    crs: Annotated[str | None, Query(description="Bezugssystem, z. B. EPSG:25832")] = None,
    key_column: Annotated[str | None, Query(description="Spalte der Schlüssel")] = None,
    name_column: Annotated[str | None, Query(description="Spalte der Namen")] = None,
    parent_column: Annotated[str | None, Query(description="Spalte des Gebiets darüber")] = None,
    parent: Annotated[str | None, Query(description="Gebiet darüber, für alle")] = None,
    key_prefix: Annotated[bool | None, Query(description="Gemeindeschlüssel voranstellen")] = None,
    key_width: Annotated[int | None, Query(description="Stellen der Schlüssel")] = None,
    merge_parts: Annotated[
        bool | None, Query(description="Gleiche Schlüssel zusammenfassen")
    ] = None,
) -> Response:
    """Hand in areas: a file (GeoPackage, GeoJSON, zipped Shapefile, FlatGeobuf), or JSON records.

    A file is checked in the background and written only after `commit`; records (see
    `AreaImportWrite`) are checked and written at once.
    """
    is_file = _is_file(request, filename)
    intention = _validated(IntentionWrite, request) if is_file else None
    mapping = _validated(MappingWrite, request) if is_file else None
    import_id = new_id()
    body = await store_body(
        request,
        request.app.state.objects,
        f"area-imports/{import_id}" + ("" if is_file else ".json"),
        request.app.state.settings.max_body_bytes,
    )
    is_new = False

    async def act() -> Outcome:
        nonlocal is_new
        jobs = request.app.state.jobs
        if isinstance(intention, IntentionWrite) and isinstance(mapping, MappingWrite):
            document = await service.receive_file(
                session, jobs, principal, import_id=import_id, body=body, filename=filename,
                intention=intention, mapping=mapping,
            )  # fmt: skip
        else:
            document = await service.receive_records(session, jobs, principal, import_id, body)
        is_new = True
        return Outcome(
            202, document.model_dump(mode="json"), {"Location": f"/v1/area-imports/{import_id}"}
        )

    try:
        async with database.write_session(principal) as session:
            return await once(
                session, "indicator", principal, key, fingerprint(request, body.sha256), act
            )
    finally:
        if not is_new:
            await _forget(request, body)


async def _forget(request: Request, body: StoredBody) -> None:
    await obstore.delete_async(request.app.state.objects, body.path)


@router.get("/area-imports")
async def list_imports(
    request: Request,
    response: Response,
    _principal: Importer,
    session: ReadSession,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AreaImportRead]:
    """The organisation's files of areas, newest first."""
    page = await service.list_imports(session, state=state, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/area-imports/{import_id}")
async def read_import(
    import_id: UUID, response: Response, _principal: Importer, session: ReadSession
) -> AreaImportRead:
    """An import: what was understood, what was found, what became of it. Its ETag is needed on."""
    document, version = await service.read_import(session, import_id)
    response.headers["ETag"] = etag_of(version)
    return document


@router.put("/area-imports/{import_id}/mapping", status_code=202)
async def write_mapping(
    import_id: UUID,
    wanted: MappingWrite,
    request: Request,
    response: Response,
    principal: Importer,
    session: WriteSession,
) -> AreaImportRead:
    """Say how the file is to be read, and have it checked again (`If-Match`)."""
    document, version = await service.remap(
        session, request.app.state.jobs, principal, import_id, wanted, request
    )
    response.headers["ETag"] = etag_of(version)
    response.headers["Location"] = f"/v1/area-imports/{import_id}"
    return document


@router.post("/area-imports/{import_id}/commit", status_code=202, response_model=AreaImportRead)
async def commit_import(
    import_id: UUID,
    request: Request,
    principal: Importer,
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Take a checked file into the register, all or nothing (`If-Match`)."""

    async def act() -> Outcome:
        document, version = await service.commit(
            session, request.app.state.jobs, principal, import_id, request
        )
        headers = {"Location": f"/v1/area-imports/{import_id}", "ETag": etag_of(version)}
        return Outcome(202, document.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.delete("/area-imports/{import_id}")
async def discard_import(
    import_id: UUID, request: Request, principal: Importer, database: DatabaseDependency
) -> AreaImportRead:
    """Give a file up that was not taken; its content is deleted (`If-Match`)."""
    async with database.write_session(principal) as session:
        document, _, path = await service.discard(session, principal, import_id, request)
    await obstore.delete_async(request.app.state.objects, path)
    return document


@router.get("/area-imports/{import_id}/preview.geojson", response_class=Response)
async def read_preview(import_id: UUID, _principal: Importer, session: ReadSession) -> Response:
    """What the file would bring (EPSG:4326): areas, repaired places, gaps, overlaps, outside."""
    await service.find_import(session, import_id)
    body = await preview.preview_geojson(session, import_id)
    return Response(
        body, media_type="application/geo+json", headers={"Cache-Control": "private, no-cache"}
    )


@router.get("/area-imports/{import_id}/preview.svg", response_class=Response)
async def draw_preview(
    import_id: UUID,
    _principal: Importer,
    session: ReadSession,
    width: Annotated[int, Query(ge=240, le=2400, description="Breite in Pixeln")] = 960,
) -> Response:
    """The same as a picture, with a text alternative."""
    row = await service.find_import(session, import_id)
    title = f"Vorschau: {row['filename'] or 'Gebietsimport'}"
    body = await preview.preview_svg(session, import_id, row["municipality_code"], width, title)
    return Response(
        body, media_type="image/svg+xml", headers={"Cache-Control": "private, no-cache"}
    )
