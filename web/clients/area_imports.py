"""The part of indicator_api that takes areas from files."""

from collections.abc import AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import httpx

from web.clients.area_import_types import AreaImport
from web.clients.base import ServiceClient, present
from web.clients.indicator_types import Listing


class AreaImportClient(ServiceClient):
    """Imports of areas in the name of one visitor."""

    service = "indicator_api"

    async def send_file(
        self,
        content: AsyncIterable[bytes],
        wanted: Mapping[str, str],
        *,
        filename: str,
        idempotency_key: str,
    ) -> AreaImport:
        """Hand a file in (202), in pieces; `wanted` says what it is handed in as."""
        response = await self.send(
            "POST",
            "/v1/area-imports",
            params=present(**wanted, filename=filename),
            content=content,
            headers={
                "Content-Type": "application/octet-stream",
                "Idempotency-Key": idempotency_key,
            },
        )
        return _import(response)

    async def imports(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[AreaImport]:
        """One page of the files of the caller's organisation, newest first."""
        params = present(limit=limit, cursor=cursor)
        return Listing[AreaImport].model_validate(await self.get_json("/v1/area-imports", params))

    async def one(self, import_id: str) -> AreaImport:
        """An import with the ETag its actions ask for."""
        return _import(await self.send("GET", _path(import_id)))

    async def remap(self, import_id: str, mapping: Mapping[str, Any], *, etag: str) -> AreaImport:
        """Say how the file is to be read and have it checked again (202)."""
        response = await self.send(
            "PUT", f"{_path(import_id)}/mapping", json=dict(mapping), headers={"If-Match": etag}
        )
        return _import(response)

    async def commit(self, import_id: str, *, etag: str, idempotency_key: str) -> AreaImport:
        """Take a checked file into the register (202)."""
        response = await self.send(
            "POST",
            f"{_path(import_id)}/commit",
            headers={"If-Match": etag, "Idempotency-Key": idempotency_key},
        )
        return _import(response)

    async def discard(self, import_id: str, *, etag: str) -> AreaImport:
        """Give a file up that was not taken."""
        return _import(await self.send("DELETE", _path(import_id), headers={"If-Match": etag}))

    def picture(
        self, import_id: str, width: int, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """The preview as SVG, streamed."""
        return self.stream(f"{_path(import_id)}/preview.svg", {"width": width}, headers)

    def geojson(
        self, import_id: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """The preview as GeoJSON, streamed."""
        return self.stream(f"{_path(import_id)}/preview.geojson", None, headers)


def _path(import_id: str) -> str:
    return f"/v1/area-imports/{quote(import_id, safe='')}"


def _import(response: httpx.Response) -> AreaImport:
    """The import with the ETag of its answer."""
    found = AreaImport.model_validate(response.json())
    return found.model_copy(update={"etag": response.headers.get("ETag", "")})
