"""Values beside what others have released: similar areas, and denominators of other datasets."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.world import (
    DATASET,
    World,
    create,
    import_areas,
    square,
)

HEAD = "area;period;measure;value\n"
OWN, REAL = "99001003", "05999000"
TOWNS = [f"99001{number:03}" for number in range(101, 126)]
OFFICE, TOWN, POPULATION = "sgb2", "stadt3", "einwohner"


def shares_of_towns(year: int) -> str:
    """25 towns with 1,000 residents each, of whom 5 to 15 per cent receive benefits."""
    return "".join(
        f"{town};{year};lb;{50 + 4 * number}\n{town};{year};ew;1000\n{town};{year};quote;"
        f"{5 + 0.4 * number:.1f}\n"
        for number, town in enumerate(TOWNS)
    )


async def fill(world: World) -> None:
    """The towns of the Kreis, what the office delivered of them, and a town that holds its own."""
    await import_areas(
        world.stack,
        world.office,
        [
            {
                "code": code,
                "kind": "gemeinde",
                "name": f"Ort {code}",
                "parent": "99001",
                "is_fictional": True,
                "geometry": square(300_000 + 10_000 * number, 5_800_000),
            }
            for number, code in enumerate(TOWNS)
        ],
    )
    rate = {"code": "quote", "name": "Quote", "unit": "%", "kind": "rate"}
    await create(world.stack, world.office, "/v1/measures", rate)
    own = DATASET | {"code": TOWN, "title": "Leistungen in Stadt 3", "area_code": OWN}
    await create(world.stack, world.other_office, "/v1/datasets", own)
    file = HEAD + shares_of_towns(2021) + "99001003;2022;ew;900\n"
    delivery = await world.stack.deliver(world.office, OFFICE, file)
    assert delivery["state"] == "accepted", delivery


async def publish(world: World) -> None:
    """What the office holds, for everybody."""
    release = await world.stack.release(world.office, OFFICE)
    assert release["state"] == "released", release


@pytest.fixture(scope="module")
async def delivered(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KeptWorld]:
    """The towns delivered, and nothing released."""
    async with kept_world.filled(tmp_path_factory.mktemp("delivered"), fill) as kept:
        yield kept


@pytest.fixture(scope="module")
async def published(
    delivered: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KeptWorld]:
    """The towns released."""
    async with delivered.filled(tmp_path_factory.mktemp("published"), publish) as kept:
        yield kept


@pytest.fixture
async def unreleased(delivered: KeptWorld, tmp_path: Path) -> AsyncIterator[World]:
    """A world in which nobody else's figures are to be seen."""
    async with delivered.opened(tmp_path / "objects") as world:
        yield world


@pytest.fixture
async def released(published: KeptWorld, tmp_path: Path) -> AsyncIterator[World]:
    """A world in which the figures of 25 towns are to be seen by all."""
    async with published.opened(tmp_path / "objects") as world:
        yield world


def own_share(recipients: int, residents: int = 1000) -> str:
    """The town's own two figures."""
    return f"{HEAD}{OWN};2022;lb;{recipients}\n{OWN};2022;ew;{residents}\n"


async def findings(world: World, key: str, delivery: dict[str, Any], lang: str = "de") -> list[Any]:
    """What was found."""
    path = f"/v1/deliveries/{delivery['id']}/findings?lang={lang}"
    found: list[Any] = (await world.stack.read(key, path))["items"]
    return found


async def test_one_town_is_held_against_those_that_are_released(released: World) -> None:
    """Another dataset, another office, the year before: 45 where the others have 5 to 15."""
    world, key = released, released.other_office
    delivery = await world.stack.deliver(key, TOWN, own_share(450))
    assert delivery["state"] == "confirming", delivery
    (finding,) = await findings(world, key, delivery)
    assert (finding["code"], finding["row"], finding["column"], finding["value"]) == (
        "unlike_similar_areas", 2, "value", "450",
    )  # fmt: skip
    assert (
        "Das sind 45 % von 1.000; verglichen ist mit 25 anderen (Gemeinden, 2021, für Sie "
        "freigegeben): Ihr Median ist 9,84 %, die mittlere Hälfte liegt zwischen 7,44 und 12,24 %"
    ) in finding["detail"]
    assert finding["remedy"].startswith("Prüfen Sie den Wert.")
    (english,) = await findings(world, key, delivery, "en")
    assert (
        "25 others (Gemeinden, 2021, released to you): their median is 9.84 %"
        in (english["detail"])
    )
    confirmed = await world.stack.deliver(key, TOWN, own_share(450), confirm="Nachgezählt")
    assert confirmed["state"] == "accepted"
    assert (await world.stack.deliver(key, TOWN, own_share(450)))["state"] == "accepted"


@pytest.mark.parametrize(("recipients", "residents"), [(30, 1000), (180, 1000), (45, 99)])
async def test_what_others_have_too_is_not_doubted(
    released: World, recipients: int, residents: int
) -> None:
    """Nor a share of so few that chance makes it."""
    delivery = await released.stack.deliver(
        released.other_office, TOWN, own_share(recipients, residents)
    )
    assert delivery["state"] == "accepted", delivery


