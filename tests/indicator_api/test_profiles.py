"""What is known of one place in three statements, and which places are like it."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import fastexcel
import pytest

from services.indicator_api.observations.formats import rows
from services.indicator_api.profiles import service
from services.indicator_api.profiles.schemas import Profile, Similar
from tests.indicator_api.refusals import assert_problem
from tests.indicator_api.test_statement_counts import counted
from tests.indicator_api.world import INDICATOR, World, create, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

YEARS = (2021, 2022, 2023)
# share of lb in 2023 by town, and of old people; the fourth town has no figure of the latter
LB = {"1": 100, "2": 120, "3": 300, "4": 110}
OLD = {"1": 200, "2": 260, "3": 210}


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Four towns of a Kreis with three indicators, one of them the same everywhere."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        await _fill(world)
        yield world
    databases.drop(database)


async def _fill(world: World) -> None:
    stack, office = world.stack, world.office
    fourth = "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage,"
    stack.database.execute(
        f"{fourth} source, attribution, is_fictional) SELECT '99001004', kind, 'Stadt 4', 'stadt',"
        " parent_id, lineage, '', '', true FROM indicator.area WHERE code = '99001001'"
    )
    stack.database.execute(
        "UPDATE indicator.area SET lineage = ARRAY[parent_id, id] WHERE code = '99001004'"
    )
    for code in ("alt", "gleich", "leer"):
        await create(
            stack,
            office,
            "/v1/measures",
            {"code": code, "name": code, "unit": "Anzahl", "kind": "count"},
        )
        await create(
            stack,
            office,
            "/v1/indicators",
            INDICATOR
            | {"code": f"{code}_quote", "name": f"Anteil {code}", "short_name": code}
            | {"numerator": {"measure": code}},
        )
    stack.database.execute(
        "UPDATE indicator.indicator SET is_key_indicator = true,"
        " usual_source = 'Melderegister' WHERE is_current"
    )
    head = "area;period;measure;value\n"
    body = head
    for town, cases in LB.items():
        for year in YEARS:
            body += f"9900100{town};{year};lb;{cases + year - 2023}\n"
            body += f"9900100{town};{year};ew;1000\n"
        body += f"9900100{town};2023;gleich;500\n"
    for town, old in OLD.items():
        body += f"9900100{town};2023;alt;{old}\n"
    # a newer year that one town alone has delivered
    body += "99001001;2024;lb;1\n99001001;2024;ew;1000\n"
    # a hundred less than its towns have: in one file that would be refused
    kreis = f"{head}99001;2023;lb;630\n99001;2023;ew;4000\n99001;2023;gleich;1900\n"
    stack.database.execute("UPDATE indicator.dataset SET additivity = 'exact'")
    for file in (body, kreis):
        delivery = await stack.deliver(office, "sgb2", file, confirm="Zahlen für diesen Test")
        assert delivery["state"] == "accepted", delivery
    await stack.release(office, "sgb2")


async def profile_of(world: World, code: str, **params: Any) -> Any:
    """The profile as the public reads it."""
    answer = await world.stack.indicator.get(f"/v1/areas/{code}/profile", params=params)
    assert answer.status_code == 200, answer.text
    Profile.model_validate(answer.json())
    return answer.json()


async def test_a_profile_holds_what_the_observations_hold(filled: World) -> None:
    profile = await profile_of(filled, "99001001")
    codes = [item["indicator"]["code"] for item in profile["indicators"]]
    assert codes == ["alt_quote", "gleich_quote", "sgb2_quote"]
    for entry in profile["indicators"]:
        code = entry["indicator"]["code"]
        asked = {"indicator": code, "area": ["99001001", "99001"]}
        answer = (await filled.stack.indicator.get("/v1/observations", params=asked)).json()
        expected = {
            (item["area"], item["period"]): item
            for item in answer["items"]
            # what it is compared with speaks by figures of its own and by whole sums
            if item["area"] == "99001001" or is_whole(item)
        }
        assert {(item["area"], item["period"]): item for item in entry["items"]} == expected
        assert entry["interval"] == answer["interval"]
        told = [profile["sources"][number]["dataset"] for number in entry["sources"]]
        assert set(told) == {"sgb2"}
    own = [item["area"] for item in profile["indicators"][2]["items"]]
    assert own == ["99001001"] * 4 + ["99001"] * (len(own) - 4), "its own first, then by time"


def is_whole(item: dict[str, Any]) -> bool:
    """Whether a figure is an area's own or a sum of all its parts."""
    how = item["derivation"]
    return how is None or (item["value"] is not None and how["parts"] == how["parts_expected"])


