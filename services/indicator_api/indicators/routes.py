"""Indicators over HTTP."""

import hashlib
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel

from services.indicator_api.indicators import defining, service
from services.indicator_api.indicators.csv_table import to_csv
from services.indicator_api.indicators.repository import IndicatorFilter
from services.indicator_api.indicators.schemas import (
    DimensionRead,
    IndicatorDetail,
    IndicatorRead,
    IndicatorVersion,
    IndicatorWrite,
    VersionReference,
)
from services.shared.auth import Requires
from services.shared.csv_file import MEDIA_TYPE
from services.shared.etags import etag_of, not_modified
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.list_files import CSV_ANSWER, CsvWanted, DialectChoice
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Indikatoren")
Reader = Annotated[Principal, Requires("indicators:read")]
FILENAME = "indikatorenkatalog.csv"


async def _filter(
    dimension: Annotated[str | None, Query(description="Code der Dimension")] = None,
    q: Annotated[str, Query(max_length=200, description="Wörter, die alle vorkommen")] = "",
    checked: Annotated[bool | None, Query(description="Fachlich geprüft oder nicht")] = None,
    key: Annotated[bool | None, Query(description="Nur Leitindikatoren, oder nur andere")] = None,
    level: Annotated[
        str | None, Query(description="Ebene, bis zu der die Definition hinabreicht")
    ] = None,
    has_figures: Annotated[
        bool | None, Query(description="Nur mit freigegebenen Zahlen, oder nur ohne")
    ] = None,
    retired: Annotated[bool, Query(description="Die nicht mehr geführten Indikatoren")] = False,
) -> IndicatorFilter:
    return IndicatorFilter(
        dimension=dimension,
        words=tuple(q.split()),
        is_checked=checked,
        is_key_indicator=key,
        is_retired=retired,
        level=level,
        has_figures=has_figures,
    )


Wanted = Annotated[IndicatorFilter, Depends(_filter)]


@router.get("/indicators", response_model=Page[IndicatorRead], responses=CSV_ANSWER)
async def list_indicators(
    request: Request,
    _principal: Reader,
    session: ReadSession,
    wanted: Wanted,
    csv: CsvWanted,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Response:
    """The catalogue: which indicators there are, and of which figures are released."""
    if csv is not None:
        return _csv(request, to_csv(await service.list_all(session, wanted), csv))
    page = await service.list_indicators(session, wanted, cursor=cursor, limit=limit)
    answer = _json(request, page)
    link_next(request, answer, page.next)
    return answer


@router.get("/dimensions", response_model=Page[DimensionRead])
async def list_dimensions(request: Request, _principal: Reader, session: ReadSession) -> Response:
    """What the catalogue is divided into."""
    return _json(request, await service.list_dimensions(session))


@router.get("/indicators.csv", response_class=Response)
async def list_indicators_as_csv(
    request: Request,
    _principal: Reader,
    session: ReadSession,
    wanted: Wanted,
    dialect: DialectChoice = "semicolon",
) -> Response:
    """The catalogue as one CSV file."""
    return _csv(request, to_csv(await service.list_all(session, wanted), dialect))


@router.get("/indicators/{code}", response_model=IndicatorDetail)
async def read_indicator(
    request: Request, code: str, _principal: Reader, session: ReadSession
) -> Response:
    """One indicator with its definition and the history of it."""
    return _json(request, await service.read_indicator(session, code))


@router.get("/indicators/{code}/versions", response_model=Page[VersionReference])
async def list_versions(
    request: Request, code: str, _principal: Reader, session: ReadSession
) -> Response:
    """The history of a definition, the newest version first."""
    return _json(request, await service.list_versions(session, code))


@router.get("/indicators/{code}/versions/{version}", response_model=IndicatorVersion)
async def read_version(
    request: Request,
    code: str,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    _principal: Reader,
    session: ReadSession,
) -> Response:
    """A definition as it stood in one version."""
    return _json(request, await service.read_version(session, code, version))


@router.post("/indicators", status_code=201, response_model=IndicatorDetail)
async def create_indicator(
    request: Request,
    wanted: IndicatorWrite,
    principal: Annotated[Principal, Requires("indicators:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Register a definition, or the next version of a known one."""

    async def act() -> Outcome:
        indicator = await defining.create_indicator(session, principal, wanted)
        location = f"/v1/indicators/{indicator.code}"
        return Outcome(201, indicator.model_dump(mode="json"), {"Location": location})

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


def _json(request: Request, document: BaseModel) -> Response:
    return _answer(request, document.model_dump_json().encode(), "application/json")


def _csv(request: Request, table: bytes) -> Response:
    answer = _answer(request, table, MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILENAME}"'
    return answer


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    # What is released differs by reader and changes with every release: the content itself is
    # the version.
    etag = etag_of(hashlib.sha256(body).hexdigest()[:32])
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    headers = {"ETag": etag, "Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
    return Response(body, media_type=media_type, headers=headers)
