"""The part of indicator_api that decides on deliveries and reads tables by a mapping."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import httpx

from web.clients.base import ServiceClient, present
from web.clients.delivery_mapping_types import MappedTable, SavedMapping, Understanding
from web.clients.delivery_types import Delivery
from web.clients.indicator_types import Listing

_ALL_MAPPINGS = 200
# A million rows with a remark each take the service a quarter of a minute, a busy one longer.
_SECONDS_TO_MAKE_A_FILE = 300.0


class DeliveryStepCalls(ServiceClient):
    """Decisions on deliveries and mappings; mixed into `IndicatorClient`.

    Calls that decide take the `etag` of the delivery as it was seen: 412 if it has changed since.
    """

    async def confirm_delivery(self, delivery_id: str, reason: str, *, etag: str) -> Delivery:
        """Take a delivery in spite of its warnings (202)."""
        return await self._decide(delivery_id, "confirm", etag, {"reason": reason})

    async def approve_delivery(self, delivery_id: str, *, etag: str) -> Delivery:
        """Agree, as a second person, that a delivery is taken (202)."""
        return await self._decide(delivery_id, "approve", etag)

    async def discard_delivery(self, delivery_id: str, *, etag: str) -> Delivery:
        """Give a waiting delivery up."""
        return await self._decide(delivery_id, "discard", etag)

    async def withdraw_delivery(self, delivery_id: str, reason: str, *, etag: str) -> Delivery:
        """Take an accepted delivery back as a whole (202)."""
        return await self._decide(delivery_id, "withdraw", etag, {"reason": reason})

    async def approve_withdrawal(self, delivery_id: str, *, etag: str) -> Delivery:
        """Agree, as a second person, that a delivery is taken back (202)."""
        return await self._decide(delivery_id, "approve-withdrawal", etag)

    async def keep_delivery(self, delivery_id: str, *, etag: str) -> Delivery:
        """Leave a delivery as it is whose withdrawal waits for a second person."""
        return await self._decide(delivery_id, "keep", etag)

    async def deliver_dry_run(
        self, delivery_id: str, *, etag: str, idempotency_key: str
    ) -> Delivery:
        """Deliver the file of a checked dry run (202): the new delivery."""
        response = await self.send(
            "POST",
            f"{delivery_path(delivery_id)}/deliver",
            headers={"If-Match": etag, "Idempotency-Key": idempotency_key},
        )
        return delivery_of(response)

    async def _decide(
        self, delivery_id: str, action: str, etag: str, document: dict[str, str] | None = None
    ) -> Delivery:
        response = await self.send(
            "POST",
            f"{delivery_path(delivery_id)}/{action}",
            json=document,
            headers={"If-Match": etag},
        )
        return delivery_of(response)

    async def mapped_table(
        self, delivery_id: str, place: Mapping[str, str] | None = None
    ) -> MappedTable:
        """The table as it stands beside how it is understood.

        `place` (`sheet`, `header_rows`, `skip_rows`) has another part of the file looked at.
        """
        path = f"{delivery_path(delivery_id)}/mapping"
        document = await self.get_json(path, present(**(place or {})))
        return MappedTable.model_validate(document)

    async def preview_mapping(self, delivery_id: str, document: dict[str, Any]) -> Understanding:
        """How the table would be understood by a mapping, without having it checked."""
        path = f"{delivery_path(delivery_id)}/mapping/preview"
        response = await self.send("POST", path, json={"document": document})
        return Understanding.model_validate(response.json())

    async def map_delivery(
        self, delivery_id: str, mapping: dict[str, Any] | str, *, etag: str
    ) -> Delivery:
        """Have the file read by a document, or by the saved mapping of a name (202)."""
        wanted = {"name": mapping} if isinstance(mapping, str) else {"document": mapping}
        response = await self.send(
            "PUT",
            f"{delivery_path(delivery_id)}/mapping",
            json=wanted,
            headers={"If-Match": etag},
        )
        return delivery_of(response)

    async def saved_mappings(self) -> tuple[SavedMapping, ...]:
        """The mappings of the place one works for, by name."""
        page = await self.get_json("/v1/delivery-mappings", present(limit=_ALL_MAPPINGS))
        return Listing[SavedMapping].model_validate(page).items

    async def saved_mapping(self, mapping_id: str) -> SavedMapping:
        """One saved mapping with the ETag its changes ask for."""
        return _saved(await self.send("GET", _mapping_path(mapping_id)))

    async def save_mapping(
        self, name: str, document: dict[str, Any], *, idempotency_key: str
    ) -> SavedMapping:
        """Keep a mapping under a name; 409 where the name is taken."""
        response = await self.send(
            "POST",
            "/v1/delivery-mappings",
            json={"name": name, "document": document},
            headers={"Idempotency-Key": idempotency_key},
        )
        return _saved(response)

    async def change_mapping(
        self, mapping_id: str, name: str, document: dict[str, Any], *, etag: str
    ) -> SavedMapping:
        """Rename or rewrite a saved mapping; 412 where it was changed meanwhile."""
        response = await self.send(
            "PUT",
            _mapping_path(mapping_id),
            json={"name": name, "document": document},
            headers={"If-Match": etag},
        )
        return _saved(response)

    async def delete_mapping(self, mapping_id: str, *, etag: str) -> None:
        """Delete a saved mapping; deliveries read by it keep it."""
        await self.send("DELETE", _mapping_path(mapping_id), headers={"If-Match": etag})

    def delivery_part(
        self, delivery_id: str, part: str, file_format: str = ""
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """A file of a delivery, streamed: `annotated`, `receipt` or `findings` in a format."""
        return self.stream(
            f"{delivery_path(delivery_id)}/{part}",
            present(f=file_format),
            seconds_to_begin=_SECONDS_TO_MAKE_A_FILE,
        )

    def dataset_template(
        self, dataset: str, indicator: str, period: str
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """The workbook to fill in for a dataset, streamed."""
        path = f"/v1/datasets/{quote(dataset, safe='')}/template.xlsx"
        return self.stream(path, present(indicator=indicator, period=period))


def delivery_path(delivery_id: str) -> str:
    """Where a delivery stands in the service."""
    return f"/v1/deliveries/{quote(delivery_id, safe='')}"


def delivery_of(response: httpx.Response) -> Delivery:
    """The delivery with the ETag of its answer."""
    delivery = Delivery.model_validate(response.json())
    return delivery.model_copy(update={"etag": response.headers.get("ETag", delivery.etag)})


def _mapping_path(mapping_id: str) -> str:
    return f"/v1/delivery-mappings/{quote(mapping_id, safe='')}"


def _saved(response: httpx.Response) -> SavedMapping:
    saved = SavedMapping.model_validate(response.json())
    return saved.model_copy(update={"etag": response.headers.get("ETag", saved.etag)})
