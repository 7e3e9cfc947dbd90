"""The services in process over one test database, with their workers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from services.consultation_api.app import create_app as create_consultation
from services.consultation_api.settings import ConsultationSettings
from services.indicator_api.app import create_app as create_indicator
from services.indicator_api.settings import IndicatorSettings
from services.indicator_api.worker import QUEUES, build_worker
from services.report_api.app import create_app as create_report
from services.report_api.settings import ReportSettings
from services.report_api.worker import QUEUE as REPORT_QUEUE
from services.report_api.worker import build_worker as build_report_worker
from tests.support.applications import lent_service
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.people import PASSWORD, People


def indicator_settings(database: TestDatabase, objects: Path, **changes: Any) -> IndicatorSettings:
    """Settings of indicator_api for a test database and a folder of files."""
    values = {
        "environment": "development",
        "QB_INDICATOR_DATABASE_URL": database.service_url("indicator"),
        "token_verify_key": signing_key_pair()[1],
        "object_store_url": objects.as_uri(),
        "log_level": "ERROR",
        **changes,
    }
    return IndicatorSettings(**values)


def consultation_settings(database: TestDatabase, **changes: Any) -> ConsultationSettings:
    """Settings of consultation_api for a test database."""
    private, public = signing_key_pair()
    values = {
        "environment": "development",
        "QB_CONSULTATION_DATABASE_URL": database.service_url("consultation"),
        "token_signing_key": private,
        "token_verify_key": public,
        "log_level": "ERROR",
        **changes,
    }
    return ConsultationSettings(**values)


def report_settings(database: TestDatabase, objects: Path, **changes: Any) -> ReportSettings:
    """Settings of report_api for a test database and a folder of files."""
    values = {
        "environment": "development",
        "QB_REPORT_DATABASE_URL": database.service_url("report"),
        "token_verify_key": signing_key_pair()[1],
        "object_store_url": objects.as_uri(),
        "log_level": "ERROR",
        **changes,
    }
    return ReportSettings(**values)


@dataclass(slots=True)
class Stack:
    """The services over one database, and ways to fill and to call them."""

    database: TestDatabase
    indicator_app: FastAPI
    consultation_app: FastAPI
    report_app: FastAPI
    indicator: httpx.AsyncClient
    consultation: httpx.AsyncClient
    report: httpx.AsyncClient
    worker_settings: IndicatorSettings
    report_worker_settings: ReportSettings
    people: People
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def transports(self) -> dict[str, httpx.AsyncBaseTransport]:
        """The services in process, for `web.app.create_app`."""
        return {
            "indicator_api": httpx.ASGITransport(self.indicator_app),
            "consultation_api": httpx.ASGITransport(self.consultation_app),
            "report_api": httpx.ASGITransport(self.report_app),
        }

    async def token(self, name: str) -> str:
        """An access token of the account with this name."""
        if name not in self.tokens:
            answer = await self.consultation.post(
                "/v1/tokens", json={"grant_type": "password", "name": name, "password": PASSWORD}
            )
            assert answer.status_code == 201, answer.text
            self.tokens[name] = answer.json()["access_token"]
        return self.tokens[name]

    async def as_account(self, name: str) -> dict[str, str]:
        """The headers of the account with this name."""
        return as_bearer(await self.token(name))

    async def run_jobs(self) -> None:
        """Do all jobs that wait in indicator_api's queue, then return."""
        app, context = build_worker(self.worker_settings)
        async with app.open_async():
            await app.run_worker_async(queues=QUEUES, wait=False, install_signal_handlers=False)
        await context.database.close()

    async def run_report_jobs(self) -> None:
        """Do all jobs that wait in report_api's queue, then return."""
        app, context = build_report_worker(self.report_worker_settings)
        async with app.open_async():
            await app.run_worker_async(
                queues=[REPORT_QUEUE], wait=False, install_signal_handlers=False
            )
        await context.database.close()

    async def deliver(
        self,
        key: str,
        dataset: str,
        body: bytes | str,
        *,
        content_type: str = "text/csv",
        idempotency_key: str | None = None,
        **options: str,
    ) -> dict[str, Any]:
        """Deliver a file with an API key or token, have it processed; the delivery as it ended.

        `options` are further parameters of the request.
        """
        answer = await self.indicator.post(
            "/v1/deliveries",
            params={"dataset": dataset, "filename": "test.csv"} | options,
            content=body.encode() if isinstance(body, str) else body,
            headers=as_bearer(key)
            | {
                "Content-Type": content_type,
                "Idempotency-Key": idempotency_key or str(uuid4()),
            },
        )
        assert answer.status_code == 202, answer.text
        await self.run_jobs()
        return await self.read(key, answer.headers["Location"])

    async def release(self, key: str, dataset: str, audience: str = "public") -> dict[str, Any]:
        """Prepare and publish a release; the release as it ended."""
        answer = await self.indicator.post(
            "/v1/releases",
            json={"dataset": dataset, "audience": audience},
            headers=as_bearer(key) | new_key(),
        )
        assert answer.status_code == 202, answer.text
        await self.run_jobs()
        location = answer.headers["Location"]
        draft = await self.indicator.get(location, headers=as_bearer(key))
        assert draft.json()["state"] == "draft", draft.text
        published = await self.indicator.post(
            f"{location}/publish",
            headers=as_bearer(key) | {"If-Match": draft.headers["ETag"]},
        )
        assert published.status_code == 202, published.text
        await self.run_jobs()
        return await self.read(key, location)

    async def read(self, key: str, path: str) -> dict[str, Any]:
        """A JSON document of indicator_api."""
        answer = await self.indicator.get(path, headers=as_bearer(key))
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


def as_bearer(token: str) -> dict[str, str]:
    """The header for a token or API key."""
    return {"Authorization": f"Bearer {token}"}


def new_key() -> dict[str, str]:
    """The header of a new creating request."""
    return {"Idempotency-Key": str(uuid4())}


@asynccontextmanager
async def open_stack(
    database: TestDatabase, objects: Path, **indicator_changes: Any
) -> AsyncIterator[Stack]:
    """The services in process over a database, closed at the end."""
    settings = indicator_settings(database, objects, **indicator_changes)
    for_advice = consultation_settings(database)
    for_reports = report_settings(database, objects)
    async with AsyncExitStack() as at_end:
        indicator_app = await at_end.enter_async_context(lent_service(create_indicator, settings))
        consultation_app = await at_end.enter_async_context(
            lent_service(create_consultation, for_advice)
        )
        report_app = await at_end.enter_async_context(lent_service(create_report, for_reports))
        yield Stack(
            database=database,
            indicator_app=indicator_app,
            consultation_app=consultation_app,
            report_app=report_app,
            indicator=await at_end.enter_async_context(_client(indicator_app)),
            consultation=await at_end.enter_async_context(_client(consultation_app)),
            report=await at_end.enter_async_context(_client(report_app)),
            worker_settings=settings,
            report_worker_settings=for_reports,
            people=People(database),
        )


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
