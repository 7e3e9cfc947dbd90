"""HTTP of accounts."""

import hmac
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.identity.accounts import repository, service
from services.consultation_api.identity.accounts.schemas import (
    AccountChange,
    AccountCreate,
    AccountRead,
    OwnAccount,
    PasswordChange,
)
from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.cursors import name_and_id
from services.consultation_api.identity.dependencies import (
    PasswordsDependency,
    SettingsDependency,
)
from services.consultation_api.identity.inputs import Line
from services.consultation_api.identity.memberships.schemas import (
    MembershipCreate,
    MembershipRead,
)
from services.consultation_api.settings import ConsultationSettings
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, not_modified, require_match
from services.shared.idempotency import (
    IdempotencyKey,
    Outcome,
    fingerprint,
    fingerprint_of_body,
    once,
)
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

router = feature_router("Konten")
Self = Annotated[Principal, Requires("account:self")]
Manager = Annotated[Principal, Requires("accounts:manage")]


@router.get("/accounts/me")
async def read_own_account(principal: Self, session: ReadSession) -> OwnAccount:
    """Who one is, for whom one works just now, and what one may do there."""
    return await service.read_own(session, principal)


@router.post("/accounts/me/password", status_code=204)
async def change_own_password(
    principal: Self,
    database: DatabaseDependency,
    settings: SettingsDependency,
    passwords: PasswordsDependency,
    wanted: PasswordChange,
) -> None:
    """Change the own password; ends all other sessions of the account."""
    await service.change_own_password(database, settings, passwords, principal, wanted)


@router.get("/accounts")
async def list_accounts(
    _principal: Manager,
    session: ReadSession,
    request: Request,
    response: Response,
    q: Annotated[Line | None, Query(description="Teil des Namens")] = None,
    organisation_id: UUID | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AccountRead]:
    """All accounts by login name, with their memberships."""
    rows = await repository.list_accounts(
        session,
        search=q,
        organisation_id=organisation_id,
        after=name_and_id(cursor),
        limit=limit + 1,
    )
    items, has_more = cut(rows, limit)
    following = encode_cursor(items[-1].name, str(items[-1].id)) if has_more else None
    link_next(request, response, following)
    reason = Reason(
        code="none_match",
        detail="Kein Konto passt zu dieser Auswahl.",
        suggestion="Suchen Sie mit einem Teil des Namens oder ohne Organisation.",
    )
    return Page(
        items=await service.describe(session, items),
        next=following,
        reason=None if items else reason,
    )


@router.post("/accounts", status_code=201, response_model=AccountRead)
async def create_account(
    principal: Manager,
    session: WriteSession,
    request: Request,
    settings: SettingsDependency,
    passwords: PasswordsDependency,
    wanted: AccountCreate,
    key: IdempotencyKey,
) -> Response:
    """Add an account, with memberships if given."""

    async def act() -> Outcome:
        account = await service.create(session, passwords, principal, wanted)
        return Outcome(
            201,
            account.model_dump(mode="json"),
            {"Location": f"/v1/accounts/{account.id}", "ETag": etag_of(account.row_version)},
        )

    mark = await _fingerprint_with_password(request, settings)
    return await once(session, SCHEMA, principal, key, mark, act)


async def _fingerprint_with_password(request: Request, settings: ConsultationSettings) -> bytes:
    """As `fingerprint_of_body`, but keyed: a stored plain hash would let a reader of the table
    try out passwords far faster than Argon2 allows."""
    secret = settings.token_signing_key.get_secret_value().encode()
    return fingerprint(request, hmac.digest(secret, await request.body(), "sha256"))


@router.get("/accounts/{account_id}", response_model=AccountRead)
async def read_account(
    _principal: Manager,
    session: ReadSession,
    request: Request,
    response: Response,
    account_id: UUID,
) -> AccountRead | Response:
    """One account with its memberships."""
    account = await service.read(session, account_id)
    etag = etag_of(account.row_version)
    response.headers["ETag"] = etag
    return not_modified(request, etag) or account


@router.patch("/accounts/{account_id}")
async def change_account(
    principal: Manager,
    session: WriteSession,
    request: Request,
    response: Response,
    passwords: PasswordsDependency,
    account_id: UUID,
    wanted: AccountChange,
) -> AccountRead:
    """Change an account; needs the ETag that was read, in `If-Match`."""
    account = await service.change(
        session, passwords, principal, account_id, wanted, partial(require_match, request)
    )
    response.headers["ETag"] = etag_of(account.row_version)
    return account


@router.post("/accounts/{account_id}/memberships", status_code=201, response_model=MembershipRead)
async def add_membership(
    principal: Manager,
    session: WriteSession,
    request: Request,
    account_id: UUID,
    wanted: MembershipCreate,
    key: IdempotencyKey,
) -> Response:
    """Give an account a role in an organisation."""

    async def act() -> Outcome:
        membership = await service.add_membership(session, principal, account_id, wanted)
        return Outcome(201, membership.model_dump(mode="json"))

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.delete("/accounts/{account_id}/memberships/{membership_id}", status_code=204)
async def remove_membership(
    principal: Manager, session: WriteSession, account_id: UUID, membership_id: UUID
) -> None:
    """Take a role from an account; takes effect at its next request."""
    await service.remove_membership(session, principal, account_id, membership_id)
