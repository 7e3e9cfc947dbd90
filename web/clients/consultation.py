"""consultation_api: sessions, accounts, organisations and API keys."""

from uuid import uuid4

import httpx

from web.clients.base import Document, ServiceClient, decode, present


class ConsultationClient(ServiceClient):
    """Identity as consultation_api offers it.

    Creating calls take the caller's `idempotency_key`: the form carries it, so that a form sent
    twice is done once.
    """

    service = "consultation_api"

    async def log_in(self, name: str, password: str, user_agent: str) -> Document:
        """Begin a session: `session_token`, `access_token`, `expires_in`, `session_expires_at`.

        `user_agent` is the browser's, by which one knows one's sessions apart.
        """
        body = {"grant_type": "password", "name": name, "password": password}
        headers = {"User-Agent": user_agent[:200]} if user_agent else {}
        response = await self.send("POST", "/v1/tokens", json=body, headers=headers)
        document: Document = decode(self.service, response)
        return document

    async def exchange(self, session_token: str) -> Document:
        """A short-lived `access_token` (with `expires_in` in seconds) for a session."""
        body = {"grant_type": "session", "session_token": session_token}
        return await self._create("/v1/tokens", body)

    async def log_out(self) -> None:
        """End the session this client speaks for."""
        await self.send("DELETE", "/v1/sessions/current")

    async def me(self) -> Document:
        """Account, place one works for, roles, rights and memberships."""
        document: Document = await self.get_json("/v1/accounts/me")
        return document

    async def switch_place(self, organisation_id: str) -> None:
        """Work for another of one's organisations from now on."""
        await self._change("/v1/sessions/current", {"organisation_id": organisation_id}, "*")

    async def sessions(self) -> list[Document]:
        """One's own sessions."""
        return await self._items("/v1/sessions", limit=100)

    async def end_session(self, session_id: str) -> None:
        """Revoke one of one's own sessions."""
        await self.send("DELETE", f"/v1/sessions/{session_id}")

    async def change_password(self, current: str, new: str) -> None:
        """Set a new password; the current one must be right."""
        body = {"current_password": current, "new_password": new}
        await self._create("/v1/accounts/me/password", body)

    async def api_keys(self) -> list[Document]:
        """API keys of the place one works for."""
        return await self._items("/v1/api-keys", limit=100)

    async def create_api_key(self, body: Document, idempotency_key: str) -> Document:
        """A new key; `secret` is in this answer and never again."""
        return await self._create("/v1/api-keys", body, idempotency_key)

    async def revoke_api_key(self, key_id: str) -> None:
        """From now on the key is refused."""
        await self.send("DELETE", f"/v1/api-keys/{key_id}")

    async def roles(self) -> list[Document]:
        """All roles with `code` and `label`."""
        return await self._items("/v1/roles")

    async def organisations(
        self, q: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> Document:
        """A page of organisations by name: `items`, `next`, and `reason` when empty."""
        params = present(q=q, cursor=cursor, limit=limit)
        page: Document = await self.get_json("/v1/organisations", params)
        return page

    async def organisation(self, organisation_id: str) -> httpx.Response:
        """One organisation; the response carries its ETag."""
        return await self.get_raw(f"/v1/organisations/{organisation_id}")

    async def create_organisation(self, body: Document, idempotency_key: str) -> Document:
        """Add an organisation."""
        return await self._create("/v1/organisations", body, idempotency_key)

    async def change_organisation(self, organisation_id: str, body: Document, etag: str) -> None:
        """Change an organisation as it was when `etag` was read."""
        await self._change(f"/v1/organisations/{organisation_id}", body, etag)

    async def accounts(self, q: str | None = None, cursor: str | None = None) -> Document:
        """A page of accounts by login name: `items`, `next`, and `reason` when empty."""
        page: Document = await self.get_json("/v1/accounts", present(q=q, cursor=cursor))
        return page

    async def account(self, account_id: str) -> httpx.Response:
        """One account with its memberships; the response carries its ETag."""
        return await self.get_raw(f"/v1/accounts/{account_id}")

    async def create_account(self, body: Document, idempotency_key: str) -> Document:
        """Add an account."""
        return await self._create("/v1/accounts", body, idempotency_key)

    async def change_account(self, account_id: str, body: Document, etag: str) -> None:
        """Change an account as it was when `etag` was read."""
        await self._change(f"/v1/accounts/{account_id}", body, etag)

    async def add_membership(self, account_id: str, body: Document, idempotency_key: str) -> None:
        """Give an account a role in an organisation."""
        await self._create(f"/v1/accounts/{account_id}/memberships", body, idempotency_key)

    async def end_membership(self, account_id: str, membership_id: str) -> None:
        """Take a role in an organisation from an account."""
        await self.send("DELETE", f"/v1/accounts/{account_id}/memberships/{membership_id}")

    async def _items(self, path: str, limit: int | None = None) -> list[Document]:
        items: list[Document] = (await self.get_json(path, present(limit=limit)))["items"]
        return items

    async def _create(
        self, path: str, body: Document, idempotency_key: str | None = None
    ) -> Document:
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        response = await self.send("POST", path, json=body, headers=headers)
        created: Document = decode(self.service, response) or {}
        return created

    async def _change(self, path: str, body: Document, etag: str) -> None:
        await self.send("PATCH", path, json=body, headers={"If-Match": etag})
