"""The same figures in every format, page by page, and confirmed only while they hold."""

import io
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pyarrow.parquet as pq
import pytest

# isort: off
# which drivers GDAL loads is settled here, before pyogrio
import services.indicator_api.area_imports.reading.drivers  # noqa: F401
import pyogrio.raw
# isort: on

from services.indicator_api.observations.formats.columns import COLUMNS
from services.indicator_api.observations.formats.words import STATUS_WORDS
from services.shared.negotiation import MEDIA_TYPES
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.tile_reader import read_tile
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

YEARS = (2019, 2020, 2021, 2022, 2023)
SIGNS = {2021: "."}
QUESTION = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"}


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Three towns over five years, one of them hidden, one year unknown."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        body = "area;period;measure;value\n"
        for town in (1, 2, 3):
            for year in YEARS:
                cases = SIGNS.get(year, str(town * 10 + year - 2018)) if town < 3 else "1"
                body += f"9900100{town};{year};lb;{cases}\n9900100{town};{year};ew;{town * 700}\n"
        delivery = await stack.deliver(world.office, "sgb2", body)
        assert delivery["state"] == "accepted", delivery
        await stack.release(world.office, "sgb2")
        yield world
    databases.drop(database)


async def ask(world: World, **params: Any) -> Any:
    """The JSON answer to a question."""
    answer = await world.stack.indicator.get("/v1/observations", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


TOWNS = ["99001001", "99001002", "99001003"]


@pytest.mark.parametrize("limit", [1, 2, 4, 7, 15, 100])
async def test_paging_a_series_meets_every_figure_once_and_in_order(
    filled: World, limit: int
) -> None:
    question = {"indicator": "sgb2_quote", "area": TOWNS}
    whole = [(item["area"], item["period"]) for item in (await ask(filled, **question))["items"]]
    assert whole == [(town, str(year)) for town in TOWNS for year in YEARS]
    found: list[tuple[str, str]] = []
    page = await ask(filled, **question, limit=limit)
    while True:
        assert 0 < len(page["items"]) <= limit
        found += [(item["area"], item["period"]) for item in page["items"]]
        assert len(found) <= len(whole)
        if page["next"] is None:
            break
        page = await ask(filled, **question, limit=limit, cursor=page["next"])
    assert found == whole


FILES = ("csv", "xlsx", "parquet", "geojson")


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize(("name", "value"), [("limit", "2"), ("cursor", "x")])
async def test_a_file_is_always_whole_and_says_so_when_asked_for_a_part(
    filled: World, form: str, name: str, value: str
) -> None:
    params = QUESTION | {"f": form, name: value}
    answer = await filled.stack.indicator.get("/v1/observations", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_for_files")
    assert answer.json()["errors"][0]["pointer"] == name


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_paging_a_map_meets_every_area_once_and_links_to_the_next_page(
    filled: World, limit: int
) -> None:
    found: list[str] = []
    url: str | None = str(
        filled.stack.indicator.build_request(
            "GET", "/v1/observations", params=QUESTION | {"limit": limit}
        ).url
    )
    while url is not None:
        answer = await filled.stack.indicator.get(url)
        assert len(found) < 3
        found += [item["area"] for item in answer.json()["items"]]
        # what stands above the figures is of all pages, not of one
        assert sum(answer.json()["classes"]["counts"]) == 2
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == TOWNS


SERIES: dict[str, Any] = {"indicator": "sgb2_quote", "area": TOWNS}
NUMBERS = ("value", "numerator", "denominator", "lower", "upper")


def read_file(form: str, content: bytes, folder: Path) -> list[dict[str, Any]]:
    """The rows of a file with the names of JSON's items, as another program reads them."""
    if form.startswith("csv"):
        is_german = form == "csv"
        frame = pl.read_csv(
            content,
            separator=";" if is_german else ",",
            decimal_comma=is_german,
            schema_overrides={"area": pl.String, "period": pl.String, "breakdown": pl.String}
            | dict.fromkeys(NUMBERS, pl.Float64),
        )
    elif form == "parquet":
        frame = pl.read_parquet(io.BytesIO(content))
    else:
        path = folder / "figures.xlsx"
        path.write_bytes(content)
        sheet = fastexcel.read_excel(path).load_sheet("Zahlen").to_polars()
        frame = sheet.rename({column.heading: column.name for column in COLUMNS})
        words = {word: name for name, word in STATUS_WORDS.items()}
        frame = frame.with_columns(pl.col("status").replace_strict(words))
    return frame.to_dicts()


@pytest.mark.parametrize("form", ["csv", "csv&dialect=comma", "xlsx", "parquet"])
@pytest.mark.parametrize("question", [QUESTION, SERIES])
async def test_every_file_holds_what_json_holds_cell_by_cell(
    filled: World, tmp_path: Path, form: str, question: dict[str, Any]
) -> None:
    expected = await ask(filled, **question)
    request = filled.stack.indicator.build_request("GET", "/v1/observations", params=question)
    answer = await filled.stack.indicator.get(f"{request.url}&f={form}")
    assert answer.status_code == 200, answer.text
    rows = read_file(form, answer.content, tmp_path)
    assert len(rows) == len(expected["items"])
    for row, item in zip(rows, expected["items"], strict=True):
        assert (row["indicator"], row["indicator_name"]) == ("sgb2_quote", "SGB II-Quote")
        assert (row["area"], row["name"], row["level"]) == (item["area"], item["name"], "gemeinde")
        assert (row["period"], row["status"]) == (item["period"], item["status"])
        assert (row["quality"] or "").split() == item["quality"]
        for column in NUMBERS:
            # a spreadsheet calculates with 15 digits
            exact = item[column] is None or form != "xlsx"
            assert row[column] == (
                item[column] if exact else pytest.approx(item[column], rel=1e-15)
            )
        assert (row["unit"], row["source"], row["release"]) == ("%", "Testamt", "sgb2 1")
        assert row["licence"] == "dl-de/by-2-0"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (QUESTION, "sgb2_quote_gemeinde_99001_2023"),
        (SERIES, "sgb2_quote_99001001_99001002_99001003_2019_bis_2023"),
        ({"measure": "lb", "area": "99001001", "period": "2020"}, "lb_99001001_2020"),
    ],
)
async def test_a_file_is_named_after_what_is_in_it(
    filled: World, question: dict[str, Any], name: str
) -> None:
    for form in FILES:
        answer = await filled.stack.indicator.get("/v1/observations", params=question | {"f": form})
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{form}"'


