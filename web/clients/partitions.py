"""The part of indicator_api that keeps partitions, their addresses and sets of units."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import httpx

from web.clients.base import ServiceClient, present
from web.clients.indicator_types import Listing
from web.clients.partition_types import (
    Address,
    DirectoryCheck,
    Partition,
    PartitionDetail,
    SetDraft,
    UnitSet,
    UnitSetDetail,
)

_WHOLE_LIST_LIMIT = 500
_UNITS_LIMIT = 5000


class PartitionClient(ServiceClient):
    """Partitions and sets in the name of one visitor.

    Changes take the `etag` last read; creating calls the caller's `idempotency_key`.
    """

    service = "indicator_api"

    async def partitions(self) -> Listing[Partition]:
        """The partitions of the municipalities one acts for."""
        return Listing[Partition].model_validate(
            await self.get_json("/v1/partitions", {"limit": _WHOLE_LIST_LIMIT})
        )

    async def partition(self, code: str) -> PartitionDetail:
        """One partition with its units."""
        response = await self.send("GET", _partition(code))
        return PartitionDetail.model_validate(
            response.json() | {"etag": response.headers.get("etag", "")}
        )

    async def create_partition(
        self, values: Mapping[str, Any], idempotency_key: str
    ) -> PartitionDetail:
        """Set up a partition."""
        response = await self.send(
            "POST",
            "/v1/partitions",
            json=dict(values),
            headers={"Idempotency-Key": idempotency_key},
        )
        return PartitionDetail.model_validate(response.json())

    async def change_partition(self, code: str, values: Mapping[str, Any], etag: str) -> None:
        """Rename or end a partition."""
        await self.send("PATCH", _partition(code), json=dict(values), headers={"If-Match": etag})

    async def addresses(
        self, code: str, *, street: str | None, unit: str | None, cursor: str | None, limit: int
    ) -> Listing[Address]:
        """One page of a directory."""
        params = present(street=street, unit=unit, cursor=cursor, limit=limit)
        return Listing[Address].model_validate(
            await self.get_json(f"{_partition(code)}/addresses", params)
        )

    async def replace_addresses(self, code: str, content: bytes, etag: str) -> dict[str, Any]:
        """Hand in a directory as CSV; what it holds."""
        response = await self.send(
            "PUT",
            f"{_partition(code)}/addresses",
            content=content,
            headers={"If-Match": etag, "Content-Type": "text/csv"},
        )
        document: dict[str, Any] = response.json()
        return document

    async def check(self, code: str) -> DirectoryCheck:
        """Doubles and gaps of a directory."""
        return DirectoryCheck.model_validate(
            await self.get_json(f"{_partition(code)}/addresses/check")
        )

    async def compare(self, code: str, content: bytes) -> DirectoryCheck:
        """The same beside a list of all addresses of the town (CSV)."""
        response = await self.send(
            "POST",
            f"{_partition(code)}/addresses/check",
            content=content,
            headers={"Content-Type": "text/csv"},
        )
        return DirectoryCheck.model_validate(response.json())

    def order_file(self, code: str, encoding: str) -> AbstractAsyncContextManager[httpx.Response]:
        """The order file, streamed."""
        return self.stream(f"{_partition(code)}/addresses/order-file", {"encoding": encoding})

    async def shapes_within(self, municipality: str, kind: str) -> dict[str, Any]:
        """The areas of a level in a municipality as GeoJSON (EPSG:4326)."""
        params = present(
            within=municipality, kind=kind, detail="mid", f="geojson", limit=_UNITS_LIMIT
        )
        collection: dict[str, Any] = await self.get_json("/v1/areas", params)
        return collection

    async def shape_of(self, code: str, detail: str = "mid") -> dict[str, Any] | None:
        """The shape of one area as a GeoJSON geometry (EPSG:4326), None where it has none."""
        params = present(code=[code], detail=detail, f="geojson")
        collection: dict[str, Any] = await self.get_json("/v1/areas", params)
        features = collection.get("features") or [{}]
        geometry: dict[str, Any] | None = features[0].get("geometry")
        return geometry

    async def sets(
        self, *, municipality: str | None = None, is_own: bool = False
    ) -> Listing[UnitSet]:
        """Sets, of a municipality or of one's own organisation."""
        params = present(
            municipality=municipality, own="true" if is_own else None, limit=_WHOLE_LIST_LIMIT
        )
        return Listing[UnitSet].model_validate(await self.get_json("/v1/area-sets", params))

    async def unit_set(self, code: str) -> UnitSetDetail:
        """One set with its parts."""
        response = await self.send("GET", _set(code))
        return UnitSetDetail.model_validate(
            response.json() | {"etag": response.headers.get("etag", "")}
        )

    async def draft(self, values: Mapping[str, Any]) -> SetDraft:
        """What a set would be made of."""
        response = await self.send("POST", "/v1/area-sets/draft", json=dict(values))
        return SetDraft.model_validate(response.json())

    async def create_set(self, values: Mapping[str, Any], idempotency_key: str) -> UnitSetDetail:
        """Set up a set."""
        response = await self.send(
            "POST",
            "/v1/area-sets",
            json=dict(values),
            headers={"Idempotency-Key": idempotency_key},
        )
        return UnitSetDetail.model_validate(response.json())

    async def replace_parts(self, code: str, values: Mapping[str, Any], etag: str) -> None:
        """Make a set of other parts."""
        await self.send("PUT", f"{_set(code)}/parts", json=dict(values), headers={"If-Match": etag})

    async def change_set(self, code: str, values: Mapping[str, Any], etag: str) -> None:
        """Rename or end a set."""
        await self.send("PATCH", _set(code), json=dict(values), headers={"If-Match": etag})


def _partition(code: str) -> str:
    return f"/v1/partitions/{quote(code, safe='')}"


def _set(code: str) -> str:
    return f"/v1/area-sets/{quote(code, safe='')}"
