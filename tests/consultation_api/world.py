"""Organisations and accounts for tests, arranged past the API by the administrator."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from tests.support.databases import TestDatabase
from tests.support.people import PASSWORD, People


@dataclass(frozen=True)
class Person:
    """An account that can log in with PASSWORD, and where it works."""

    id: UUID
    name: str
    organisation_id: UUID


@dataclass
class World:
    """A database under test, the application over it, and ways to fill and call it."""

    database: TestDatabase
    app: FastAPI
    client: httpx.AsyncClient
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def organisation(
        self,
        name: str,
        kind: str = "kommune",
        area_codes: tuple[str, ...] = ("99001001",),
        parent_id: UUID | None = None,
    ) -> UUID:
        """Add an organisation; its id."""
        return People(self.database).organisation(name, kind, area_codes, parent_id)

    def account(self, name: str, organisation_id: UUID, *roles: str) -> Person:
        """Add an account with these roles in the organisation."""
        return Person(
            People(self.database).account(name, organisation_id, *roles), name, organisation_id
        )

    def membership(
        self, account_id: UUID, organisation_id: UUID, role: str, until: str | None = None
    ) -> UUID:
        """Give an account a role; the membership's id."""
        return People(self.database).membership(account_id, organisation_id, role, until)

    async def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Send a name and a password."""
        return await self.client.post(
            "/v1/tokens", json={"grant_type": "password", "name": name, "password": password}
        )

    async def headers(self, person: Person) -> dict[str, str]:
        """The headers of a logged-in person; logs in at the first call."""
        if person.name not in self.tokens:
            response = await self.log_in(person.name)
            assert response.status_code == 201, response.text
            self.tokens[person.name] = response.json()
        return bearer(self.tokens[person.name]["access_token"])

    def audit(self) -> list[tuple[str, str]]:
        """Action and record of all audit rows, the oldest first."""
        rows = self.database.execute("SELECT action, record_id FROM identity.audit ORDER BY id")
        return [(str(action), str(record)) for action, record in rows]


def bearer(token: str) -> dict[str, str]:
    """The header for a token."""
    return {"Authorization": f"Bearer {token}"}


def once() -> dict[str, str]:
    """The header of a new creating request."""
    return {"Idempotency-Key": str(uuid4())}


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem document with this status and code, in German; the document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code
    assert document["title"]
    assert document["detail"]
    return document
