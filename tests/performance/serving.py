"""A map's figures, its tiles and its picture from the platform, beside the bare application."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.performance.asking import ask, in_words
from tests.performance.bare_process import bare_application
from tests.performance.measuring import Comparison
from tests.performance.recording import record
from tests.support.databases import TestDatabase
from tests.support.platform import running_platform
from tests.support.stack import open_stack

GOAL = 0.6
_INDICATOR, _PERIOD, _LEVEL = "einwohnerdichte", "2022-05-15", "gemeinde"
_MAP = f"/v1/observations?indicator={_INDICATOR}&period={_PERIOD}&level={_LEVEL}"
_TILE = f"/v1/tiles/{_INDICATOR}/{_PERIOD}/8/132/85.mvt?level={_LEVEL}"
_PICTURE = f"/v1/maps/{_INDICATOR}/{_PERIOD}.svg?level={_LEVEL}"


@dataclass(slots=True)
class Served:
    """One path, asked of both; `bare_path` is where the bare application has its statements."""

    name: str
    path: str
    bare_path: str
    requests: int
    goal: float | None = GOAL
    headers: dict[str, str] = field(default_factory=dict)
    # how many ways to ask the same, so that no answer is remembered
    variants: int = 0

    @property
    def paths(self) -> list[str]:
        """What the platform is asked in turn."""
        if not self.variants:
            return [self.path]
        return [f"{self.path}&limit={1000 + number}" for number in range(self.variants)]


SERVED = (
    Served("map JSON, 396 municipalities", _MAP, "/map", 400),
    Served("map JSON, read anew each time", _MAP, "/map", 300, None, variants=4000),
    Served("tile", _TILE, "/tile", 300),
    Served("map as SVG", _PICTURE, "/picture", 120),
    Served("map JSON, 304", _MAP, "/map", 400, None, {"If-None-Match": "*"}),
)


def compare_serving(database: TestDatabase, folder: Path, repetitions: int) -> list[Comparison]:
    """Requests per second over a database with the demo, one process each, asked in turn."""
    statements = folder / "statements.json"
    statements.write_text(json.dumps(asyncio.run(_record(database, folder))))
    comparisons = [Comparison(item.name, is_rate=True, goal=item.goal) for item in SERVED]
    with (
        running_platform(database, folder / "platform", ["indicator_api"]) as platform,
        bare_application(
            "serving_bare",
            QB_BENCH_STATEMENTS=str(statements),
            QB_BENCH_DATABASE_URL=database.admin_url,
        ) as bare_url,
    ):
        for item, comparison in zip(SERVED, comparisons, strict=True):
            _compare(item, comparison, platform.urls["indicator_api"], bare_url, repetitions)
    return comparisons


async def _record(database: TestDatabase, folder: Path) -> dict[str, Any]:
    async with open_stack(database, folder / "objects") as stack:
        wanted = {item.bare_path: item.path for item in SERVED}
        return {bare_path: await record(stack, path) for bare_path, path in wanted.items()}


def _compare(
    item: Served, comparison: Comparison, url: str, bare_url: str, repetitions: int
) -> None:
    outcomes: dict[str, list[dict[str, Any]]] = {"bare": [], "platform": []}
    for repetition in range(-1, repetitions):
        requests = item.requests if repetition >= 0 else 50
        start = (repetition + 1) * item.requests
        turns = [
            ("bare", bare_url, [item.bare_path], {}),
            ("platform", url, item.paths[start : start + requests] or item.paths, item.headers),
        ]
        for who, base, paths, headers in turns if repetition % 2 else reversed(turns):
            outcome = ask(base, paths, requests, headers=headers)
            if repetition >= 0:  # the first one warms both up
                outcomes[who].append(outcome)
    comparison.bare = [outcome["rate"] for outcome in outcomes["bare"]]
    comparison.platform = [outcome["rate"] for outcome in outcomes["platform"]]
    for who, measured in outcomes.items():
        comparison.notes.append(f"{who}: {in_words(measured)}")
