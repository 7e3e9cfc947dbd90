"""Figures are made from their parts, and their intervals are the published ones."""

from typing import Any

import pytest

from tests.indicator_api.world import DATASET, INDICATOR, World, create

# R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in
# Medicine 17, 857-872, table I, method 3 (Wilson's score interval without continuity correction)
NEWCOMBE = {
    2010: (81, 263, 0.2553, 0.3662),
    2011: (15, 148, 0.0624, 0.1605),
    2012: (0, 20, 0.0, 0.1611),
    2013: (1, 29, 0.0061, 0.1718),
}
HEAD = "area;period;measure;value\n"


async def items(world: World, **params: Any) -> list[dict[str, Any]]:
    """The observations of the indicator for a question."""
    answer = await world.stack.indicator.get(
        "/v1/observations", params={"indicator": "sgb2_quote"} | params
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def release(world: World, body: str, dataset: str = "sgb2") -> None:
    """Have a file delivered and released to the public."""
    reason = "Zahlen für diesen Test"
    delivery = await world.stack.deliver(world.office, dataset, body, confirm=reason)
    assert delivery["state"] == "accepted", delivery
    await world.stack.release(world.office, dataset)


async def open_dataset(world: World, code: str, **changes: Any) -> None:
    """Another dataset of the office, whose values are protected already."""
    values = DATASET | {"code": code, "minimum_count": 0} | changes
    await create(world.stack, world.office, "/v1/datasets", values)


async def test_the_interval_of_a_rate_is_wilsons_as_published(world: World) -> None:
    await open_dataset(world, "offen")
    lines = [
        f"99001001;{year};{measure};{value}\n"
        for year, (cases, people, _, _) in NEWCOMBE.items()
        for measure, value in (("lb", cases), ("ew", people))
    ]
    await release(world, HEAD + "".join(lines), "offen")
    found = {int(item["period"]): item for item in await items(world, area="99001001")}
    for year, (cases, people, lower, upper) in NEWCOMBE.items():
        item = found[year]
        assert item["value"] == pytest.approx(100 * cases / people)
        assert (item["numerator"], item["denominator"]) == (cases, people)
        assert item["lower"] / 100 == pytest.approx(lower, abs=5e-5)
        assert item["upper"] / 100 == pytest.approx(upper, abs=5e-5)


async def test_an_aggregate_is_made_from_its_parts_and_is_no_mean_of_rates(world: World) -> None:
    body = "99001001;2023;lb;90\n99001001;2023;ew;100\n99001002;2023;lb;10\n99001002;2023;ew;900\n"
    body += "99001;2023;lb;100\n99001;2023;ew;1000\n"
    await release(world, HEAD + body)
    answer = await world.stack.indicator.get(
        "/v1/observations",
        params={"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"},
    )
    document = answer.json()
    assert [item["value"] for item in document["items"]] == [
        pytest.approx(90),
        pytest.approx(100 / 90),
    ]
    assert [item["value"] for item in document["comparison"]] == [pytest.approx(10)]


async def test_a_missing_part_makes_a_figure_missing_in_the_same_way(world: World) -> None:
    """Hidden before missing, the numerator's kind before the denominator's; zero has no rate."""
    cases = {
        2001: ("5", "100", "value"),
        2002: ("2", "100", "hidden"),
        2003: ("5", "1", "hidden"),
        2004: ("-", "100", "value"),
        2005: (".", "100", "unknown"),
        2006: ("/", "100", "unreliable"),
        2007: ("x", "100", "blocked"),
        2008: ("...", "100", "later"),
        2009: ("5", ".", "unknown"),
        2010: ("5", "/", "unreliable"),
        2011: ("5", "...", "later"),
        2012: (".", "2", "hidden"),
        2013: ("2", ".", "hidden"),
        2014: ("5", "0", "not_available"),
        2015: ("5", "-", "not_available"),
    }
    lines = [
        f"99001001;{year};{measure};{value}\n"
        for year, (cases_of, people, _) in cases.items()
        for measure, value in (("lb", cases_of), ("ew", people))
    ]
    await release(world, HEAD + "".join(lines))
    found = {int(item["period"]): item for item in await items(world, area="99001001")}
    assert {year: item["status"] for year, item in found.items()} == {
        year: status for year, (_, _, status) in cases.items()
    }
    for year, item in found.items():
        assert (item["value"] is None) == (item["status"] != "value"), year
        assert (item["lower"] is None) == (item["status"] != "value"), year
        if item["status"] == "hidden":
            assert item["numerator"] is item["denominator"] is None, year
    assert found[2004]["value"] == 0.0


async def test_a_file_of_dashes_is_not_available_and_not_zero(world: World) -> None:
    body = (
        HEAD + "99001001;2023;lb;-\n99001002;2023;lb;5\n99001001;2023;ew;-\n99001002;2023;ew;10\n"
    )
    delivery = await world.stack.deliver(world.office, "sgb2", body)
    assert [item["code"] for item in delivery["finding_counts"]] == ["area_without_figures"]
    await world.stack.release(world.office, "sgb2")
    found = await items(world, level="gemeinde", within="99001")
    assert [(item["area"], item["status"], item["numerator"]) for item in found] == [
        ("99001001", "not_available", None),
        ("99001002", "value", 5),
    ]


async def test_signs_of_quality_stay_with_the_figure(world: World) -> None:
    body = "area;period;measure;value;quality\n"
    for year, quality, value in ((2020, "", "(12)"), (2021, "p", "12"), (2022, "s", "12"),
                                 (2023, "r", "(12)"), (2024, "e", "12")):  # fmt: skip
        body += f"99001001;{year};lb;{value};{quality}\n99001001;{year};ew;100;\n"
    await release(world, body)
    found = {item["period"]: set(item["quality"]) for item in await items(world, area="99001001")}
    assert found == {
        "2020": {"limited"},
        "2021": {"provisional"},
        "2022": {"estimated"},
        "2023": {"limited", "revised"},
        # final is what a figure is expected to be
        "2024": set(),
    }


async def test_a_denominator_of_the_same_period_or_of_the_nearest_date(world: World) -> None:
    body = "99001001;2021;lb;10\n99001001;2023;lb;20\n"
    body += "99001001;2020-12-31;ew;100\n99001001;2022-12-31;ew;200\n99001001;2023-12-31;ew;400\n"
    await release(world, HEAD + body)
    assert await items(world, area="99001001") == []
    nearest = INDICATOR | {"denominator": {"measure": "ew", "period_rule": "nearest"}}
    await create(world.stack, world.office, "/v1/indicators", nearest)
    found = {
        item["period"]: (item["value"], item["denominator"])
        for item in await items(world, area="99001001")
    }
    # 31.12.2021 lies as far from both neighbours: each year's own rate needs one of them
    assert found["2023"] == (5.0, 400)
    assert found["2021"][1] in (100, 200)


async def test_parts_may_stand_in_several_datasets_each_for_other_areas(world: World) -> None:
    for code, area in (("eins", "99001001"), ("zwei", "99001002")):
        await open_dataset(world, code, area_code=area)
        await release(world, HEAD + f"{area};2023;lb;10\n{area};2023;ew;40\n", code)
    found = await items(world, level="gemeinde", within="99001", period="2023")
    assert [(item["area"], item["value"]) for item in found] == [
        ("99001001", 25.0),
        ("99001002", 25.0),
    ]
    answer = await world.stack.indicator.get(
        "/v1/observations",
        params={"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"},
    )
    sources = {(source["dataset"], source["role"]) for source in answer.json()["sources"]}
    assert sources == {(code, role) for code in ("eins", "zwei") for role in
                       ("numerator", "denominator")}  # fmt: skip


async def test_a_sample_has_no_interval_of_its_own(world: World) -> None:
    """A sample's figures are projected: the number of cases behind them is another."""
    await open_dataset(world, "stichprobe", is_sample=True)
    await release(world, HEAD + "99001001;2023;lb;10\n99001001;2023;ew;40\n", "stichprobe")
    ((item),) = await items(world, area="99001001")
    assert (item["value"], item["lower"], item["upper"]) == (25.0, None, None)


async def test_fictional_areas_are_in_no_list_class_or_sum_of_real_ones(world: World) -> None:
    body = "99001001;2023;lb;10\n99001001;2023;ew;40\n05999000;2023;lb;10\n05999000;2023;ew;100\n"
    await open_dataset(world, "alle", area_code="DG")
    await open_dataset(world, "erfunden")
    real = "\n".join(line for line in body.splitlines() if line.startswith("05"))
    invented = "\n".join(line for line in body.splitlines() if line.startswith("99"))
    await release(world, f"{HEAD}{real}\n", "alle")
    await release(world, f"{HEAD}{invented}\n", "erfunden")
    answer = await world.stack.indicator.get(
        "/v1/observations", params={"indicator": "sgb2_quote", "level": "gemeinde"}
    )
    document = answer.json()
    assert [item["area"] for item in document["items"]] == ["05999000"]
    assert sum(document["classes"]["counts"]) == 1
    within = await items(world, level="gemeinde", within="99001")
    assert [item["area"] for item in within] == ["99001001"]
    named = await items(world, area="99001001", period="2023")
    assert [item["area"] for item in named] == ["99001001"]
