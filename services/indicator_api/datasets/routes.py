"""Datasets over HTTP."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicator_api.datasets import service
from services.indicator_api.datasets.schemas import DatasetChange, DatasetRead, DatasetWrite
from services.shared.auth import Requires
from services.shared.etags import etag_of, require_match
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Datenbestände")


@router.get("/datasets")
async def list_datasets(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
    own: Annotated[bool, Query(description="Nur die der eigenen Organisation")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DatasetRead]:
    """What is held, by whom, from which source."""
    page = await service.list_datasets(session, principal, own=own, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/datasets/{code}")
async def read_dataset(
    code: str,
    response: Response,
    principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> DatasetRead:
    """One dataset; its `ETag` is needed to change it."""
    dataset = await service.get_dataset(session, code)
    response.headers["ETag"] = etag_of(dataset.row_version)
    return await service.read_dataset(session, principal, code)


@router.post("/datasets", status_code=201, response_model=DatasetRead)
async def create_dataset(
    request: Request,
    wanted: DatasetWrite,
    principal: Annotated[Principal, Requires("datasets:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Set up a dataset."""

    async def act() -> Outcome:
        dataset = await service.create_dataset(session, principal, wanted)
        headers = {"Location": f"/v1/datasets/{dataset.code}", "ETag": etag_of(1)}
        return Outcome(201, dataset.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.patch("/datasets/{code}")
async def change_dataset(
    code: str,
    change: DatasetChange,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("datasets:write")],
    session: WriteSession,
) -> DatasetRead:
    """Change what is said about a dataset (`If-Match` with the ETag last read)."""
    dataset = await service.get_own_dataset(session, principal, code, is_to_change=True)
    require_match(request, dataset.row_version)
    changed = await service.change_dataset(session, principal, dataset, change)
    response.headers["ETag"] = etag_of(dataset.row_version)
    return changed
