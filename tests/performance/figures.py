"""Figures at scale: beside the same SQL behind a bare application, and beside a small world."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.performance.asking import ask, in_words
from tests.performance.bare_process import bare_application
from tests.performance.figures_export import compare_exports
from tests.performance.figures_questions import Question, questions
from tests.performance.figures_shape import Shape
from tests.performance.figures_world import FiguresWorld, forget_worlds, world_of
from tests.performance.measuring import Comparison
from tests.performance.recording import record, statements_of
from tests.support.databases import TestDatabase
from tests.support.platform import running_platform
from tests.support.stack import open_stack

SMALL_CELLS = 1_000_000
LATENCY_GOAL = 1.3
PROFILE_STATEMENTS = 3
_PROFILE = "area profile"
_MAP = "map of 396 municipalities"


def measure_figures(
    server_url: str, folder: Path, cells: int, repetitions: int, *, is_kept: bool
) -> list[Comparison]:
    """Load a world of `cells` and one of a million, measure, and drop them unless they are kept."""
    shapes = (Shape.of_cells(SMALL_CELLS), Shape.of_cells(cells))
    forget_worlds(server_url, shapes)
    try:
        small, large = (_loaded(server_url, shape) for shape in shapes)
        # what the small world can answer, so that both are asked the same
        asked = questions(small, shapes[0])
        return [
            asyncio.run(_count_statements(large.database, asked, folder)),
            *_compare_rates(large, asked, folder, repetitions),
            *_compare_latencies(small, large, asked, folder, repetitions),
            *compare_exports(large, folder, repetitions),
        ]
    finally:
        if not is_kept:
            forget_worlds(server_url)


def _loaded(server_url: str, shape: Shape) -> FiguresWorld:
    world = world_of(server_url, shape)
    took = f"loaded in {world.seconds:.0f} s" if world.seconds else "kept from before"
    print(f"  {world.filled.cells:,} cells, {took}", flush=True)
    return world


def _compare_rates(
    world: FiguresWorld, asked: list[Question], folder: Path, repetitions: int
) -> list[Comparison]:
    statements = folder / "figures-statements.json"
    recorded = asyncio.run(_record(world.database, asked, folder))
    statements.write_text(json.dumps(recorded, default=str))
    found = []
    with (
        running_platform(world.database, folder / "figures", ["indicator_api"]) as platform,
        bare_application(
            "serving_bare",
            QB_BENCH_STATEMENTS=str(statements),
            QB_BENCH_DATABASE_URL=world.database.admin_url,
        ) as bare_url,
    ):
        url = platform.urls["indicator_api"]
        for question in asked:
            found.append(_compare_rate(question, url, bare_url, repetitions))
            if question.name == _MAP:
                found += _compare_repeated(question, url, bare_url, repetitions)
    return found


async def _record(
    database: TestDatabase, asked: list[Question], folder: Path
) -> dict[str, list[Any]]:
    async with open_stack(database, folder / "figures-objects") as stack:
        paths = [path for question in asked for path in question.first]
        return {path: await record(stack, path) for path in paths}


async def _count_statements(
    database: TestDatabase, asked: list[Question], folder: Path
) -> Comparison:
    """How many statements an area profile takes, beside how many it may take."""
    comparison = Comparison("statements of a profile", is_rate=False, goal=1.0, unit="at most")
    paths = next(question.paths for question in asked if question.name == _PROFILE)
    async with open_stack(database, folder / "profile-objects") as stack:
        await stack.indicator.get(paths[0])  # the first one of a process greets the database
        for path in paths:
            comparison.bare.append(PROFILE_STATEMENTS)
            comparison.platform.append(len(await statements_of(stack, path)))
    return comparison


def _compare_rate(question: Question, url: str, bare_url: str, repetitions: int) -> Comparison:
    """Every answer read anew: the platform is asked with another limit in each turn."""
    comparison = Comparison(question.name, is_rate=True, goal=question.goal)
    outcomes: dict[str, list[dict[str, Any]]] = {"bare": [], "platform": []}
    for turn in range(1, repetitions + 2):
        sides = [
            ("bare", bare_url, question.first),
            ("platform", url, question.asked(turn, question.requests)),
        ]
        for who, base, paths in sides if turn % 2 else reversed(sides):
            outcome = ask(base, paths, question.requests)
            if turn > 1:  # the first one warms both up
                outcomes[who].append(outcome)
    return _filled(comparison, outcomes)


def _compare_repeated(
    question: Question, url: str, bare_url: str, repetitions: int
) -> list[Comparison]:
    """The same map asked again and again, and asked whether it is still the same (304)."""
    found = []
    path = question.first[0]
    for name, headers in (("asked again", {}), ("304", {"If-None-Match": "*"})):
        comparison = Comparison(f"{question.name}, {name}", is_rate=True, goal=question.goal)
        outcomes: dict[str, list[dict[str, Any]]] = {"bare": [], "platform": []}
        for turn in range(repetitions):
            sides = [("bare", bare_url, {}), ("platform", url, headers)]
            for who, base, sent in sides if turn % 2 else reversed(sides):
                outcomes[who].append(ask(base, [path], question.requests, headers=sent))
        found.append(_filled(comparison, outcomes))
    return found


def _filled(comparison: Comparison, outcomes: dict[str, list[dict[str, Any]]]) -> Comparison:
    comparison.bare = [outcome["rate"] for outcome in outcomes["bare"]]
    comparison.platform = [outcome["rate"] for outcome in outcomes["platform"]]
    comparison.notes += [f"{who}: {in_words(measured)}" for who, measured in outcomes.items()]
    return comparison


def _compare_latencies(
    small: FiguresWorld, large: FiguresWorld, asked: list[Question], folder: Path, repetitions: int
) -> list[Comparison]:
    """Seconds of one answer, one at a time: the column „bare“ is the world of a million."""
    found = []
    with (
        running_platform(small.database, folder / "small", ["indicator_api"]) as one,
        running_platform(large.database, folder / "large", ["indicator_api"]) as other,
    ):
        for question in asked:
            comparison = Comparison(
                f"{question.name}: one answer, {large.filled.cells / 1e6:.0f} M beside"
                f" {small.filled.cells / 1e6:.0f} M cells",
                is_rate=False,
                goal=LATENCY_GOAL,
            )
            for turn in range(repetitions + 1):
                paths = question.asked(turn, len(question.paths))
                sides = [(comparison.bare, one), (comparison.platform, other)]
                for seconds, platform in sides if turn % 2 else reversed(sides):
                    url = platform.urls["indicator_api"]
                    outcome = ask(url, paths, len(paths), concurrency=1)
                    if turn > 0:
                        seconds.append(outcome["p50"])
            found.append(comparison)
    return found
