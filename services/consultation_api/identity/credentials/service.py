"""Checking a name and a password, without telling which of the two is wrong."""

import hashlib
from uuid import UUID

from services.consultation_api.identity.accounts.rules import normalise_name
from services.consultation_api.identity.credentials import repository
from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.identity.principals import acting_as
from services.consultation_api.settings import ConsultationSettings
from services.shared.database import Database
from services.shared.problems import TooManyRequests


async def check(
    database: Database,
    settings: ConsultationSettings,
    passwords: Passwords,
    name: str,
    password: str,
) -> UUID | None:
    """The id of the active account with this name and password, or None.

    Each attempt is counted by name before the password is looked at, and forgotten when it was
    right. Raises `TooManyRequests` (429) beyond the limit, for unknown names as for known ones.
    """
    login_name = normalise_name(name)
    digest = hashlib.sha256(login_name.encode()).digest()
    async with database.bare_connection() as session:
        is_allowed = await repository.begin_attempt(
            session, digest, settings.login_attempts_within, settings.login_attempts
        )
        credential = await repository.find(session, login_name) if is_allowed else None
    if not is_allowed:
        raise _too_many(settings)
    verdict = await passwords.verify(
        password, credential.password_hash if credential is not None else None
    )
    if credential is None or not verdict.is_right or not credential.is_active:
        return None
    async with database.write_session(acting_as(credential.account_id)) as session:
        await repository.clear_attempts(session, digest)
        if verdict.new_hash is not None:
            await repository.store_hash(session, credential.account_id, verdict.new_hash)
    return credential.account_id


def _too_many(settings: ConsultationSettings) -> TooManyRequests:
    minutes = int(settings.login_attempts_within.total_seconds() // 60)
    return TooManyRequests(
        "too_many_attempts",
        f"Für diesen Namen gab es zu viele Versuche. Warten Sie {minutes} Minuten und versuchen "
        "Sie es dann noch einmal. Haben Sie Ihr Passwort vergessen, hilft die Verwaltung der "
        "Plattform.",
        headers={"Retry-After": str(minutes * 60)},
    )
