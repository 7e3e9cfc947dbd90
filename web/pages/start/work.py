"""What waits for somebody who is logged in: deliveries, drafts, the state of the datasets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from web.clients.delivery_types import Delivery, Release
from web.clients.indicator_types import Area, Dataset, Listing
from web.pages.start.first_map import FirstMap, read_first_map
from web.panels import Panel, panel
from web.visit import Visit

T = TypeVar("T")

_MOST_ROWS = 6
_MOST_READ = 100
_MOST_AREAS = 8

# What the state means for the one who delivered: badge and words.
DELIVERY_WORDS = {
    "received": ("info", "eingegangen"),
    "checking": ("info", "wird geprüft"),
    "loading": ("info", "wird übernommen"),
    "accepted": ("success", "übernommen"),
    "rejected": ("danger", "zurückgewiesen"),
    "failed": ("danger", "abgebrochen"),
}

_NEEDS_SOMEBODY = {"rejected", "failed"}


# Levels a map of an area of this kind can show.
_LEVELS_BELOW = {
    "bund": ("kreis",),
    "land": ("gemeinde", "kreis"),
    "regierungsbezirk": ("gemeinde", "kreis"),
    "kreis": ("gemeinde",),
    "gemeinde": ("quartier",),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A dataset with its latest accepted delivery and its latest release."""

    dataset: Dataset
    delivered_at: datetime | None
    release: Release | None


@dataclass(frozen=True, slots=True)
class Work:
    """The start page's parts; a part the visitor has no right to is None."""

    deliveries: Panel[tuple[Delivery, ...]] | None
    drafts: Panel[tuple[Release, ...]] | None
    datasets: Panel[tuple[Held, ...]] | None
    areas: Panel[tuple[Area, ...]]
    own_map: Panel[FirstMap | None]

    @property
    def waiting(self) -> int:
        """How many things wait for somebody: faulty deliveries and drafts."""
        deliveries = self.deliveries.value if self.deliveries else None
        drafts = self.drafts.value if self.drafts else None
        return sum(item.state in _NEEDS_SOMEBODY for item in deliveries or ()) + len(drafts or ())


async def read_work(visit: Visit) -> Work:
    """Read all parts at once; each may fail by itself."""
    client = visit.indicator
    deliveries, releases, datasets, areas = await asyncio.gather(
        _part(
            visit, "deliveries:read", "Die Lieferungen", lambda: client.deliveries(limit=_MOST_READ)
        ),
        _part(visit, "releases:read", "Die Freigaben", lambda: client.releases(limit=_MOST_READ)),
        _part(visit, "datasets:read", "Die Datenbestände", client.datasets),
        panel(_own_areas(visit), "Ihre Gebiete"),
    )
    own_map = await panel(_own_map(visit, areas.value or ()), "Die Karte Ihres Gebiets")
    return Work(
        deliveries=_of(deliveries, lambda items: items[:_MOST_ROWS]),
        drafts=_of(releases, _drafts),
        datasets=_of(datasets, lambda items: _held(visit, items, deliveries, releases)),
        areas=areas,
        own_map=own_map,
    )


async def _part(
    visit: Visit, right: str, name: str, read: Callable[[], Awaitable[Listing[T]]]
) -> Panel[tuple[T, ...]] | None:
    if not visit.may(right):
        return None

    async def items() -> tuple[T, ...]:
        return (await read()).items

    return await panel(items(), name)


Out = TypeVar("Out")


def _of(
    source: Panel[tuple[T, ...]] | None, change: Callable[[tuple[T, ...]], tuple[Out, ...]]
) -> Panel[tuple[Out, ...]] | None:
    if source is None:
        return None
    return Panel(None if source.value is None else change(source.value), source.failure)


def _drafts(releases: tuple[Release, ...]) -> tuple[Release, ...]:
    return tuple(release for release in releases if release.state == "draft")


def _held(
    visit: Visit,
    datasets: tuple[Dataset, ...],
    deliveries: Panel[tuple[Delivery, ...]] | None,
    releases: Panel[tuple[Release, ...]] | None,
) -> tuple[Held, ...]:
    """One's own datasets, or all where one holds none; the longest untouched first."""
    place = visit.account.place["id"] if visit.account else None
    own = tuple(item for item in datasets if item.holder and item.holder.id == place)
    delivered: dict[str, datetime] = {}
    for delivery in (deliveries.value if deliveries else None) or ():
        if delivery.state == "accepted" and delivery.finished_at:
            delivered.setdefault(delivery.dataset.code, delivery.finished_at)
    released: dict[str, Release] = {}
    for release in (releases.value if releases else None) or ():
        if release.state == "released":
            released.setdefault(release.dataset.code, release)
    return tuple(
        Held(dataset, delivered.get(dataset.code), released.get(dataset.code))
        for dataset in own or datasets
    )


async def _own_areas(visit: Visit) -> tuple[Area, ...]:
    codes = visit.account.area_codes[:_MOST_AREAS] if visit.account else ()
    if not codes:
        return ()
    return (await visit.indicator.areas(code=codes)).items


async def _own_map(visit: Visit, areas: tuple[Area, ...]) -> FirstMap | None:
    """The map of the first of one's areas that has anything below it."""
    for area in areas:
        levels = _LEVELS_BELOW.get(area.kind)
        if levels:
            return await read_first_map(
                visit.indicator,
                (await visit.indicator.indicators()).items,
                within=area.code,
                levels=levels,
                is_fictional=area.is_fictional,
            )
    return None
