"""The part of indicator_api that knows how areas changed."""

from collections.abc import AsyncIterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from pydantic import Field

from web.clients.base import Query, ServiceClient, present
from web.clients.indicator_types import AreaRef, Listing, Record

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ChangeLink(Record):
    """One way of a change; without an end on one side it began or ended."""

    before: AreaRef | None = Field(default=None, alias="from")
    after: AreaRef | None = Field(default=None, alias="to")
    share: float | None = None
    basis: str | None = None


class AreaChange(Record):
    """A change of areas with its day, its law and all its ways."""

    id: int
    kind: str
    kind_label: str
    effective_on: date
    is_day_known: bool = True
    is_derived: bool = False
    title: str
    legal_basis: str = ""
    source: str = ""
    note: str = ""
    links: tuple[ChangeLink, ...] = ()


class DirectoryFinding(Record):
    """Why a directory was not taken; `row` of the sheet, where it is one row's."""

    row: int | None = None
    code: str = ""
    detail: str = ""


class AreaDirectory(Record):
    """An official directory that was handed in, and what became of it."""

    id: str
    filename: str | None = None
    stands_on: date | None = None
    title: str = ""
    state: str
    progress: dict[str, Any] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    findings: tuple[DirectoryFinding, ...] = ()
    created_at: datetime
    finished_at: datetime | None = None


class AreaChangesClient(ServiceClient):
    """Changes of areas in the name of one visitor."""

    service = "indicator_api"

    async def changes(
        self, asked: Query, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[AreaChange]:
        """One page of changes for the parameters of `GET /v1/area-events`, the latest first."""
        params = {**asked, **present(limit=limit, cursor=cursor)}
        return Listing[AreaChange].model_validate(await self.get_json("/v1/area-events", params))

    async def change(self, number: int) -> AreaChange:
        """One change with all its ways."""
        return AreaChange.model_validate(await self.get_json(f"/v1/area-events/{number}"))

    async def record(self, values: Mapping[str, Any], idempotency_key: str) -> AreaChange:
        """Record a change."""
        response = await self.send(
            "POST",
            "/v1/area-events",
            json=dict(values),
            headers={"Idempotency-Key": idempotency_key},
        )
        return AreaChange.model_validate(response.json())

    async def rehearse(self, values: Mapping[str, Any], idempotency_key: str) -> AreaChange:
        """What a change would be once recorded; nothing is kept of it."""
        response = await self.send(
            "POST",
            "/v1/area-events",
            params={"dry_run": "true"},
            json=dict(values),
            headers={"Idempotency-Key": idempotency_key},
        )
        return AreaChange.model_validate(response.json() | {"id": 0})

    async def directories(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[AreaDirectory]:
        """One page of the directories handed in, newest first."""
        params = present(limit=limit, cursor=cursor)
        document = await self.get_json("/v1/area-directories", params)
        return Listing[AreaDirectory].model_validate(document)

    async def directory(self, directory_id: str) -> AreaDirectory:
        """What became of a directory."""
        path = f"/v1/area-directories/{quote(directory_id, safe='')}"
        return AreaDirectory.model_validate(await self.get_json(path))

    async def send_directory(
        self, content: AsyncIterable[bytes], *, filename: str, idempotency_key: str
    ) -> AreaDirectory:
        """Hand a directory in (202), in pieces."""
        response = await self.send(
            "POST",
            "/v1/area-directories",
            params={"filename": filename},
            content=content,
            headers={"Content-Type": XLSX, "Idempotency-Key": idempotency_key},
        )
        return AreaDirectory.model_validate(response.json())
