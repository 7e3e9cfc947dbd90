"""Somebody of the demo who asks for reports."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from deploy.demo.credentials import CredentialStore
from tests.support.stack import Stack, as_bearer

TEMPLATE = "gemeindeprofil"


@dataclass(slots=True)
class Desk:
    """An account of the demo with its services; `account` is its login name."""

    stack: Stack
    store: CredentialStore
    account: str
    _token: str = field(default="")

    def of(self, account: str) -> "Desk":
        """The desk of another account."""
        return Desk(self.stack, self.store, account)

    async def headers(self) -> dict[str, str]:
        """The account's headers."""
        return as_bearer(await self.token())

    async def token(self) -> str:
        """An access token of the account."""
        if not self._token:
            answer = await self.stack.consultation.post(
                "/v1/tokens",
                json={
                    "grant_type": "password",
                    "name": self.account,
                    "password": self.store.password(self.account),
                },
            )
            assert answer.status_code == 201, answer.text
            self._token = answer.json()["access_token"]
        return self._token

    async def release(self, dataset: str, audience: str = "public") -> dict[str, Any]:
        """Release a dataset as its holder; the release as it ended."""
        return await self.stack.release(await self.token(), dataset, audience)

    async def withdraw(self, dataset: str, reason: str, audience: str = "public") -> None:
        """Take the present release of a dataset back, as its holder."""
        read, headers = self.stack.indicator, await self.headers()
        answer = await read.get(f"/v1/releases?dataset={dataset}&state=released", headers=headers)
        path = next(
            f"/v1/releases/{item['id']}"
            for item in answer.json()["items"]
            if item["audience"] == audience
        )
        await self.withdraw_release(path, reason)

    async def withdraw_release(self, path: str, reason: str) -> None:
        """Take a release back, by its path."""
        read, headers = self.stack.indicator, await self.headers()
        etag = (await read.get(path, headers=headers)).headers["ETag"]
        answer = await read.post(
            f"{path}/withdraw", json={"reason": reason}, headers=headers | {"If-Match": etag}
        )
        assert answer.status_code == 200, answer.text

    async def ask(
        self, area: str, *, key: str | None = None, template: str = TEMPLATE, **parameters: str
    ) -> httpx.Response:
        """Ask for a report."""
        return await self.stack.report.post(
            "/v1/reports",
            json={"template": template, "area": area, "parameters": parameters},
            headers=await self.headers() | {"Idempotency-Key": key or str(uuid4())},
        )

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Read something of report_api."""
        return await self.stack.report.get(path, headers=await self.headers() | headers)

    async def report(self, area: str, **parameters: str) -> dict[str, Any]:
        """Ask for a report and have it made; the report as it ended."""
        answer = await self.ask(area, **parameters)
        assert answer.status_code == 202, answer.text
        await self.stack.run_report_jobs()
        return await self.read(answer.headers["Location"])

    async def read(self, path: str) -> dict[str, Any]:
        """A JSON document of report_api."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def files(self, report: dict[str, Any]) -> dict[str, bytes]:
        """The bytes of a report's files and of its article."""
        path = f"/v1/reports/{report['id']}"
        found = {}
        for name in ("files/html", "files/pdf", "article"):
            answer = await self.get(f"{path}/{name}")
            assert answer.status_code == 200, answer.text
            found[name] = answer.content
        return found
