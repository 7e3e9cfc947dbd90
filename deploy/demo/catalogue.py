"""Reads `catalogue.toml`: the demo's datasets, measures and indicators, as the API takes them."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from deploy.demo.areas import DATA
from deploy.demo.musterkreis import DATASETS, YEARS, delivery_csv

_FILE = Path(__file__).with_name("catalogue.toml")
# What the catalogue says of a dataset beyond the API's own fields.
_OWN_FIELDS = ("defaults", "holder", "files", "audiences", "late_years")


@dataclass(frozen=True)
class DemoFile:
    """One delivery: the file as it is sent."""

    name: str
    body: bytes


@dataclass(frozen=True)
class DemoDataset:
    """A dataset, who holds it (an account's name), its deliveries and its readers.

    `late` is delivered after the release and left for the demo's users to release.
    """

    body: dict[str, Any]
    holder: str
    audiences: tuple[str, ...]
    files: tuple[DemoFile, ...]
    late: tuple[DemoFile, ...] = field(default=())

    @property
    def code(self) -> str:
        """The dataset's code."""
        return str(self.body["code"])


@cache
def _catalogue() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def measures() -> list[dict[str, Any]]:
    """Bodies for `POST /v1/measures`."""
    return list(_catalogue()["measures"])


def indicators() -> list[dict[str, Any]]:
    """Bodies for `POST /v1/indicators`; the first is the one the map opens on."""
    labels = _catalogue()["dimensions"]
    return [
        item | {"dimension": {"code": item["dimension"], "label": labels[item["dimension"]]}}
        for item in _catalogue()["indicators"]
    ]


def datasets() -> list[DemoDataset]:
    """All datasets with their deliveries, in the order in which they are loaded."""
    return [_dataset(item) for item in _catalogue()["datasets"]]


def delivery_datasets() -> list[DemoDataset]:
    """Datasets whose deliveries `deploy.demo.deliveries` brings into telling states."""
    return [_dataset(item) for item in _catalogue()["delivery_datasets"]]


def _dataset(entry: dict[str, Any]) -> DemoDataset:
    item = _catalogue()["defaults"][entry["defaults"]] | entry
    body = {name: value for name, value in item.items() if name not in _OWN_FIELDS}
    body["denominator_basis"] = body["denominator_basis"] or None
    early, late = _files(item)
    return DemoDataset(
        body=body,
        holder=item["holder"],
        audiences=tuple(item.get("audiences", ("public",))),
        files=early,
        late=late,
    )


def _files(item: dict[str, Any]) -> tuple[tuple[DemoFile, ...], tuple[DemoFile, ...]]:
    if item["code"] not in DATASETS:
        return tuple(
            DemoFile(Path(name).name, (DATA / name).read_bytes()) for name in item["files"]
        ), ()
    code, late_years = item["code"], item.get("late_years", [])
    years = [year for year in YEARS if year not in late_years]
    early = DemoFile(f"{code}_{years[0]}-{years[-1]}.csv", delivery_csv(code, years))
    late = [DemoFile(f"{code}_{year}.csv", delivery_csv(code, [year])) for year in late_years]
    return (early,), tuple(late)
