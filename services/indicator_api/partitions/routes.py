"""Base partitions over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request, Response

from services.indicator_api.partitions import service
from services.indicator_api.partitions.list_files import UNIT_COLUMNS, partitions_file, unit_rows
from services.indicator_api.partitions.schemas import (
    PartitionChange,
    PartitionDetail,
    PartitionRead,
    PartitionWrite,
)
from services.shared.auth import Requires
from services.shared.etags import etag_of, require_match
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.list_files import (
    CSV_ANSWER,
    CsvWanted,
    ListFilesDependency,
    csv_answer,
    file_name,
)
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Gliederungen")

Writer = Annotated[Principal, Requires("partitions:write")]


@router.get("/partitions", response_model=Page[PartitionRead], responses=CSV_ANSWER)
async def list_partitions(
    request: Request,
    response: Response,
    principal: Writer,
    session: ReadSession,
    files: ListFilesDependency,
    csv: CsvWanted,
    municipality: Annotated[str | None, Query(description="Schlüssel der Gemeinde (AGS)")] = None,
    valid_on: Annotated[date | None, Query(description="Die an diesem Tag gelten")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PartitionRead] | Response:
    """The partitions of the municipalities one acts for; as CSV all of them."""
    conditions = {"municipality": municipality, "valid_on": valid_on}
    if csv is not None:
        return files.csv(principal, partitions_file(principal, conditions), csv)
    page = await service.list_partitions(
        session,
        principal,
        municipality=municipality,
        valid_on=valid_on,
        cursor=cursor,
        limit=limit,
    )
    link_next(request, response, page.next)
    return page


@router.get("/partitions/{code}", response_model=PartitionDetail, responses=CSV_ANSWER)
async def read_partition(
    code: str, response: Response, principal: Writer, session: ReadSession, csv: CsvWanted
) -> PartitionDetail | Response:
    """One partition with its units, as CSV these alone.

    The `ETag` of the document is needed to change it or its addresses.
    """
    row = await service.find(session, code)
    read = await service.detail(session, principal, row)
    if csv is not None:
        return csv_answer("einheiten_" + file_name(code), UNIT_COLUMNS, unit_rows(read), csv)
    response.headers["ETag"] = etag_of(row["row_version"])
    return read


@router.post("/partitions", status_code=201, response_model=PartitionDetail)
async def create_partition(
    request: Request,
    wanted: PartitionWrite,
    principal: Writer,
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Set up the base partition of a municipality."""

    async def act() -> Outcome:
        row = await service.create(session, principal, wanted)
        body = await service.detail(session, principal, row)
        headers = {
            "Location": f"/v1/partitions/{wanted.code}",
            "ETag": etag_of(row["row_version"]),
        }
        return Outcome(201, body.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.patch("/partitions/{code}")
async def change_partition(
    code: str,
    wanted: PartitionChange,
    request: Request,
    response: Response,
    principal: Writer,
    session: WriteSession,
) -> PartitionDetail:
    """Rename a partition or end it (`If-Match` with the ETag last read)."""
    row = await service.find_own(session, principal, code, is_to_change=True)
    require_match(request, row["row_version"])
    changed = await service.change(session, principal, row, wanted)
    response.headers["ETag"] = etag_of(changed["row_version"])
    return await service.detail(session, principal, changed)
