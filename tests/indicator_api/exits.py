"""Every way out of indicator_api, and whether a reader sees a dataset's figures in it."""

import io
from typing import Any

import fastexcel
import httpx
import polars as pl

from tests.indicator_api.everyone import (
    FIGURES,
    TOWN,
    YEARS,
    Everyone,
)
from tests.indicator_api.tile_reader import read_tile


async def get(everyone: Everyone, who: str, path: str, **params: str) -> httpx.Response:
    """An answer of indicator_api to this reader; the same question is asked once."""
    key = (who, path, *sorted(params.items()))
    if key not in everyone.answers:
        everyone.answers[key] = await everyone.stack.indicator.get(
            path, params=params, headers=everyone.headers(who)
        )
    return everyone.answers[key]


def question(name: str) -> dict[str, str]:
    """What asks for a dataset's figures of the towns."""
    return {"indicator": f"i_{name}", "level": "gemeinde", "within": "99001"}


async def seen_json(everyone: Everyone, who: str, name: str) -> bool:
    answer = (await get(everyone, who, "/v1/observations", **question(name))).json()
    values = [item["value"] for item in answer["items"]]
    assert values in ([], [FIGURES[name]])
    assert bool(values) == bool(answer["sources"]) == (answer["reason"] is None)
    return bool(values)


