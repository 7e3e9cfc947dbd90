"""HTTP of organisations."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.cursors import name_and_id
from services.consultation_api.identity.inputs import Line
from services.consultation_api.identity.organisations import repository, service
from services.consultation_api.identity.organisations.rules import OrganisationKind
from services.consultation_api.identity.organisations.schemas import (
    OrganisationChange,
    OrganisationCreate,
    OrganisationRead,
)
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified, require_match
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    Reason,
    cut,
    encode_cursor,
    link_next,
)
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Organisationen")
Reader = Annotated[Principal, Requires("organisations:read")]
Manager = Annotated[Principal, Requires("organisations:manage")]


@router.get("/organisations")
async def list_organisations(
    _principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    q: Annotated[Line | None, Query(description="Teil des Namens oder der Kurzform")] = None,
    kind: OrganisationKind | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OrganisationRead]:
    """The organisations that the caller may see, by name."""
    rows = await repository.list_organisations(
        session, search=q, kind=kind, after=name_and_id(cursor), limit=limit + 1
    )
    items, has_more = cut(rows, limit)
    following = encode_cursor(items[-1].name, str(items[-1].id)) if has_more else None
    link_next(request, response, following)
    return Page(
        items=[OrganisationRead.model_validate(item) for item in items],
        next=following,
        reason=None if items else _reason(q, kind),
    )


def _reason(search: str | None, kind: str | None) -> Reason:
    if search is None and kind is None:
        return Reason(code="none_visible", detail="Es gibt keine weitere Organisation.")
    return Reason(
        code="none_match",
        detail="Keine Organisation, die Sie sehen dürfen, passt zu dieser Auswahl.",
        suggestion="Suchen Sie mit einem Teil des Namens oder ohne Art der Organisation.",
    )


@router.post("/organisations", status_code=201, response_model=OrganisationRead)
async def create_organisation(
    principal: Manager,
    session: WriteSession,
    request: Request,
    wanted: OrganisationCreate,
    key: IdempotencyKey,
) -> Response:
    """Add an organisation."""

    async def act() -> Outcome:
        organisation = await service.create(session, principal, wanted)
        return Outcome(
            201,
            OrganisationRead.model_validate(organisation).model_dump(mode="json"),
            {
                "Location": f"/v1/organisations/{organisation.id}",
                "ETag": etag_of(organisation.row_version),
            },
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/organisations/{organisation_id}", response_model=OrganisationRead)
async def read_organisation(
    _principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    organisation_id: UUID,
) -> OrganisationRead | Response:
    """One organisation."""
    organisation = await service.require(session, organisation_id)
    etag = etag_of(organisation.row_version)
    response.headers["ETag"] = etag
    return not_modified(request, etag) or OrganisationRead.model_validate(organisation)


@router.patch("/organisations/{organisation_id}")
async def change_organisation(
    principal: Manager,
    session: WriteSession,
    request: Request,
    response: Response,
    organisation_id: UUID,
    wanted: OrganisationChange,
) -> OrganisationRead:
    """Change an organisation; needs the ETag that was read, in `If-Match`."""
    organisation = await service.change(
        session, principal, organisation_id, wanted, partial(require_match, request)
    )
    response.headers["ETag"] = etag_of(organisation.row_version)
    return OrganisationRead.model_validate(organisation)
