"""The data of one's place at a glance: deliveries, drafts, the state of the datasets."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from web.clients.delivery_types import Delivery, Release
from web.clients.indicator_types import Dataset
from web.pages.releases.waiting_work import Outdated, find_outdated
from web.pages.start.parts import changed, listed
from web.panels import Panel
from web.visit import Visit

_MOST_ROWS = 6
_MOST_READ = 100
_GERMANY, _FICTIONAL = "DG", "99"


@dataclass(frozen=True, slots=True)
class Held:
    """A dataset with its latest accepted delivery and its latest release."""

    dataset: Dataset
    delivered_at: datetime | None
    release: Release | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is delivered, released and held; a part the visitor has no right to is None."""

    deliveries: Panel[tuple[Delivery, ...]] | None
    drafts: Panel[tuple[Release, ...]] | None
    outdated: tuple[Outdated, ...]
    datasets: Panel[tuple[Held, ...]] | None
    place_id: str

    @property
    def holds_all(self) -> bool:
        """Whether all datasets shown are the place's own."""
        shown = (self.datasets.value if self.datasets else None) or ()
        return bool(shown) and all(_is_held_by(item.dataset, self.place_id) for item in shown)

    @property
    def sentence(self) -> str:
        """How complete and how new one's own datasets are; empty where one holds none."""
        shown = (self.datasets.value if self.datasets else None) or ()
        if not self.holds_all:
            return ""
        empty = sum(not item.dataset.version for item in shown)
        newer = len({item.dataset.code for item in self.outdated if item.dataset.version})
        # Who may not see releases cannot be told how the figures stand to them.
        knows_releases = self.drafts is not None and self.drafts.value is not None
        is_done = knows_releases and not empty and not newer
        if len(shown) == 1:
            states = [
                " ohne Zahlen" if empty else "",
                " mit neueren Zahlen, als freigegeben sind" if newer else "",
                ", auf dem freigegebenen Stand" if is_done else "",
            ]
            return f"Ihre Stelle führt einen Datenbestand{''.join(states)}."
        words = [f"Ihre Stelle führt {len(shown)} Datenbestände"]
        if empty:
            words.append(f"{empty} davon noch ohne Zahlen")
        if newer:
            words.append(f"{newer} davon mit neueren Zahlen, als freigegeben sind")
        if is_done:
            words.append("alle auf dem freigegebenen Stand")
        return ", ".join(words) + "."


async def read_holdings(visit: Visit) -> Holdings:
    """Read all parts at once; each may fail by itself."""
    client = visit.indicator
    deliveries, releases, datasets = await asyncio.gather(
        listed(
            visit, "deliveries:read", "Die Lieferungen", lambda: client.deliveries(limit=_MOST_READ)
        ),
        listed(visit, "releases:read", "Die Freigaben", lambda: client.releases(limit=_MOST_READ)),
        listed(visit, "datasets:read", "Die Datenbestände", client.datasets),
    )
    return Holdings(
        deliveries=changed(deliveries, lambda items: items[:_MOST_ROWS]),
        drafts=changed(releases, _drafts),
        outdated=_outdated(visit, datasets, releases),
        datasets=changed(datasets, lambda items: _held(visit, items, deliveries, releases)),
        place_id=_place_id(visit),
    )


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
    near = tuple(item for item in datasets if _is_near(item.area_code or "", roots))
    delivered: dict[str, datetime] = {}
    for delivery in (deliveries.value if deliveries else None) or ():
        if delivery.state in ("accepted", "withdrawal_approving") and delivery.finished_at:
            delivered.setdefault(delivery.dataset.code, delivery.finished_at)
    released: dict[str, Release] = {}
    for release in (releases.value if releases else None) or ():
        if release.state == "released":
            released.setdefault(release.dataset.code, release)
    return tuple(
        Held(dataset, delivered.get(dataset.code), released.get(dataset.code))
        for dataset in own or near or datasets
    )


def _is_near(area_code: str, roots: tuple[str, ...]) -> bool:
    """Whether a dataset's area lies in one of the roots or holds one: keys begin alike."""
    return any(
        area_code.startswith(root)
        or (bool(area_code) and root.startswith(area_code))
        or (area_code == _GERMANY and not root.startswith(_FICTIONAL))
        for root in roots
    )


def _place_id(visit: Visit) -> str:
    return str(visit.account.place["id"]) if visit.account else ""


def _is_held_by(dataset: Dataset, place_id: str) -> bool:
    return dataset.holder is not None and dataset.holder.id == place_id
