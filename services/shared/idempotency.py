"""The same request sent twice acts once: `Idempotency-Key` on every POST that creates."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from services.shared.principal import Principal
from services.shared.problems import BadRequest, Invalid

MAXIMUM_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a creating request answers, and what its repetition answers again."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


async def require_key(
    idempotency_key: Annotated[
        str | None,
        Header(description="Frei gewählt, je Vorgang einmalig (z. B. eine UUID)"),
    ] = None,
) -> str:
    if not idempotency_key or not idempotency_key.strip():
        raise BadRequest(
            "idempotency_key_missing",
            "Senden Sie im Kopf „Idempotency-Key“ einen Wert, den Sie je Vorgang einmal "
            "vergeben, zum Beispiel eine UUID. Mit demselben Wert dürfen Sie gefahrlos "
            "wiederholen.",
        )
    if len(idempotency_key) > MAXIMUM_KEY_LENGTH:
        raise BadRequest(
            "idempotency_key_too_long",
            "Der Wert im Kopf „Idempotency-Key“ darf höchstens "
            f"{MAXIMUM_KEY_LENGTH} Zeichen haben.",
        )
    return idempotency_key.strip()


IdempotencyKey = Annotated[str, Depends(require_key)]


def fingerprint(request: Request, body_sha256: bytes) -> bytes:
    """What makes two requests the same: method, path, query and body; 32 bytes."""
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        digest.update(part.encode() + b"\x00")
    digest.update(body_sha256)
    return digest.digest()


async def fingerprint_of_body(request: Request) -> bytes:
    """The fingerprint of a request whose body fits in memory."""
    return fingerprint(request, hashlib.sha256(await request.body()).digest())


async def once(
    session: AsyncSession,
    schema: str,
    principal: Principal,
    key: str,
    request_fingerprint: bytes,
    action: Callable[[], Awaitable[Outcome]],
) -> Response:
    """Run `action` for this key's first use; answer every repetition with the first outcome.

    The key belongs to the organisation. The row is written in the action's own transaction:
    both stand or neither, and a repetition that comes at the same time waits for the first.
    Raises `Invalid` (422) if the key was used for another request.
    """
    scope = {"organisation_id": principal.organisation_id, "key": key}
    inserted = await session.execute(
        text(
            f"INSERT INTO {schema}.idempotency_key (organisation_id, key, fingerprint)"
            " VALUES (:organisation_id, :key, :fingerprint)"
            " ON CONFLICT (organisation_id, key) DO NOTHING RETURNING key"
        ),
        scope | {"fingerprint": request_fingerprint},
    )
    if inserted.first() is None:
        return await _repeat(session, schema, scope, request_fingerprint)
    outcome = await action()
    await session.execute(
        text(
            f"UPDATE {schema}.idempotency_key SET status = :status, body = CAST(:body AS jsonb),"
            " headers = CAST(:headers AS jsonb)"
            " WHERE organisation_id = :organisation_id AND key = :key"
        ),
        scope
        | {
            "status": outcome.status,
            "body": orjson.dumps(outcome.body).decode(),
            "headers": orjson.dumps(outcome.headers).decode(),
        },
    )
    return _response(outcome)


async def _repeat(
    session: AsyncSession, schema: str, scope: dict[str, Any], request_fingerprint: bytes
) -> Response:
    row = (
        await session.execute(
            text(
                f"SELECT fingerprint, status, body, headers FROM {schema}.idempotency_key"
                " WHERE organisation_id = :organisation_id AND key = :key"
            ),
            scope,
        )
    ).one()
    if bytes(row.fingerprint) != request_fingerprint:
        raise Invalid(
            "idempotency_key_reused",
            "Dieser „Idempotency-Key“ wurde schon für einen anderen Vorgang verwendet. "
            "Vergeben Sie einen neuen.",
        )
    outcome = Outcome(row.status, row.body, row.headers | {"Idempotency-Replayed": "true"})
    return _response(outcome)


def _response(outcome: Outcome) -> Response:
    return Response(
        orjson.dumps(outcome.body),
        status_code=outcome.status,
        media_type="application/json",
        headers=outcome.headers,
    )