async def seen_measure(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(
        everyone, who, "/v1/observations", measure=f"m_{name}", area=TOWN, period=str(YEARS[name])
    )
    return bool(answer.json()["items"])


async def seen_series(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", indicator=f"i_{name}", area=TOWN)
    return bool(answer.json()["items"])


async def seen_csv(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="csv", **question(name))
    assert (f";{FIGURES[name]};" in answer.text) == (f"Quelle {name}" in answer.text)
    return f";{FIGURES[name]};" in answer.text


async def seen_geojson(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="geojson", **question(name))
    return bool(answer.json()["features"])


async def seen_parquet(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="parquet", **question(name))
    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame["value"].to_list() in ([], [FIGURES[name]])
    assert (frame.height > 0) == (f"Quelle {name}".encode() in answer.content)
    return frame.height > 0


async def seen_xlsx(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="xlsx", **question(name))
    book = fastexcel.read_excel(answer.content)
    values = book.load_sheet("Zahlen").to_polars()["Wert"].to_list()
    assert values in ([], [FIGURES[name]])
    told = str(book.load_sheet("Erläuterung", header_row=None).to_polars().rows())
    assert bool(values) == (f"Quelle {name}" in told)
    return bool(values)


async def seen_profile(everyone: Everyone, who: str, name: str) -> bool:
    profile = (await get(everyone, who, f"/v1/areas/{TOWN}/profile")).json()
    told = [
        item["value"]
        for entry in profile["indicators"]
        if entry["indicator"]["code"] == f"i_{name}"
        for item in entry["items"]
        if item["area"] == TOWN
    ]
    assert told in ([], [FIGURES[name]])
    assert bool(told) == (f"d_{name}" in {source["dataset"] for source in profile["sources"]})
    gaps = {gap["indicator"]["code"]: gap["code"] for gap in profile["gaps"]}
    assert bool(told) == (gaps.get(f"i_{name}") != "nothing_released")
    return bool(told)


async def seen_similar(everyone: Everyone, who: str, name: str) -> bool:
    """One area alone has no neighbour; whether there is a figure is told by the reason."""
    answer = await get(everyone, who, f"/v1/areas/{TOWN}/similar", indicator=f"i_{name}")
    assert str(FIGURES[name]) not in answer.text
    return bool(answer.json()["reason"]["code"] != "nothing_released")


async def seen_revision(everyone: Everyone, who: str, name: str) -> bool:
    asked = {"measure": f"m_{name}", "basis": "released"}
    page = (await get(everyone, who, "/v1/revisions", **asked)).json()
    told = [(item["old"]["value"], item["new"]["value"]) for item in page["items"]]
    assert told in ([], [(FIGURES[name] + 1, FIGURES[name])])
    assert bool(told) == (page["reason"] is None)
    return bool(told)


async def seen_changes(everyone: Everyone, who: str, name: str) -> bool:
    page = (await get(everyone, who, "/v1/changes", indicator=f"i_{name}")).json()
    told = {item["new"]["value"] for item in page["items"] if item["area"]["code"] == TOWN}
    assert told in (set(), {FIGURES[name]})
    assert bool(told) == (f"d_{name}" in str(page))
    return bool(told)


async def covered(everyone: Everyone, who: str, name: str) -> dict[str, Any]:
    """The cell of a matrix for the town of this figure."""
    asked = {"level": "gemeinde", "parent": "99001", "indicator": f"i_{name}"}
    matrix = (await get(everyone, who, "/v1/coverage", **asked)).json()
    town = "99001003" if name == "foreign" else TOWN
    (cells,) = (
        cells
        for area, cells in zip(matrix["areas"], matrix["cells"], strict=True)
        if area["code"] == town
    )
    (cell,) = cells
    (column,) = matrix["indicators"]
    # nobody learns of a year of which there is nothing for them
    assert (column["newest"] is None) == (cell["state"] == "missing")
    assert (str(YEARS[name]) in str(matrix)) == (cell["state"] != "missing")
    assert (f"d_{name}" in str(matrix)) == (cell["state"] != "missing")
    return dict(cell)


async def seen_coverage(everyone: Everyone, who: str, name: str) -> bool:
    return bool((await covered(everyone, who, name))["state"] == "released")


async def seen_coverage_file(everyone: Everyone, who: str, name: str) -> bool:
    asked = {"level": "gemeinde", "parent": "99001", "indicator": f"i_{name}", "f": "csv"}
    answer = await get(everyone, who, "/v1/coverage", **asked)
    return ";released;" in answer.text


async def seen_tile(everyone: Everyone, who: str, name: str) -> bool:
    path = f"/v1/tiles/i_{name}/{YEARS[name]}/0/0/0.mvt"
    answer = await get(everyone, who, path, level="gemeinde", within="99001")
    assert answer.status_code == 200
    features = read_tile(answer.content).get("areas", [])
    values = [feature.properties["value"] for feature in features]
    assert values in ([], [FIGURES[name]])
    return bool(values)


async def seen_picture(everyone: Everyone, who: str, name: str) -> bool:
    path = f"/v1/maps/i_{name}/{YEARS[name]}.svg"
    answer = await get(everyone, who, path, level="gemeinde", within="99001")
    assert answer.status_code in (200, 404)
    return answer.status_code == 200 and "Stadt 1: " in answer.text


async def seen_indicators(everyone: Everyone, who: str, name: str) -> bool:
    items = (await get(everyone, who, "/v1/indicators")).json()["items"]
    item = next(item for item in items if item["code"] == f"i_{name}")
    told = {field: bool(item[field]) for field in ("levels", "periods", "datasets", "coverage")}
    assert len(set(told.values())) == 1, told
    return told["coverage"]


async def seen_indicator(everyone: Everyone, who: str, name: str) -> bool:
    item = (await get(everyone, who, f"/v1/indicators/i_{name}")).json()
    return bool(item["levels"] or item["periods"] or item["datasets"] or item["coverage"])


async def seen_in_list(everyone: Everyone, who: str, name: str) -> bool:
    items = (await get(everyone, who, "/v1/releases")).json()["items"]
    return f"d_{name}" in {item["dataset"]["code"] for item in items}


async def seen_in_filtered_list(everyone: Everyone, who: str, name: str) -> bool:
    answer = (await get(everyone, who, "/v1/releases", dataset=f"d_{name}")).json()
    return bool(answer["items"])


async def seen_single(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, f"/v1/releases/{everyone.releases[name]['id']}")
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


async def seen_pinned(everyone: Everyone, who: str, name: str) -> bool:
    pinned = {"release": everyone.releases[name]["id"]}
    answer = await get(everyone, who, "/v1/observations", **question(name), **pinned)
    assert answer.status_code in (200, 404)
    return answer.status_code == 200 and bool(answer.json()["items"])


async def seen_sum(everyone: Everyone, who: str, name: str) -> bool:
    """The Kreis has no cell of its own: what it shows is the sum of one town of three."""
    answer = (
        await get(everyone, who, "/v1/observations", indicator=f"i_{name}", area="99001")
    ).json()
    values = [(item["value"], item["derivation"]["method"]) for item in answer["items"]]
    assert values in ([], [(FIGURES[name], "sum")])
    return bool(values)


async def seen_sums_of_a_level(everyone: Everyone, who: str, name: str) -> bool:
    ask = question(name) | {"level": "kreis"}
    answer = (await get(everyone, who, "/v1/observations", **ask)).json()
    return bool(answer["items"])


async def seen_as_of(everyone: Everyone, who: str, name: str) -> bool:
    ask = question(name) | {"as_of": "2999-12-31"}
    return bool((await get(everyone, who, "/v1/observations", **ask)).json()["items"])


async def seen_derived(everyone: Everyone, who: str, name: str) -> bool:
    """Nothing to compare with: but that there is a year without one tells that there is a year."""
    ask = question(name) | {"derive": "change"}
    return bool((await get(everyone, who, "/v1/observations", **ask)).json()["items"])


async def seen_reason(everyone: Everyone, who: str, name: str) -> bool:
    """Whether asking for what there is not tells what there is."""
    wrong = {"indicator": f"i_{name}", "within": "99001"}
    told = []
    for ask in ({"period": "1999"}, {"level": "quartier"}):
        answer = await get(everyone, who, "/v1/observations", **wrong, **ask)
        told.append(str(YEARS[name]) in answer.text or "Gemeinden" in answer.text)
    assert len(set(told)) == 1
    return told[0]


async def seen_etag(everyone: Everyone, who: str, name: str) -> bool:
    """Whether the entity tag differs from those of answers without a figure.

    There are two: who reads raw facts is told of deliveries besides, whoever holds them.
    """
    if name == "public":
        return await seen_json(everyone, who, name)
    ask = question(name)
    empty = [
        await get(everyone, other, "/v1/observations", **ask) for other in ("nobody", "landesamt")
    ]
    assert [answer.json()["items"] for answer in empty] == [[], []]
    answer = await get(everyone, who, "/v1/observations", **ask)
    return answer.headers["ETag"] not in {other.headers["ETag"] for other in empty}


EXITS = {
    exit.__name__.removeprefix("seen_"): exit
    for exit in (
        seen_json,
        seen_measure,
        seen_series,
        seen_csv,
        seen_geojson,
        seen_parquet,
        seen_xlsx,
        seen_profile,
        seen_similar,
        seen_revision,
        seen_changes,
        seen_coverage,
        seen_coverage_file,
        seen_tile,
        seen_picture,
        seen_indicators,
        seen_indicator,
        seen_in_list,
        seen_in_filtered_list,
        seen_single,
        seen_pinned,
        seen_sum,
        seen_sums_of_a_level,
        seen_as_of,
        seen_derived,
        seen_reason,
        seen_etag,
    )
}
