"""From the `Authorization` header to a principal, and the right that a route demands."""

import hashlib
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import text

from services.shared.database import Database
from services.shared.principal import PUBLIC, PUBLIC_RIGHTS, Principal
from services.shared.problems import Forbidden, Unauthorised

TOKEN_ISSUER = "quartierblick"  # noqa: S105 - a name, not a secret
TOKEN_AUDIENCE = "quartierblick"  # noqa: S105 - a name, not a secret
TOKEN_ALGORITHM = "Ed25519"  # noqa: S105 - a name, not a secret
API_KEY_PREFIX = "qbk_"

_UNAUTHORISED_DETAILS = {
    "token_missing": "Melden Sie sich an oder senden Sie einen API-Schlüssel im Kopf "
    "„Authorization: Bearer …“.",
    "token_invalid": "Der Zugangsnachweis ist nicht gültig. Melden Sie sich neu an.",
    "token_expired": "Der Zugangsnachweis ist abgelaufen. Holen Sie einen neuen.",
    "session_revoked": "Diese Sitzung wurde beendet. Melden Sie sich neu an.",
    "session_expired": "Diese Sitzung ist abgelaufen. Melden Sie sich neu an.",
    "account_inactive": "Dieses Konto ist nicht aktiv. Wenden Sie sich an Ihre Verwaltung.",
    "api_key_unknown": "Diesen API-Schlüssel gibt es nicht. Prüfen Sie, ob er vollständig ist.",
    "api_key_expired": "Dieser API-Schlüssel ist abgelaufen. Legen Sie einen neuen an.",
    "api_key_revoked": "Dieser API-Schlüssel wurde gesperrt. Legen Sie einen neuen an.",
}


def unauthorised(code: str) -> Unauthorised:
    """The 401 with this code and the challenge of RFC 6750."""
    error = "" if code == "token_missing" else ', error="invalid_token"'
    return Unauthorised(
        code,
        _UNAUTHORISED_DETAILS[code],
        headers={"WWW-Authenticate": f'Bearer realm="quartierblick"{error}'},
    )


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a random secret of high entropy (session token, API key); 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


# Names the scheme in the OpenAPI documents; the header is read and judged by `authenticate`.
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="Bearer",
    description="API-Schlüssel (qbk_…) oder Zugangstoken aus POST /v1/tokens",
)


async def authenticate(
    request: Request,
    _credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> Principal:
    """The principal behind the request: the public without a token, else as the token says.

    Rights come from the database at each request, so that revoking takes effect at once.
    Raises `Unauthorised` with a code that says what is wrong with the token.
    """
    header = request.headers.get("authorization")
    if header is None:
        return PUBLIC
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorised("token_invalid")
    token = token.strip()
    database = cast(Database, request.app.state.database)
    if token.startswith(API_KEY_PREFIX):
        return await _principal_of_api_key(database, token)
    return await _principal_of_session(database, _session_id(request, token))


def _session_id(request: Request, token: str) -> UUID:
    key = OKPKey.import_key(request.app.state.settings.token_verify_key)
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": TOKEN_ISSUER},
        aud={"essential": True, "value": TOKEN_AUDIENCE},
        exp={"essential": True},
        sid={"essential": True},
    )
    try:
        claims = jwt.decode(token, key, algorithms=[TOKEN_ALGORITHM]).claims
        registry.validate(claims)
        return UUID(claims["sid"])
    except ExpiredTokenError:
        raise unauthorised("token_expired") from None
    except (JoseError, ValueError):
        raise unauthorised("token_invalid") from None


async def _principal_of_session(database: Database, session_id: UUID) -> Principal:
    async with database.bare_connection() as session:
        row = (
            (
                await session.execute(
                    text("SELECT * FROM identity.session_principal(:id)"), {"id": session_id}
                )
            )
            .mappings()
            .first()
        )
    if row is None:
        raise unauthorised("session_revoked")
    if row["state"] != "active":
        codes = {"expired": "session_expired", "inactive": "account_inactive"}
        raise unauthorised(codes.get(row["state"], "session_revoked"))
    return _principal(dict(row), session_id)


async def _principal_of_api_key(database: Database, token: str) -> Principal:
    async with database.bare_connection() as session:
        row = (
            (
                await session.execute(
                    text("SELECT * FROM identity.api_key_principal(:hash)"),
                    {"hash": hash_secret(token)},
                )
            )
            .mappings()
            .first()
        )
    if row is None:
        raise unauthorised("api_key_unknown")
    if row["state"] != "active":
        raise unauthorised("api_key_expired" if row["state"] == "expired" else "api_key_revoked")
    return _principal(dict(row), None)


def _principal(row: dict[str, Any], session_id: UUID | None) -> Principal:
    return Principal(
        subject_id=row["subject_id"],
        subject_kind=row["subject_kind"],
        subject_name=row["subject_name"],
        organisation_id=row["organisation_id"],
        organisation_name=row["organisation_name"],
        organisation_kind=row["organisation_kind"],
        administration_id=row["administration_id"],
        roles=tuple(row["roles"]),
        rights=frozenset(row["rights"]) | PUBLIC_RIGHTS,
        area_codes=tuple(row["area_codes"]),
        audiences=frozenset(row["audiences"]),
        session_id=session_id,
    )


Authenticated = Annotated[Principal, Depends(authenticate)]


class RequiresRight:
    """Dependency: the principal, if it holds one of the rights; else 401 or 403.

    `right` names them for lists and answers, „areas:write|partitions:write“.
    """

    def __init__(self, *rights: str) -> None:
        self.rights = rights
        self.right = "|".join(rights)

    async def __call__(self, request: Request, principal: Authenticated) -> Principal:
        request.state.principal = principal
        if any(principal.has(right) for right in self.rights):
            return principal
        if principal.is_public:
            raise unauthorised("token_missing")
        named = " oder ".join(f"„{right}“" for right in self.rights)
        raise Forbidden(
            "right_missing",
            f"Ihre Rolle umfasst das Recht {named} nicht. Wer es vergeben kann, "
            "sagt Ihnen die Verwaltung Ihrer Organisation.",
            right=self.right,
        )


class OpenToAll:
    """Dependency of a route that anybody may call, with whatever rights they hold."""

    async def __call__(self, request: Request, principal: Authenticated) -> Principal:
        request.state.principal = principal
        return principal


def Requires(*rights: str) -> Any:  # noqa: N802 - reads as a declaration in a route
    """Declare the right a route needs: `Annotated[Principal, Requires("areas:read")]`.

    Of several rights one is enough; the use case tells what each of them reaches.
    """
    return Depends(RequiresRight(*rights))


def Public() -> Any:  # noqa: N802 - reads as a declaration in a route
    """Declare a route open to all: `Annotated[Principal, Public()]`."""
    return Depends(OpenToAll())
