"""An empty answer names what would have been found; what cannot be is refused by its parameter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.indicator_api.test_asking_figures import ask, file_of, release
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

ASKED = {"indicator": "sgb2_quote"}


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Three invented towns with figures of two years, a real one without."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        await release(world, file_of({2022: (10, 20, 30), 2023: (11, 21, 31)}))
        yield world
    databases.drop(database)


@pytest.mark.parametrize("place", [{}, {"within": "05"}])
async def test_where_a_level_has_figures_is_named(filled: World, place: dict[str, str]) -> None:
    reason = (await ask(filled, **ASKED, **place, level="gemeinde"))["reason"]
    assert reason["code"] == "no_area"
    assert reason["suggestion"] == (
        "Gemeinden mit Zahlen gibt es in Kreis (within=99001, erfundene Zahlen)."
    )


async def test_where_a_sum_has_figures_is_named_by_its_own_place(filled: World) -> None:
    reason = (await ask(filled, **ASKED, within="05", level="kreis"))["reason"]
    assert reason["suggestion"].startswith("Kreise und kreisfreie Städte mit Zahlen gibt es in ")
    assert "within=99001" in reason["suggestion"]


async def test_before_the_first_release_the_first_one_is_named(filled: World) -> None:
    day = datetime.now(UTC).date() - timedelta(days=3)
    reason = (await ask(filled, **ASKED, area="99001001", as_of=day.isoformat()))["reason"]
    assert reason["code"] == "nothing_released_yet"
    assert reason["detail"] == (
        f"Zu „SGB II-Quote“ war bis zum {day:%d.%m.%Y} nichts freigegeben, was Sie sehen dürfen."
    )
    today = datetime.now(UTC) + timedelta(hours=2)
    assert reason["suggestion"].startswith("Die erste Freigabe ist vom ")
    assert str(today.year) in reason["suggestion"]


@pytest.mark.parametrize(
    ("asked", "code", "parameter", "told"),
    [
        ({"period": "2023..2022"}, "period_reversed", "period", "2022..2023"),
        ({"period": "quatsch.."}, "period_unreadable", "period", "quatsch"),
        (
            {"derive": "change", "change_from": "quatsch"},
            "period_unreadable",
            "change_from",
            "quatsch",
        ),
        ({"level": "galaxie"}, "level_unknown", "level", "gemeinde (Gemeinden)"),
    ],
)
async def test_what_cannot_be_is_refused_by_the_name_of_its_parameter(
    filled: World, asked: dict[str, Any], code: str, parameter: str, told: str
) -> None:
    answer = await filled.stack.indicator.get("/v1/observations", params=ASKED | asked)
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, code), answer.text
    assert [error["pointer"] for error in document["errors"]] == [parameter]
    assert told in document["detail"]
