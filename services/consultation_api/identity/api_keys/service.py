"""Use cases of API keys."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.api_keys import repository, rules
from services.consultation_api.identity.api_keys.models import ApiKey
from services.consultation_api.identity.api_keys.schemas import (
    ApiKeyCreate,
    ApiKeyRead,
    ApiKeyState,
)
from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.refusals import refuse
from services.consultation_api.settings import ConsultationSettings
from services.shared import audit
from services.shared.auth import hash_secret
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import Forbidden, NotFound


async def list_visible(
    session: AsyncSession, *, before: UUID | None, limit: int
) -> list[ApiKeyRead]:
    """Up to `limit` keys of the principal's organisation, the newest first."""
    now = datetime.now(UTC)
    return [
        _read(key, now) for key in await repository.list_keys(session, before=before, limit=limit)
    ]


async def create(
    session: AsyncSession,
    settings: ConsultationSettings,
    principal: Principal,
    wanted: ApiKeyCreate,
) -> tuple[ApiKeyRead, str]:
    """Make a key of the principal's organisation; the key as kept, and the secret.

    Raises `Invalid` for a right or an area beyond the principal's own, or a bad expiry.
    """
    if principal.subject_id is None or principal.organisation_id is None:
        raise Forbidden("right_missing", "API-Schlüssel legen nur angemeldete Personen an.")
    now = datetime.now(UTC)
    refuse(
        rules.faults(
            rights=wanted.rights,
            creator_rights=principal.rights,
            area_codes=wanted.area_codes,
            organisation_area_codes=principal.area_codes,
            expires_at=wanted.expires_at,
            now=now,
            longest_life=settings.api_key_longest_life,
        )
    )
    prefix, secret = rules.new_key()
    key = ApiKey(
        id=new_id(),
        organisation_id=principal.organisation_id,
        name=wanted.name,
        prefix=prefix,
        secret_hash=hash_secret(secret),
        rights=wanted.rights,
        area_codes=wanted.area_codes,
        created_at=now,
        created_by=principal.subject_id,
        expires_at=wanted.expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    await repository.add(session, key)
    await audit.record(
        session,
        SCHEMA,
        principal,
        "api_key.created",
        "api_key",
        key.id,
        sorted(wanted.model_fields_set),
    )
    return _read(key, now), secret


async def revoke(session: AsyncSession, principal: Principal, key_id: UUID) -> None:
    """Revoke a key at once; doing it again changes nothing. Raises `NotFound`."""
    key = await repository.get_for_change(session, key_id)
    if key is None:
        raise NotFound("api_key_not_found", "Diesen API-Schlüssel gibt es nicht.")
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
        await session.flush()
        await audit.record(session, SCHEMA, principal, "api_key.revoked", "api_key", key.id)


def _read(key: ApiKey, now: datetime) -> ApiKeyRead:
    return ApiKeyRead(
        id=key.id,
        organisation_id=key.organisation_id,
        name=key.name,
        prefix=key.prefix,
        rights=key.rights,
        area_codes=key.area_codes,
        state=_state(key, now),
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _state(key: ApiKey, now: datetime) -> ApiKeyState:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= now else "active"
