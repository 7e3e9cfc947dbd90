"""Which place an account works for, and the life of tokens."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

SESSION_TOKEN_PREFIX = "qbs_"  # noqa: S105 - a name, not a secret


def new_session_token() -> str:
    """A random session token of 256 bits; it means nothing but to the database."""
    return SESSION_TOKEN_PREFIX + secrets.token_urlsafe(32)


def choose_place(places: Sequence[UUID], last: UUID | None) -> UUID | None:
    """The organisation to work for after logging in: the last one if it still may be.

    `places` are those of today's memberships, the oldest first; None if there is none.
    """
    if last is not None and last in places:
        return last
    return places[0] if places else None


def access_claims(
    *,
    issuer: str,
    audience: str,
    account_id: UUID,
    session_id: UUID,
    now: datetime,
    lifetime: timedelta,
) -> dict[str, Any]:
    """The claims of an access token (RFC 7519): who, in which session, until when."""
    issued_at = int(now.timestamp())
    return {
        "iss": issuer,
        "aud": audience,
        "sub": str(account_id),
        "sid": str(session_id),
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
    }