async def test_the_format_follows_what_the_client_accepts(filled: World) -> None:
    client = filled.stack.indicator
    for form, media_type in MEDIA_TYPES.items():
        answer = await client.get(
            "/v1/observations", params=QUESTION, headers={"Accept": f"{media_type}, */*;q=0.1"}
        )
        assert answer.headers["Content-Type"].split(";")[0] == media_type
        assert "Accept" in answer.headers["Vary"]
        assert "Authorization" in answer.headers["Vary"]
        head = await client.head("/v1/observations", params=QUESTION | {"f": form})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == answer.headers["Content-Type"]
        for name in ("ETag", "Vary"):
            assert name in head.headers
    refused = await client.get("/v1/observations", params=QUESTION, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    assert "text/csv" in refused.json()["detail"]


async def test_an_empty_file_has_its_head_and_says_why_it_is_empty(
    filled: World, tmp_path: Path
) -> None:
    question = {"indicator": "sgb2_quote", "level": "quartier", "within": "99001"}
    for form in FILES:
        answer = await filled.stack.indicator.get("/v1/observations", params=question | {"f": form})
        assert answer.status_code == 200
        assert answer.headers["X-Reason-Code"] == "level_not_available"
        if form in ("csv", "parquet"):
            assert read_file(form, answer.content, tmp_path) == []
        elif form == "geojson":
            assert answer.json()["features"] == []
            assert answer.json()["reason"]["code"] == "level_not_available"
        else:
            path = tmp_path / "empty.xlsx"
            path.write_bytes(answer.content)
            told = fastexcel.read_excel(path).load_sheet("Erläuterung", header_row=None)
            assert "Keine Zahlen" in [heading for heading, _ in told.to_polars().rows()]


async def test_invented_figures_are_marked_as_such_in_every_file(
    world: World, tmp_path: Path
) -> None:
    stack = world.stack
    stack.database.execute("UPDATE indicator.dataset SET is_fictional = true")
    await stack.deliver(world.office, "sgb2", FILE)
    await stack.release(world.office, "sgb2")
    for form in FILES:
        answer = await stack.indicator.get("/v1/observations", params=QUESTION | {"f": form})
        assert "_erfundene_Zahlen." in answer.headers["Content-Disposition"]
        if form == "geojson":
            document = answer.json()
            assert all(item["properties"]["is_fictional"] for item in document["features"])
            assert document["sources"][0]["is_fictional"]
            continue
        marks = {row["is_fictional"] for row in read_file(form, answer.content, tmp_path)}
        assert marks <= {True, "true", "ja"}
        if form == "parquet":
            schema = pq.ParquetFile(io.BytesIO(answer.content)).schema_arrow
            assert schema.metadata[b"is_fictional"] == b"true"
        if form == "xlsx":
            told = fastexcel.read_excel(answer.content).load_sheet("Erläuterung", header_row=None)
            assert "Erfundene Zahlen" in str(told.to_polars().rows()[0])


async def test_the_workbook_explains_its_figures(filled: World) -> None:
    answer = await filled.stack.indicator.get("/v1/observations", params=QUESTION | {"f": "xlsx"})
    sheet = fastexcel.read_excel(answer.content).load_sheet("Erläuterung", header_row=None)
    told = sheet.to_polars().rows()
    headings = [heading for heading, _ in told]
    for heading in ("Indikator", "Einheit", "Zähler", "Nenner", "Zeitraum", "Quelle", "Status"):
        assert heading in headings
    words = dict(told)
    assert words["Zähler"] == "Leistungsberechtigte"
    assert "Quellenvermerk: Testamt. Lizenz: dl-de/by-2-0." in words["Quelle"]
    assert "Freigabe 1 vom" in words["Quelle"]
    assert any("geheim: " in text for heading, text in told if heading == "Status")
    assert "Schwankungsbereich" in headings


async def test_geojson_is_read_by_gdal_in_degrees_with_the_same_figures(
    filled: World, tmp_path: Path
) -> None:
    expected = {item["area"]: item for item in (await ask(filled, **QUESTION))["items"]}
    answer = await filled.stack.indicator.get(
        "/v1/observations", params=QUESTION, headers={"Accept": "application/geo+json"}
    )
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document, "RFC 7946 knows but one"
    for feature in document["features"]:
        assert feature["properties"] == expected[feature["id"]] | {"is_fictional": False}
    path = tmp_path / "map.geojson"
    path.write_bytes(answer.content)
    meta, _, geometries, _ = pyogrio.raw.read(path)
    assert meta["crs"] == "EPSG:4326"
    assert meta["geometry_type"] in ("Polygon", "MultiPolygon")
    assert len(geometries) == 3
    west, south, east, north = pyogrio.read_info(path, force_total_bounds=True)["total_bounds"]
    assert 5 < west < east < 8
    assert 51 < south < north < 52


async def test_tiles_hold_the_same_figures_and_neighbours_share_their_border(
    filled: World,
) -> None:
    expected = {
        item["area"]: item for item in (await ask(filled, **QUESTION, period="2023"))["items"]
    }
    answer = await filled.stack.indicator.get(
        "/v1/tiles/sgb2_quote/2023/7/66/42.mvt", params={"level": "gemeinde", "within": "99001"}
    )
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    features = {
        feature.properties["code"]: feature for feature in read_tile(answer.content)["areas"]
    }
    assert set(features) == set(TOWNS)
    assert len({feature.id for feature in features.values()}) == 3
    for code, feature in features.items():
        item = expected[code]
        assert feature.properties["name"] == item["name"]
        assert feature.properties["status"] == item["status"]
        assert feature.properties.get("value") == pytest.approx(item["value"])
        assert ("class" in feature.properties) == (item["value"] is not None)
    corners = {code: {point for ring in feature.rings for point in ring}
               for code, feature in features.items()}  # fmt: skip
    for west, east in pairwise(TOWNS):
        assert len(corners[west] & corners[east]) >= 2, "a border is the same line for both"


async def test_what_has_no_value_has_no_class_on_the_picture_either(filled: World) -> None:
    """Hidden is hatched, missing is grey; neither looks like the highest value."""
    params = {"level": "gemeinde", "within": "99001"}
    for year, hidden, missing, valued in ((2023, 1, 0, 2), (2021, 1, 2, 0)):
        answer = await filled.stack.indicator.get(f"/v1/maps/sgb2_quote/{year}.svg", params=params)
        if valued:
            assert f"{valued} tragen einen Wert" in answer.text
        assert answer.text.count('fill="url(#hidden)"') == hidden
        assert answer.text.count('<path class="m"') == missing
        assert answer.text.count('<path class="c') == valued
        assert answer.text.count("<path ") == 3


async def test_a_tile_elsewhere_is_empty_and_one_beyond_the_world_is_not_there(
    filled: World,
) -> None:
    path = "/v1/tiles/sgb2_quote/2023/7"
    params = {"level": "gemeinde", "within": "99001"}
    away = await filled.stack.indicator.get(f"{path}/0/0.mvt", params=params)
    assert (away.status_code, away.content) == (200, b"")
    for place in ("128/0", "0/128"):
        beyond = await filled.stack.indicator.get(f"{path}/{place}.mvt", params=params)
        assert (beyond.status_code, beyond.json()["code"]) == (404, "tile_unknown")


@pytest.mark.parametrize(
    ("question", "code", "told"),
    [
        ({"indicator": "sgb2_quote", "period": "1999"}, "period_not_available", "2023"),
        ({"indicator": "sgb2_quote", "level": "quartier"}, "level_not_available", "Gemeinden"),
        ({"indicator": "sgb2_quote", "area": "05999000"}, "no_area", "Schlüssel"),
        ({"indicator": "sgb2_quote", "area": "77", "period": "2023"}, "area_unknown", "Schlüssel"),
        ({"indicator": "sgb2_quote", "within": "77"}, "area_unknown", "Schlüssel"),
    ],
)
async def test_an_empty_answer_says_why_and_what_would_find_something(
    filled: World, question: dict[str, str], code: str, told: str
) -> None:
    document = await ask(filled, **question)
    assert document["items"] == []
    assert document["reason"]["code"] == code
    assert told in document["reason"]["suggestion"]


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({"indicator": "nie_gehört"}, 404, "indicator_unknown"),
        ({"measure": "xy"}, 404, "measure_unknown"),
        ({}, 422, "indicator_or_measure"),
        ({"indicator": "sgb2_quote", "within": "99001", "set": "q"}, 422, "one_place"),
        ({"indicator": "sgb2_quote", "dialect": "comma"}, 422, "dialect_needs_csv"),
        ({"indicator": "sgb2_quote", "dialect": "tab", "f": "csv"}, 422, "invalid_request"),
        ({"measure": "lb", "version": "1"}, 422, "version_needs_one_indicator"),
        ({"indicator": "sgb2_quote", "change_from": "2019"}, 422, "change_from_needs_change"),
        ({"indicator": "sgb2_quote", "breaks": "1,2"}, 422, "breaks_not_fixed"),
        ({"indicator": "sgb2_quote", "valid_on": "31.12.2020"}, 422, "invalid_request"),
        (
            {
                "indicator": "sgb2_quote",
                "as_of": "2024-01-01",
                "release": "00000000-0000-7000-8000-000000000000",
            },
            422,
            "release_or_as_of",
        ),
        ({"indicator": "sgb2_quote", "period": "gestern"}, 422, "period_unreadable"),
        ({"indicator": "sgb2_quote", "breakdown": "GES=X"}, 422, "breakdown_unknown"),
        ({"indicator": "sgb2_quote", "breakdown": "GES"}, 422, "breakdown_unknown"),
        ({"indicator": "sgb2_quote", "niveau": "x"}, 422, "unknown_parameter"),
        ({"indicator": "sgb2_quote", "limit": "0"}, 422, "invalid_request"),
        ({"indicator": "sgb2_quote", "f": "pdf"}, 422, "invalid_request"),
        ({"indicator": "sgb2_quote", "release": "7"}, 422, "invalid_request"),
        ({"indicator": "sgb2_quote", "cursor": "!!"}, 422, "cursor_invalid"),
        ({"indicator": "sgb2_quote", "within": "\0"}, 422, "character_not_allowed"),
        (
            {"indicator": "sgb2_quote", "release": "00000000-0000-7000-8000-000000000000"},
            404,
            "release_unknown",
        ),
    ],
)
async def test_a_question_that_makes_no_sense_is_told_what_is_wrong_with_it(
    filled: World, question: dict[str, str], status: int, code: str
) -> None:
    answer = await filled.stack.indicator.get("/v1/observations", params=question)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert json.loads(answer.text)["detail"]
