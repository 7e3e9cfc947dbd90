"""Organisations, accounts and API keys for tests, arranged past the API by the administrator."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.shared.auth import hash_secret
from services.shared.ids import new_id
from tests.support.databases import TestDatabase

PASSWORD = "Ahorn-Brücke-Laterne-7"


def quick_hasher() -> Argon2Hasher:
    """Argon2 is slow on purpose; with this little work it is as right, and quick."""
    return Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once."""
    return PasswordHash((quick_hasher(),)).hash(PASSWORD)


@dataclass(frozen=True, slots=True)
class People:
    """Who there is in a test database."""

    database: TestDatabase

    def organisation(
        self,
        name: str,
        kind: str = "kommune",
        area_codes: tuple[str, ...] = ("99001001",),
        parent_id: UUID | None = None,
    ) -> UUID:
        """Add an organisation; its id."""
        organisation_id = new_id()
        self.database.execute(
            "INSERT INTO identity.organisation (id, name, short_name, kind, parent_id,"
            " area_codes, created_at) VALUES (%s, %s, %s, %s, %s, %s, now())",
            organisation_id,
            name,
            name[:20],
            kind,
            parent_id,
            list(area_codes),
        )
        return organisation_id

    def account(self, name: str, organisation_id: UUID, *roles: str) -> UUID:
        """Add an account with these roles that can log in with PASSWORD; its id."""
        account_id = new_id()
        self.database.execute(
            "INSERT INTO identity.account (id, name, display_name, password_hash,"
            " password_changed_at, created_at) VALUES (%s, %s, %s, %s, now(), now())",
            account_id,
            name,
            f"Test {name}",
            password_hash(),
        )
        for role in roles:
            self.membership(account_id, organisation_id, role)
        return account_id

    def membership(
        self, account_id: UUID, organisation_id: UUID, role: str, until: str | None = None
    ) -> UUID:
        """Give an account a role; the membership's id."""
        membership_id = new_id()
        self.database.execute(
            "INSERT INTO identity.membership (id, account_id, organisation_id, role,"
            " valid_until, created_at) VALUES (%s, %s, %s, %s, %s, now())",
            membership_id,
            account_id,
            organisation_id,
            role,
            until,
        )
        return membership_id

    def api_key(
        self,
        organisation_id: UUID,
        rights: tuple[str, ...],
        *,
        area_codes: tuple[str, ...] | None = None,
        expires_in: timedelta = timedelta(days=30),
    ) -> str:
        """Add an API key with these rights; the key itself."""
        prefix = secrets.token_hex(4)
        key = f"qbk_{prefix}_{secrets.token_urlsafe(24)}"
        (codes,) = self.database.execute(
            "SELECT area_codes FROM identity.organisation WHERE id = %s", organisation_id
        )[0]
        creator = self.account(f"schluessel-{prefix}", organisation_id, "verwaltung")
        expires_at = datetime.now(UTC) + expires_in
        self.database.execute(
            "INSERT INTO identity.api_key (id, organisation_id, name, prefix, secret_hash,"
            " rights, area_codes, expires_at, created_by, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            new_id(),
            organisation_id,
            f"Test {prefix}",
            prefix,
            hash_secret(key),
            list(rights),
            codes if area_codes is None else list(area_codes),
            expires_at,
            creator,
            expires_at - timedelta(days=31),
        )
        return key
