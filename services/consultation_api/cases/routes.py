"""HTTP of cases."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.base import SCHEMA
from services.consultation_api.cases import opening, service
from services.consultation_api.cases.csv_list import case_list_csv
from services.consultation_api.cases.repository import CaseFilter
from services.consultation_api.cases.rules import CaseState
from services.consultation_api.cases.schemas import (
    Advisor,
    CaseBrief,
    CaseChange,
    CaseRead,
    Consent,
    StateWish,
)
from services.consultation_api.identity.inputs import Line
from services.consultation_api.wire import TopicCode
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Fälle")
Reader = Annotated[Principal, Requires("cases:read")]
Writer = Annotated[Principal, Requires("cases:write")]
Asker = Annotated[Principal, Requires("requests:create")]
Adviser = Annotated[Principal, Requires("cases:advise")]


@router.post("/requests/{request_id}/consent", status_code=201, response_model=CaseRead)
async def consent(
    principal: Asker,
    session: WriteSession,
    request: Request,
    request_id: UUID,
    wanted: Consent,
    key: IdempotencyKey,
) -> Response:
    """Consent to the proposed agreement: a case begins (`If-Match` with the request's ETag)."""

    async def act() -> Outcome:
        opened = await opening.consent(
            session, principal, request_id, wanted.agreement_version, request
        )
        return Outcome(
            201,
            opened.model_dump(mode="json"),
            {"Location": f"/v1/cases/{opened.id}", "ETag": etag_of(opened.version)},
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/cases", response_model=Page[CaseBrief])
async def list_cases(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    state: Annotated[list[CaseState] | None, Query(description="Stand; mehrfach")] = None,
    q: Annotated[
        Line | None, Query(description="Teil von Titel, Aktenzeichen, Kommune oder Beratung")
    ] = None,
    topic: TopicCode | None = None,
    advisor: Annotated[Literal["me"] | None, Query(description="Nur die eigenen")] = None,
    f: Literal["json", "csv"] = "json",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CaseBrief] | Response:
    """The cases of one's own organisation, on either side, the newest first.

    `f=csv` is the whole list as a file, without pages.
    """
    wanted = CaseFilter(
        states=state or (),
        search=q,
        topic=topic,
        advisor_id=principal.subject_id if advisor == "me" else None,
    )
    if f == "csv":
        cases = await service.all_cases(session, principal, wanted)
        return Response(
            case_list_csv(cases),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="beratungsfaelle.csv"'},
        )
    page = await service.list_cases(session, principal, wanted, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/cases/{case_id}")
async def read_case(
    principal: Reader, session: ReadSession, response: Response, case_id: UUID
) -> CaseRead:
    """One case; its `ETag` is that of the case's own fields, needed to change them."""
    case = await service.read(session, principal, case_id)
    response.headers["ETag"] = etag_of(case.version)
    return case


@router.patch("/cases/{case_id}")
async def change_case(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    wanted: CaseChange,
) -> CaseRead:
    """Change title, phase, topics, areas or advisor (`If-Match` with the ETag last read)."""
    case = await service.change(session, principal, case_id, wanted, request)
    response.headers["ETag"] = etag_of(case.version)
    return case


@router.post("/cases/{case_id}/state")
async def change_state(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    wanted: StateWish,
) -> CaseRead:
    """Lead the case to another state (`If-Match` with the ETag last read)."""
    case = await service.change_state(session, principal, case_id, wanted, request)
    response.headers["ETag"] = etag_of(case.version)
    return case


@router.get("/cases/{case_id}/advisors")
async def list_advisors(principal: Adviser, session: ReadSession, case_id: UUID) -> Page[Advisor]:
    """Who of one's own team can advise in the case."""
    return Page(items=await service.list_advisors(session, principal, case_id))
