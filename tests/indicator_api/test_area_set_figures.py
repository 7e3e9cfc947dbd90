"""Figures of sets: from the exact figures of their parts, never from rounded ones or from rates."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.indicator_api.partition_world import (
    HALF,
    SOUTH,
    TOWN,
    WEST,
    A,
    B,
    C,
    D,
    PartitionWorld,
    make_partition_world,
    rectangle,
    whole,
)
from tests.indicator_api.world import DATASET, INDICATOR, create
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

PERIOD = "2024-12-31"
# recipients and residents: no rate of two quarters is the mean of theirs
FIGURES = {A: (101, 1000), B: (13, 3000), C: (700, 2000), D: (7, 70)}


@pytest.fixture(scope="module")
async def town(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """The town with released figures of its quarters, and three sets."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_partition_world(stack)
        for code, name in (("lb", "Leistungsberechtigte"), ("ew", "Einwohner")):
            measure = {"code": code, "name": name, "unit": "Anzahl", "kind": "count"}
            await create(stack, world.writer, "/v1/measures", measure)
        await create(stack, world.writer, "/v1/indicators", INDICATOR)
        await create(stack, world.office, "/v1/datasets", DATASET | {"area_code": TOWN})
        lines = "area;period;measure;value\n" + "".join(
            f"{unit};{PERIOD};lb;{lb}\n{unit};{PERIOD};ew;{ew}\n"
            for unit, (lb, ew) in FIGURES.items()
        )
        lines += "".join(f"{unit};2023-12-31;ew;{ew}\n" for unit, (_, ew) in FIGURES.items())
        lines += f"{A};2023-12-31;lb;50\n{B};2023-12-31;lb;2\n{C};2023-12-31;lb;40\n"
        await stack.deliver(world.office, "sgb2", lines, confirm="Zahlen für diesen Test")
        await stack.release(world.office, "sgb2")
        await world.make_set("alle", parts=whole(A, B, C, D))
        await world.make_set("links", parts=whole(A, C))
        await world.make_set("unten", parts=whole(A, B))
        drawn = rectangle(WEST, SOUTH, HALF * 1.25, HALF)
        await world.make_set("schnitt", polygon=drawn, crs="EPSG:25832")
        yield world
    databases.drop(database)


async def figure(town: PartitionWorld, code: str, period: str = PERIOD) -> dict[str, Any]:
    """The indicator's figure of a set."""
    answer = await town.send(
        "GET",
        f"/observations?indicator=sgb2_quote&period={period}&area={TOWN}-{code}",
        town.elsewhere,
    )
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    found: dict[str, Any] = item
    return found


def rate(*units: str) -> float:
    """The rate of whole units together, in percent."""
    return 100 * sum(FIGURES[unit][0] for unit in units) / sum(FIGURES[unit][1] for unit in units)


async def test_a_rate_of_a_set_is_made_of_its_parts(town: PartitionWorld) -> None:
    for code, units in (("links", (A, C)), ("unten", (A, B)), ("alle", (A, B, C, D))):
        item = await figure(town, code)
        assert item["value"] == pytest.approx(rate(*units), rel=1e-12)
        assert (item["numerator"], item["denominator"]) == (
            sum(FIGURES[unit][0] for unit in units),
            sum(FIGURES[unit][1] for unit in units),
        )
        assert not item["derivation"]["is_estimated"]
        assert "estimated" not in item["quality"]


async def test_the_set_of_all_units_is_the_sum_of_the_town(town: PartitionWorld) -> None:
    answer = await town.send(
        "GET", f"/observations?indicator=sgb2_quote&period={PERIOD}&area={TOWN}", town.elsewhere
    )
    (whole_town,) = answer.json()["items"]
    assert whole_town["value"] == pytest.approx((await figure(town, "alle"))["value"], rel=1e-12)


async def test_a_cut_unit_counts_with_its_weight_and_says_so(town: PartitionWorld) -> None:
    item = await figure(town, "schnitt")
    numerator = FIGURES[A][0] + 0.25 * FIGURES[B][0]
    denominator = FIGURES[A][1] + 0.25 * FIGURES[B][1]
    assert item["value"] == pytest.approx(100 * numerator / denominator, rel=1e-12)
    assert item["derivation"]["is_estimated"]
    assert "estimated" in item["quality"]


async def test_a_hidden_part_leaves_the_set_without_a_figure(town: PartitionWorld) -> None:
    """B has two recipients in 2023, fewer than may be shown: no sum may give them away."""
    hidden = await figure(town, "unten", "2023-12-31")
    assert (hidden["value"], hidden["status"]) == (None, "hidden")
    assert (await figure(town, "links", "2023-12-31"))["value"] == pytest.approx(100 * 90 / 3000)
