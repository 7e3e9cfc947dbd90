"""What waits for whoever releases: drafts, and datasets that have moved on since."""

import asyncio
from dataclasses import dataclass

from web.clients.delivery_types import Audience, Release
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Dataset

_MOST_READ = 200


@dataclass(frozen=True, slots=True)
class Outdated:
    """A dataset whose figures are newer than its release for an audience.

    `release` is None where the dataset was never released, to anybody.
    """

    dataset: Dataset
    release: Release | None


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Drafts to publish, and datasets to prepare a release of."""

    drafts: tuple[Release, ...]
    outdated: tuple[Outdated, ...]
    datasets: tuple[Dataset, ...]


async def read_waiting(client: IndicatorClient) -> WaitingWork:
    """Read drafts, present releases and datasets of the place one works for."""
    drafts, released, datasets = await asyncio.gather(
        client.releases(own=True, state="draft", limit=_MOST_READ),
        client.releases(own=True, state="released", limit=_MOST_READ),
        client.own_datasets(),
    )
    return WaitingWork(
        drafts.items, find_outdated(datasets, released.items, drafts.items), datasets
    )


def find_outdated(
    datasets: tuple[Dataset, ...], released: tuple[Release, ...], drafts: tuple[Release, ...]
) -> tuple[Outdated, ...]:
    """Datasets newer than a release of theirs, unless a fresh draft for it waits already."""
    found: list[Outdated] = []
    fresh = {_series(draft) for draft in drafts if not draft.is_stale}
    begun = {draft.dataset.code for draft in drafts}
    for dataset in datasets:
        version = dataset.version or 0
        own = [release for release in released if release.dataset.code == dataset.code]
        found += [
            Outdated(dataset, release)
            for release in own
            if (release.dataset_version or 0) < version and _series(release) not in fresh
        ]
        if version and not own and dataset.code not in begun:
            found.append(Outdated(dataset, None))
    return tuple(found)


def _series(release: Release) -> tuple[str, Audience]:
    return release.dataset.code, release.audience