async def test_figures_that_are_not_released_to_the_sender_are_not_told_of(
    unreleased: World,
) -> None:
    """The same delivery, while the office keeps its figures to itself."""
    delivery = await unreleased.stack.deliver(unreleased.other_office, TOWN, own_share(450))
    assert (delivery["state"], delivery["finding_counts"]) == ("accepted", [])


async def test_real_towns_are_not_held_against_invented_ones(released: World) -> None:
    real = DATASET | {"code": "wirklich", "area_code": "DG"}
    await create(released.stack, released.office, "/v1/datasets", real)
    file = own_share(450).replace(OWN, REAL)
    delivery = await released.stack.deliver(released.office, "wirklich", file)
    assert delivery["state"] == "accepted", delivery


async def test_a_later_year_is_no_measure_for_an_earlier_one(released: World) -> None:
    """What was released of 2021 says nothing of 2020."""
    file = own_share(450).replace(";2022;", ";2020;")
    delivery = await released.stack.deliver(released.other_office, TOWN, file)
    assert delivery["state"] == "accepted", delivery


@pytest.mark.parametrize(("value", "state"), [("45", "confirming"), ("14", "accepted")])
async def test_rates_that_are_delivered_are_compared_as_well(
    released: World, value: str, state: str
) -> None:
    file = f"{HEAD}{OWN};2022;quote;{value}\n"
    delivery = await released.stack.deliver(released.other_office, TOWN, file)
    assert delivery["state"] == state, delivery
    if state == "confirming":
        (finding,) = await findings(released, released.other_office, delivery)
        assert finding["code"] == "unlike_similar_areas"
        assert "mit 25 anderen (Gemeinden, 2021" in finding["detail"]
        assert "Ihr Median ist 9,8 %" in finding["detail"]


async def with_denominator(world: World, dataset: str) -> None:
    """The indicator takes its denominator from this dataset, whoever holds it."""
    world.stack.database.execute(
        "UPDATE indicator.indicator SET denominator_dataset_id ="
        " (SELECT id FROM indicator.dataset WHERE code = %s)",
        dataset,
    )


async def test_a_numerator_above_the_denominator_of_another_office(released: World) -> None:
    """901 recipients among 900 released residents: doubted, never refused."""
    world, key = released, released.other_office
    await with_denominator(world, OFFICE)
    delivery = await world.stack.deliver(key, TOWN, f"{HEAD}{OWN};2022;lb;901\n")
    assert delivery["state"] == "confirming", delivery
    (finding,) = await findings(world, key, delivery)
    assert (finding["code"], finding["row"], finding["severity"]) == (
        "numerator_above_other_figure", 2, "warning",
    )  # fmt: skip
    assert "der Nenner ist 900 („Leistungen nach dem SGB II“, 2022)" in finding["detail"]
    (english,) = await findings(world, key, delivery, "en")
    assert "the denominator is 900 (“Leistungen nach dem SGB II”, 2022)" in english["detail"]
    fewer = await world.stack.deliver(key, TOWN, f"{HEAD}{OWN};2022;lb;99\n")
    assert fewer["state"] == "accepted", fewer


async def test_without_a_name_what_is_released_counts_where_the_own_dataset_has_none(
    released: World,
) -> None:
    file = f"{HEAD}{OWN};2022;lb;901\n"
    delivery = await released.stack.deliver(released.other_office, TOWN, file)
    assert [item["code"] for item in delivery["finding_counts"]] == ["numerator_above_other_figure"]


async def test_the_denominator_of_another_office_is_not_told_before_it_is_released(
    unreleased: World,
) -> None:
    await with_denominator(unreleased, OFFICE)
    file = f"{HEAD}{OWN};2022;lb;901\n"
    delivery = await unreleased.stack.deliver(unreleased.other_office, TOWN, file)
    assert (delivery["state"], delivery["finding_counts"]) == ("accepted", [])


async def test_the_denominator_of_ones_own_other_dataset(unreleased: World) -> None:
    """Raw facts, without any release; a machine that may only deliver compares with them too."""
    world = unreleased
    machine = world.stack.people.api_key(world.office_id, ("deliveries:create", "deliveries:read"))
    other = DATASET | {"code": POPULATION, "title": "Einwohner"}
    await create(world.stack, world.office, "/v1/datasets", other)
    await with_denominator(world, POPULATION)
    people = f"{HEAD}{OWN};2022;ew;100\n"
    assert (await world.stack.deliver(machine, POPULATION, people))["state"] == "accepted"
    # the dataset itself has 900 of them
    delivery = await world.stack.deliver(machine, OFFICE, f"{HEAD}{OWN};2022;lb;101\n")
    assert delivery["state"] == "confirming", delivery
    (finding,) = await findings(world, machine, delivery)
    assert "der Nenner ist 100 („Einwohner“, 2022)" in finding["detail"]


async def test_the_nearest_denominator_where_the_definition_says_so(unreleased: World) -> None:
    """Only then another year's residents count."""
    world, file = unreleased, f"{HEAD}{OWN};2024;lb;901\n"
    assert (await world.stack.deliver(world.office, OFFICE, file))["state"] == "accepted"
    world.stack.database.execute(
        "UPDATE indicator.indicator SET denominator_period_rule = 'nearest'"
    )
    later = file.replace(";2024;", ";2025;")
    delivery = await world.stack.deliver(world.office, OFFICE, later)
    assert [item["code"] for item in delivery["finding_counts"]] == ["numerator_above_other_figure"]