async def test_the_kreis_is_compared_with_by_its_whole_sums(filled: World) -> None:
    (entry,) = [
        item
        for item in (await profile_of(filled, "99001001"))["indicators"]
        if item["indicator"]["code"] == "sgb2_quote"
    ]
    kreis = {item["period"]: item for item in entry["items"] if item["area"] == "99001"}
    # of 2024 one town alone is known
    assert sorted(kreis) == ["2021", "2022", "2023"]
    assert kreis["2021"]["derivation"]["detail"] == "Summe aus 4 von 4 Gemeinden"
    assert kreis["2021"]["value"] == pytest.approx(100 * (sum(LB.values()) - 8) / 4000)
    assert kreis["2023"]["derivation"] is None


async def test_wide_sums_are_left_where_they_would_take_too_long(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await profile_of(filled, "99001001")
    monkeypatch.setattr(service, "MOST_CELLS_ADDED", -1)
    assert await profile_of(filled, "99001001") == whole, "the Kreis is summed up in any case"


async def test_a_profile_names_the_place_and_what_it_is_compared_with(filled: World) -> None:
    profile = await profile_of(filled, "99001001")
    area = (await filled.stack.indicator.get("/v1/areas/99001001")).json()
    assert {name: area[name] for name in profile["area"]} == profile["area"]
    assert profile["compared"] == [{"code": "99001", "name": "Kreis", "kind": "kreis"}]
    real = await profile_of(filled, "05999000")
    assert [item["code"] for item in real["compared"]] == ["05", "DG"]
    assert real["indicators"] == []


async def test_what_is_not_known_is_named_with_what_would_help(filled: World) -> None:
    gaps = {gap["indicator"]["code"]: gap for gap in (await profile_of(filled, "99001001"))["gaps"]}
    # the newest figure of one case is too small to be shown
    assert {code: gap["code"] for code, gap in gaps.items()} == {
        "leer_quote": "nothing_released",
        "sgb2_quote": "hidden",
    }
    assert gaps["leer_quote"]["suggestion"] == "Übliche Quelle: Melderegister."
    fourth = (await profile_of(filled, "99001004"))["gaps"]
    assert {gap["indicator"]["code"]: gap["code"] for gap in fourth} == {
        "alt_quote": "no_value",
        "leer_quote": "nothing_released",
    }


DIFFERS = "gleich, 2023: Für Kreis stehen 1.900, die Teile (4 Gemeinden) ergeben zusammen 2.000, "


async def test_a_total_that_its_parts_contradict_is_told(filled: World) -> None:
    (note,) = (await profile_of(filled, "99001"))["notes"]
    assert (note["code"], note["area"], note["indicator"]) == (
        "parts_differ",
        "99001",
        "gleich_quote",
    )
    assert note["detail"].startswith(f"{DIFFERS}also 100 mehr.")
    # the towns have no parts
    assert (await profile_of(filled, "99001001"))["notes"] == []


@pytest.mark.parametrize("place", ["within", "parent", "area"])
async def test_figures_tell_of_totals_where_they_are_asked_to(filled: World, place: str) -> None:
    client = filled.stack.indicator
    asked = {"indicator": ["gleich_quote", "sgb2_quote"], "period": "2023", place: "99001"}
    plain = (await client.get("/v1/observations", params=asked)).json()
    assert plain["notes"] == []
    told = (await client.get("/v1/observations", params=asked | {"check_totals": "true"})).json()
    assert [note["detail"].startswith(DIFFERS) for note in told["notes"]] == [True]
    assert told["items"] == plain["items"]


async def test_only_a_place_can_be_held_to_its_parts(filled: World) -> None:
    asked = {"indicator": "sgb2_quote", "level": "gemeinde", "check_totals": "true"}
    answer = await filled.stack.indicator.get("/v1/observations", params=asked)
    assert_problem(answer, 422, "check_totals_needs_place")


@pytest.mark.parametrize("code", ["99001001", "99001"])
async def test_a_profile_takes_three_statements_of_data_however_much_it_holds(
    filled: World, code: str
) -> None:
    await profile_of(filled, code)
    with counted(filled) as statements:
        await profile_of(filled, code)
    data = [item for item in statements if "set_config" not in item]
    assert len(data) == 3, data


async def test_a_profile_is_confirmed_until_it_changes(filled: World) -> None:
    client, path = filled.stack.indicator, "/v1/areas/99001001/profile"
    first = await client.get(path)
    held = {"If-None-Match": first.headers["ETag"]}
    assert (await client.get(path, headers=held)).status_code == 304
    filled.stack.database.execute(
        "UPDATE indicator.indicator SET usual_source = 'Jobcenter' WHERE code = 'leer_quote'"
    )
    assert (await client.get(path, headers=held)).status_code == 200
    filled.stack.database.execute(
        "UPDATE indicator.indicator SET usual_source = 'Melderegister' WHERE code = 'leer_quote'"
    )


@pytest.mark.parametrize("ending", ["profile", "similar"])
async def test_an_unknown_place_is_told_with_the_key_that_was_perhaps_meant(
    filled: World, ending: str
) -> None:
    answer = await filled.stack.indicator.get(f"/v1/areas/5999000/{ending}")
    assert "05999000" in assert_problem(answer, 404, "area_unknown")["detail"]


# similar places


async def similar_to(world: World, code: str, **params: Any) -> Any:
    """The similar areas as the public reads them."""
    answer = await world.stack.indicator.get(f"/v1/areas/{code}/similar", params=params)
    assert answer.status_code == 200, answer.text
    Similar.model_validate(answer.json())
    return answer.json()


async def test_similar_towns_come_with_distances_means_and_z_values(filled: World) -> None:
    found = await similar_to(filled, "99001001", indicator="sgb2_quote")
    # 2024 is known of one town alone: the newest common year is 2023
    (feature,) = found["profile"]
    assert feature["period"] == {"code": "2023", "label": "2023"}
    values = [10.0, 12.0, 30.0, 11.0]
    mean = sum(values) / 4
    sd = (sum((value - mean) ** 2 for value in values) / 4) ** 0.5
    assert (feature["areas"], feature["weight"]) == (4, 1.0)
    assert (feature["mean"], feature["sd"]) == (pytest.approx(mean), pytest.approx(sd))
    assert [(item["code"], item["distance"]) for item in found["items"]] == [
        ("99001004", pytest.approx(1 / sd)),
        ("99001002", pytest.approx(2 / sd)),
        ("99001003", pytest.approx(20 / sd)),
    ]
    assert found["own"] == [
        {"indicator": "sgb2_quote", "value": 10.0, "z": pytest.approx((10 - mean) / sd)}
    ]
    assert found["reason"] is None
    assert found["method"]["detail"]


async def test_by_default_key_indicators_count_and_the_rest_is_said(filled: World) -> None:
    found = await similar_to(filled, "99001001")
    assert [item["indicator"] for item in found["profile"]] == ["alt_quote", "sgb2_quote"]
    assert {item["indicator"]: item["code"] for item in found["dropped"]} == {
        "gleich_quote": "constant",
        "leer_quote": "lacking",
    }
    assert [item["code"] for item in found["items"]] == ["99001002", "99001003"]
    assert found["left_out"] == [
        {
            "code": "99001004",
            "name": "Stadt 4",
            "missing": ["alt_quote"],
            "detail": "Hier fehlt: alt.",
        }
    ]
    assert found["left_out_count"] == 1


async def test_where_key_indicators_have_no_figures_those_count_that_have(filled: World) -> None:
    database = filled.stack.database
    try:
        database.execute("UPDATE indicator.indicator SET is_key_indicator = code = 'leer_quote'")
        found = await similar_to(filled, "99001001")
        assert [item["indicator"] for item in found["profile"]] == ["alt_quote", "sgb2_quote"]
        assert found["chosen_by"]["code"] == "available"
        assert (
            "Schlüsselindikatoren liegt für dieses Gebiet keine Zahl"
            in (found["chosen_by"]["detail"])
        )
        assert [item["code"] for item in found["items"]] == ["99001002", "99001003"]
    finally:
        database.execute("UPDATE indicator.indicator SET is_key_indicator = true")
    usual = await similar_to(filled, "99001001")
    assert usual["chosen_by"]["code"] == "key_indicators"
    named = await similar_to(filled, "99001001", indicator="sgb2_quote")
    assert named["chosen_by"]["code"] == "named"


async def test_more_rows_than_are_held_at_once_are_never_cut_off(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAXIMUM_ROWS", 3)
    answer = await filled.stack.indicator.get("/v1/areas/99001001/profile")
    assert_problem(answer, 500, "internal_error")
    assert len((await similar_to(filled, "99001001", indicator="sgb2_quote"))["items"]) == 3


async def test_being_alike_is_mutual_and_the_number_of_neighbours_is_kept_to(
    filled: World,
) -> None:
    towns = ("99001001", "99001002", "99001003")
    near: dict[tuple[str, str], float] = {}
    for town in towns:
        for item in (await similar_to(filled, town))["items"]:
            near[town, item["code"]] = item["distance"]
    for (one, other), distance in near.items():
        assert near[other, one] == pytest.approx(distance)
    assert len((await similar_to(filled, "99001001", count=1))["items"]) == 1


async def test_invented_places_are_never_beside_real_ones(filled: World) -> None:
    real = await similar_to(filled, "05999000")
    assert (real["items"], real["left_out"]) == ([], [])
    assert real["reason"]["code"] in ("nothing_released", "nothing_to_compare")
    invented = await similar_to(filled, "99001001")
    assert all(item["code"].startswith("99") for item in invented["items"])


async def test_without_anything_to_compare_by_it_says_why(filled: World) -> None:
    for asked, code in (("leer_quote", "nothing_released"), ("gleich_quote", "nothing_to_compare")):
        found = await similar_to(filled, "99001001", indicator=asked)
        assert (found["items"], found["reason"]["code"]) == ([], code)
    alone = await similar_to(filled, "99001")
    assert alone["items"] == []


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"level": "kreis"}, 422, "other_level"),
        ({"count": "0"}, 422, "invalid_request"),
        ({"count": "101"}, 422, "invalid_request"),
        ({"indicator": "nix"}, 404, "indicator_unknown"),
        ({"by": "x"}, 422, "unknown_parameter"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_in_words(
    filled: World, params: dict[str, str], status: int, code: str
) -> None:
    answer = await filled.stack.indicator.get("/v1/areas/99001001/similar", params=params)
    assert_problem(answer, status, code)


async def test_similar_towns_as_a_file_are_those_of_the_document(filled: World) -> None:
    path = "/v1/areas/99001001/similar"
    document = (await filled.stack.indicator.get(path, params={"count": 2})).json()
    expected = [
        (str(rank), area["code"], value["indicator"], value["value"], value["z"])
        for rank, area in enumerate(
            [document["area"] | {"values": document["own"]}, *document["items"]]
        )
        for value in area["values"]
    ]
    comma = await filled.stack.indicator.get(
        path, params={"count": 2, "f": "csv", "dialect": "comma"}
    )
    rows = list(csv.DictReader(io.StringIO(comma.text)))
    assert [
        (row["rank"], row["area"], row["indicator"], float(row["value"]), float(row["z"]))
        for row in rows
    ] == expected
    assert {row["is_fictional"] for row in rows} == {"false"}
    assert {row["source"] for row in rows} == {"Testamt"}
    semicolon = await filled.stack.indicator.get(
        path, params={"count": 2}, headers={"accept": "text/csv"}
    )
    german = list(csv.DictReader(io.StringIO(semicolon.content.decode("utf-8-sig")), delimiter=";"))
    assert german[0]["value"] == rows[0]["value"].replace(".", ",")
    assert semicolon.headers["etag"] != comma.headers["etag"]
    book = await filled.stack.indicator.get(path, params={"count": 2, "f": "xlsx"})
    assert "aehnliche_Gebiete_99001001.xlsx" in book.headers["content-disposition"]
    sheets = fastexcel.read_excel(book.content)
    assert sheets.sheet_names == ["Ähnliche Gebiete", "Erläuterung"]
    table = sheets.load_sheet(0).to_polars()
    assert table["Gebietsschlüssel"].to_list() == [code for _, code, *_ in expected]
    about = sheets.load_sheet(1, header_row=None).to_polars()
    assert "Quelle" in about.to_series(0).to_list()
    refused = await filled.stack.indicator.get(path, headers={"accept": "image/png"})
    assert_problem(refused, 406, "not_acceptable")
