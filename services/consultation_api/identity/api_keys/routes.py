"""HTTP of API keys."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Request, Response

from services.consultation_api.identity.api_keys import service
from services.consultation_api.identity.api_keys.schemas import (
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
)
from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.cursors import newest_before
from services.consultation_api.identity.dependencies import SettingsDependency
from services.shared.auth import Requires
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

router = feature_router("API-Schlüssel")
Manager = Annotated[Principal, Requires("api_keys:manage")]


@router.get("/api-keys")
async def list_api_keys(
    _principal: Manager,
    session: ReadSession,
    request: Request,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ApiKeyRead]:
    """The own organisation's keys, the newest first; revoked and expired ones too."""
    rows = await service.list_visible(session, before=newest_before(cursor), limit=limit + 1)
    items, has_more = cut(rows, limit)
    following = encode_cursor(str(items[-1].id)) if has_more else None
    link_next(request, response, following)
    reason = Reason(
        code="no_api_keys",
        detail="Ihre Organisation hat noch keinen API-Schlüssel.",
        suggestion="Legen Sie einen an, damit ein Fachverfahren liefern oder abrufen kann.",
    )
    return Page(items=items, next=following, reason=None if items else reason)


@router.post("/api-keys", status_code=201, response_model=ApiKeyCreated)
async def create_api_key(
    principal: Manager,
    session: WriteSession,
    request: Request,
    settings: SettingsDependency,
    wanted: ApiKeyCreate,
    key: IdempotencyKey,
) -> Response:
    """Make a key. The answer alone holds the secret; a repetition answers without it."""
    secrets: list[str] = []

    async def act() -> Outcome:
        made, secret = await service.create(session, settings, principal, wanted)
        secrets.append(secret)
        body = ApiKeyCreated(**made.model_dump(), secret=None)
        return Outcome(
            201,
            body.model_dump(mode="json"),
            {"Location": f"/v1/api-keys/{made.id}", "Cache-Control": "no-store"},
        )

    stored = await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)
    if not secrets:
        return stored
    # What is kept for repetitions must not hold the secret, so it is put in afterwards.
    headers = {name: stored.headers[name] for name in ("Location", "Cache-Control")}
    body = orjson.loads(stored.body) | {"secret": secrets[0]}
    return Response(
        orjson.dumps(body), status_code=201, media_type="application/json", headers=headers
    )


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(principal: Manager, session: WriteSession, key_id: UUID) -> None:
    """Revoke a key; it stops working at once."""
    await service.revoke(session, principal, key_id)
