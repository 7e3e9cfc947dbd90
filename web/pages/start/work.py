"""What waits for somebody who is logged in: deliveries, drafts, the state of the datasets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from web.clients.delivery_types import Delivery, Release
from web.clients.indicator_types import Area, Dataset, Listing
from web.pages.releases.waiting_work import Outdated, find_outdated
from web.pages.start.first_map import FirstMap, choose_first, read_first_map
from web.pages.start.land import Land, read_land
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
    outdated: tuple[Outdated, ...]
    datasets: Panel[tuple[Held, ...]] | None
    areas: Panel[tuple[Area, ...]]
    own_map: Panel[FirstMap | None]
    land: Panel[Land] | None
    place_id: str

    @property
    def holds_all(self) -> bool:
        """Whether all datasets shown are the place's own."""
        shown = (self.datasets.value if self.datasets else None) or ()
        return all(_is_held_by(item.dataset, self.place_id) for item in shown)

    @property
    def waiting(self) -> int:
        """How many things wait for somebody: faulty deliveries, drafts, unreleased figures."""
        deliveries = self.deliveries.value if self.deliveries else None
        drafts = self.drafts.value if self.drafts else None
        faulty = sum(item.state in _NEEDS_SOMEBODY for item in deliveries or ())
        return faulty + len(drafts or ()) + len(self.outdated)


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
    reads_only = deliveries is None and releases is None
    own_map, land = await asyncio.gather(
        panel(_own_map(visit, areas.value or ()), "Die Karte Ihres Gebiets"),
        panel(_land_for_readers(visit, reads_only), "Die Zahlen für das Land"),
    )
    return Work(
        deliveries=_of(deliveries, lambda items: items[:_MOST_ROWS]),
        drafts=_of(releases, _drafts),
        outdated=_outdated(visit, datasets, releases),
        datasets=_of(datasets, lambda items: _held(visit, items, deliveries, releases)),
        areas=areas,
        own_map=own_map,
        land=land if reads_only else None,
        place_id=_place_id(visit),
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


def _outdated(
    visit: Visit,
    datasets: Panel[tuple[Dataset, ...]] | None,
    releases: Panel[tuple[Release, ...]] | None,
) -> tuple[Outdated, ...]:
    """One's own datasets that hold figures newer than their release."""
    if datasets is None or releases is None or not visit.may("releases:write"):
        return ()
    own = tuple(item for item in datasets.value or () if _is_held_by(item, _place_id(visit)))
    present = releases.value or ()
    released = tuple(release for release in present if release.state == "released")
    return find_outdated(own, released, _drafts(present))


def _held(
    visit: Visit,
    datasets: tuple[Dataset, ...],
    deliveries: Panel[tuple[Delivery, ...]] | None,
    releases: Panel[tuple[Release, ...]] | None,
) -> tuple[Held, ...]:
    """One's own datasets; where one holds none those of one's area, else all."""
    own = tuple(item for item in datasets if _is_held_by(item, _place_id(visit)))
    roots = visit.account.area_codes if visit.account else ()
    near = tuple(item for item in datasets if (item.area_code or "").startswith(tuple(roots)))
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
        for dataset in own or near or datasets
    )


def _place_id(visit: Visit) -> str:
    return str(visit.account.place["id"]) if visit.account else ""


def _is_held_by(dataset: Dataset, place_id: str) -> bool:
    return dataset.holder is not None and dataset.holder.id == place_id


async def _own_areas(visit: Visit) -> tuple[Area, ...]:
    codes = visit.account.area_codes[:_MOST_AREAS] if visit.account else ()
    if not codes:
        return ()
    return (await visit.indicator.areas(code=codes)).items


async def _land_for_readers(visit: Visit, reads_only: bool) -> Land:
    return await read_land(visit.indicator) if reads_only else Land(None, ())


async def _own_map(visit: Visit, areas: tuple[Area, ...]) -> FirstMap | None:
    """The map of the first of one's areas that has anything below it."""
    for area in areas:
        levels = _LEVELS_BELOW.get(area.kind)
        if levels is None:
            continue
        indicators = (await visit.indicator.indicators()).items
        first = choose_first(indicators, levels, is_fictional=area.is_fictional)
        if first is None:
            return None
        return await read_first_map(
            visit.indicator, first, within=area.code, levels=levels, is_fictional=area.is_fictional
        )
    return None
