"""The part of indicator_api that delivers and releases figures."""

from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

import httpx

from web.clients.base import present
from web.clients.delivery_steps import DeliveryStepCalls, delivery_of, delivery_path
from web.clients.delivery_types import Delivery, Finding, HiddenCell, Release
from web.clients.delivery_wish import DeliveryWish
from web.clients.indicator_types import Dataset, Listing

_WHOLE_LIST_LIMIT = 500
"""Datasets asked for at once: the most the service gives."""


class DeliveryCalls(DeliveryStepCalls):
    """Deliveries and releases; mixed into `IndicatorClient`.

    Creating calls take the caller's `idempotency_key`: the form carries it, so that a form sent
    twice is one delivery.
    """

    async def own_datasets(self) -> tuple[Dataset, ...]:
        """The datasets that the place one works for holds: what it may deliver and release."""
        params = present(own="true", limit=_WHOLE_LIST_LIMIT)
        page = Listing[Dataset].model_validate(await self.get_json("/v1/datasets", params))
        return page.items

    async def create_delivery(
        self,
        wish: DeliveryWish,
        content: bytes | AsyncIterable[bytes],
        *,
        content_type: str,
        filename: str | None,
        idempotency_key: str,
    ) -> Delivery:
        """Hand in a file (202), in pieces where `content` is an iterable; the check follows."""
        response = await self.send(
            "POST",
            "/v1/deliveries",
            params=present(**wish.parameters(), filename=filename),
            content=content,
            headers={"Content-Type": content_type, "Idempotency-Key": idempotency_key},
        )
        return Delivery.model_validate(response.json())

    async def deliveries(
        self,
        *,
        state: str | None = None,
        dataset: str | None = None,
        is_waiting: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Delivery]:
        """One page of the deliveries of the caller's organisation, newest first.

        `is_waiting`: only those that wait for a decision, the oldest first.
        """
        params = present(
            state=state,
            dataset=dataset,
            waiting="true" if is_waiting else None,
            limit=limit,
            cursor=cursor,
        )
        return Listing[Delivery].model_validate(await self.get_json("/v1/deliveries", params))

    async def delivery(self, delivery_id: str) -> Delivery:
        """A delivery's status document with the ETag its decisions ask for."""
        return delivery_of(await self.send("GET", delivery_path(delivery_id)))

    async def findings(
        self,
        delivery_id: str,
        *,
        code: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Finding]:
        """One page of a delivery's findings, in the order of the file's rows."""
        params = present(code=code, limit=limit, cursor=cursor)
        return Listing[Finding].model_validate(
            await self.get_json(f"{delivery_path(delivery_id)}/findings", params)
        )

    def delivery_file(self, delivery_id: str) -> AbstractAsyncContextManager[httpx.Response]:
        """The file as it was sent, streamed."""
        return self.stream(f"{delivery_path(delivery_id)}/file")

    async def create_release(
        self, dataset: str, audience: str, *, note: str, idempotency_key: str
    ) -> Release:
        """Begin a release (202): a draft that is being checked."""
        response = await self.send(
            "POST",
            "/v1/releases",
            json={"dataset": dataset, "audience": audience, "note": note},
            headers={"Idempotency-Key": idempotency_key},
        )
        return _release(response)

    async def releases(
        self,
        *,
        own: bool = False,
        dataset: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Release]:
        """One page of releases, newest first; `own` keeps those of the place one works for."""
        params = present(
            own="true" if own else None, dataset=dataset, state=state, limit=limit, cursor=cursor
        )
        return Listing[Release].model_validate(await self.get_json("/v1/releases", params))

    async def release(self, release_id: str) -> Release:
        """A release with its check and the ETag its actions ask for."""
        return _release(await self.send("GET", _release_path(release_id)))

    async def hidden_cells(self, release_id: str) -> tuple[HiddenCell, ...]:
        """The first cells a release hides, with raw values; for the holder only."""
        path = f"{_release_path(release_id)}/hidden"
        return Listing[HiddenCell].model_validate(await self.get_json(path)).items

    async def publish_release(
        self, release_id: str, *, etag: str, is_second_person: bool = False
    ) -> Release:
        """Let a checked draft out (202), as its second person or where one is enough.

        412 where the draft changed since `etag`.
        """
        step = "confirm" if is_second_person else "publish"
        response = await self.send(
            "POST", f"{_release_path(release_id)}/{step}", headers={"If-Match": etag}
        )
        return _release(response)

    async def withdraw_release(
        self, release_id: str, *, reason: str, note: str, etag: str
    ) -> Release:
        """Withdraw a release for `error` or `disclosure`; the note is for the holder."""
        response = await self.send(
            "POST",
            f"{_release_path(release_id)}/withdraw",
            json={"reason": reason, "note": note},
            headers={"If-Match": etag},
        )
        return _release(response)


def _release_path(release_id: str) -> str:
    return f"/v1/releases/{quote(release_id, safe='')}"


def _release(response: httpx.Response) -> Release:
    """The release with the ETag of its answer."""
    release = Release.model_validate(response.json())
    return release.model_copy(update={"etag": response.headers.get("ETag", release.etag)})
