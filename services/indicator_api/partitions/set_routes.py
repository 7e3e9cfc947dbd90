"""Sets of units over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response

from services.indicator_api.partitions import set_service
from services.indicator_api.partitions.list_files import PART_COLUMNS, part_rows, sets_file
from services.indicator_api.partitions.routes import Writer
from services.indicator_api.partitions.set_schemas import (
    AreaSetChange,
    AreaSetDetail,
    AreaSetRead,
    AreaSetsRead,
    AreaSetsWrite,
    DraftRead,
    SetDraft,
    SetKind,
    SetShape,
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

router = feature_router("Zusammengesetzte Gebiete")

Reader = Annotated[Principal, Requires("areas:read")]


@router.get("/area-sets", response_model=Page[AreaSetRead], responses=CSV_ANSWER)
async def list_sets(
    request: Request,
    response: Response,
    principal: Reader,
    session: ReadSession,
    files: ListFilesDependency,
    csv: CsvWanted,
    municipality: Annotated[str | None, Query(description="Schlüssel der Gemeinde (AGS)")] = None,
    unit: Annotated[str | None, Query(description="Die diese Einheit enthalten")] = None,
    kind: Annotated[SetKind | None, Query(description="Art des Gebiets")] = None,
    own: Annotated[bool, Query(description="Nur die der eigenen Organisation")] = False,
    valid_on: Annotated[date | None, Query(description="Die an diesem Tag gelten")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AreaSetRead] | Response:
    """Areas that are made of the units of a partition; as CSV all of them."""
    if csv is not None:
        conditions = {
            "municipality": municipality,
            "unit": unit,
            "kind": kind,
            "own": own,
            "valid_on": valid_on,
        }
        return files.csv(principal, sets_file(principal, conditions), csv)
    page = await set_service.list_sets(
        session,
        principal,
        municipality=municipality,
        unit=unit,
        kind=kind,
        own=own,
        valid_on=valid_on,
        cursor=cursor,
        limit=limit,
    )
    link_next(request, response, page.next)
    return page


@router.get("/area-sets/{code}", response_model=AreaSetDetail, responses=CSV_ANSWER)
async def read_set(
    code: str,
    response: Response,
    principal: Reader,
    session: ReadSession,
    csv: CsvWanted,
    valid_on: Annotated[date | None, Query(description="Gebietsstand; sonst heute")] = None,
) -> AreaSetDetail | Response:
    """One set with its parts, their weights and what these were taken from; as CSV the parts."""
    row = await set_service.find(session, code, valid_on)
    read = await set_service.detail(session, principal, row)
    if csv is not None:
        return csv_answer("teile_" + file_name(code), PART_COLUMNS, part_rows(read), csv)
    response.headers["ETag"] = etag_of(set_service.version_of(read))
    return read


@router.post("/area-sets/draft")
async def draft_set(wanted: SetDraft, _principal: Writer, session: ReadSession) -> DraftRead:
    """What a set would be made of: parts, weights and their basis; nothing is kept."""
    return await set_service.draft(session, wanted)


@router.post("/area-sets", status_code=201, response_model=AreaSetDetail | AreaSetsRead)
async def create_sets(
    request: Request,
    wanted: AreaSetsWrite,
    principal: Writer,
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Set up one set, or a list of sets that must divide the partition among them."""

    async def act() -> Outcome:
        items = await set_service.create(
            session,
            principal,
            wanted if isinstance(wanted, list) else [wanted],
            must_divide=isinstance(wanted, list),
        )
        if isinstance(wanted, list):
            body: Any = AreaSetsRead(items=items).model_dump(mode="json")
            return Outcome(201, body, {"Location": "/v1/area-sets"})
        headers = {
            "Location": f"/v1/area-sets/{items[0].code}",
            "ETag": etag_of(set_service.version_of(items[0])),
        }
        return Outcome(201, items[0].model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.put("/area-sets/{code}/parts")
async def replace_parts(
    code: str,
    wanted: SetShape,
    request: Request,
    response: Response,
    principal: Writer,
    session: WriteSession,
) -> AreaSetDetail:
    """Make a set of other parts (`If-Match` with the ETag last read)."""
    row = await set_service.find_own(session, principal, code)
    before = await set_service.detail(session, principal, row)
    require_match(request, set_service.version_of(before))
    read = await set_service.replace_parts(session, principal, row, wanted)
    response.headers["ETag"] = etag_of(set_service.version_of(read))
    return read


@router.patch("/area-sets/{code}")
async def change_set(
    code: str,
    wanted: AreaSetChange,
    request: Request,
    response: Response,
    principal: Writer,
    session: WriteSession,
) -> AreaSetDetail:
    """Rename a set or end it (`If-Match` with the ETag last read)."""
    row = await set_service.find_own(session, principal, code)
    before = await set_service.detail(session, principal, row)
    require_match(request, set_service.version_of(before))
    read = await set_service.change(session, principal, row, wanted)
    response.headers["ETag"] = etag_of(set_service.version_of(read))
    return read
