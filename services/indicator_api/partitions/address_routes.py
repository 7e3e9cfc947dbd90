"""The directory of streets and house numbers over HTTP."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicator_api.partitions import address_service, service
from services.indicator_api.partitions.address_schemas import (
    AddressRead,
    DirectoryCheck,
    DirectoryRead,
    Encoding,
)
from services.indicator_api.partitions.routes import Writer
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, require_match
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.problems import UnsupportedMediaType
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession
from services.shared.uploads import read_body

MAXIMUM_FILE_BYTES = 32 * 1024 * 1024
_CONTENT_TYPES = ("text/csv", "text/plain", "application/csv")

router = feature_router("Straßen- und Hausnummernverzeichnis")


async def _csv_of(request: Request) -> bytes:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in _CONTENT_TYPES:
        raise UnsupportedMediaType(
            "content_type_unsupported", "Das Verzeichnis wird als „text/csv“ angenommen."
        )
    return await read_body(request, MAXIMUM_FILE_BYTES)


@router.get("/partitions/{code}/addresses")
async def list_addresses(
    code: str,
    request: Request,
    response: Response,
    principal: Writer,
    session: ReadSession,
    street: Annotated[str | None, Query(description="Anfang des Straßennamens")] = None,
    unit: Annotated[str | None, Query(description="Schlüssel der Einheit")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AddressRead]:
    """The addresses of a partition that one's organisation keeps."""
    partition = await service.find_own(session, principal, code)
    page = await address_service.list_addresses(
        session, partition, street=street, unit=unit, cursor=cursor, limit=limit
    )
    link_next(request, response, page.next)
    response.headers["ETag"] = etag_of(partition["row_version"])
    return page


@router.put("/partitions/{code}/addresses")
async def replace_addresses(
    code: str,
    request: Request,
    response: Response,
    principal: Writer,
    session: WriteSession,
    database: DatabaseDependency,
) -> DirectoryRead:
    """Hand in the whole directory as CSV (`If-Match` with the partition's ETag).

    Columns: Straße; Hausnummer; Zusatz; PLZ; Einheit (key or name), or instead of the number
    von; bis; Seite. All or nothing: the findings name the rows. Columns about people are refused.
    """
    partition = await service.find_own(session, principal, code, is_to_change=True)
    require_match(request, partition["row_version"])
    data = await _csv_of(request)
    found = await address_service.read_file(session, database, principal, partition, data)
    read, version = await address_service.replace(session, principal, partition, found)
    response.headers["ETag"] = etag_of(version)
    return read


@router.get("/partitions/{code}/addresses/check")
async def check_addresses(code: str, principal: Writer, session: ReadSession) -> DirectoryCheck:
    """Addresses in two units, units without any, and gaps between units."""
    partition = await service.find_own(session, principal, code)
    return await address_service.check(session, partition)


@router.post("/partitions/{code}/addresses/check")
async def compare_addresses(
    code: str,
    request: Request,
    principal: Writer,
    session: ReadSession,
    database: DatabaseDependency,
) -> DirectoryCheck:
    """The same beside a list of all addresses of the town (CSV without units); nothing is kept."""
    partition = await service.find_own(session, principal, code)
    listed = await address_service.read_list(database, principal, partition, await _csv_of(request))
    return await address_service.check(session, partition, listed)


@router.get(
    "/partitions/{code}/addresses/order-file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def order_file(
    code: str,
    principal: Writer,
    session: ReadSession,
    encoding: Annotated[Encoding, Query(description="Zeichensatz")] = "windows-1252",
) -> Response:
    """The file to order figures with: each address once, with its unit; no persons."""
    partition = await service.find_own(session, principal, code)
    body = await address_service.order_file(session, partition, encoding)
    return Response(
        body,
        media_type=f"text/csv; charset={encoding}",
        headers={
            "Content-Disposition": f'attachment; filename="bestelldatei_{partition["code"]}.csv"'
        },
    )
