"""The catalogue over HTTP: what is listed, its history, as JSON and CSV, and who may see what."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.indicator_api.indicators.catalogue_files import read_catalogue
from services.indicator_api.indicators.catalogue_loading import OPERATOR, load_catalogue
from services.shared.database import Database
from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.test_statement_counts import counted
from tests.indicator_api.world import DATASET, INDICATOR, World, create
from tests.support.stack import as_bearer


async def fill(world: World) -> None:
    """Add the catalogue, and an office's own indicator with released figures."""
    own = INDICATOR | {"code": "eigener", "name": "Eigener Indikator"}
    await create(world.stack, world.office, "/v1/indicators", own)
    database = Database(world.stack.database.service_url("indicator"), pool_size=1)
    async with database.write_session(OPERATOR) as session:
        await load_catalogue(session, read_catalogue())
    await database.close()
    await world.stack.deliver(world.office, "sgb2", FILE)
    await world.stack.release(world.office, "sgb2")


@pytest.fixture(scope="module")
async def kept_catalogue(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KeptWorld]:
    """The world with the catalogue, made once."""
    async with kept_world.filled(tmp_path_factory.mktemp("catalogue"), fill) as kept:
        yield kept


@pytest.fixture
async def catalogue(kept_catalogue: KeptWorld, tmp_path: Path) -> AsyncIterator[World]:
    """The world with the catalogue; figures of an office's own indicator are released."""
    async with kept_catalogue.opened(tmp_path) as world:
        yield world


async def listed(world: World, **params: Any) -> list[str]:
    """Codes of a list that everybody may read."""
    answer = await world.stack.indicator.get("/v1/indicators", params=params)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


async def test_the_list_is_in_the_order_of_the_catalogue_and_own_ones_follow(
    catalogue: World,
) -> None:
    codes = await listed(catalogue)
    assert codes[:3] == ["sgb2_quote", "elb_quote", "mindestsicherungsquote"]
    assert codes[-2:] == ["ueberschuldungsquote", "eigener"]
    assert len(codes) == 61
    pages: list[str] = []
    path = "/v1/indicators?limit=25"
    while path:
        page = await catalogue.stack.indicator.get(path)
        pages += [item["code"] for item in page.json()["items"]]
        path = page.links["next"]["url"] if "next" in page.links else ""
    assert pages == codes


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"dimension": "alter", "q": "pflege"}, ["hochaltrige", "pflegequote", "hilfe_zur_pflege"]),
        ({"q": "KITA sprache"}, ["familiensprache_kita"]),
        ({"q": "100%"}, []),
        (
            {"checked": "true", "dimension": "arbeitsmarkt"},
            ["arbeitslosenanteil", "langzeitarbeitslose"],
        ),
        (
            {"checked": "false", "key": "true", "dimension": "alter"},
            ["grundsicherung_alter", "altenquotient"],
        ),
        (
            {"level": "gemeinde", "dimension": "wohnen", "checked": "false", "key": "false"},
            ["angebotsmiete", "preisgebundener_bestand", "wohnungslose", "fluktuation"],
        ),
        ({"has_figures": "true"}, ["eigener"]),
        ({"has_figures": "false", "dimension": "demografie", "q": "Wahl"}, ["wahlbeteiligung"]),
        ({"retired": "true"}, []),
        ({"dimension": "gibt_es_nicht"}, []),
        ({"level": "gibt_es_nicht", "dimension": "alter"}, []),
    ],
)
async def test_filters(catalogue: World, params: dict[str, str], expected: list[str]) -> None:
    assert await listed(catalogue, **params) == expected


async def test_dimensions_are_in_the_order_of_the_catalogue(catalogue: World) -> None:
    items = (await catalogue.stack.indicator.get("/v1/dimensions")).json()["items"]
    assert [item["code"] for item in items] == [
        "mindestsicherung", "kinder_familie", "alter", "arbeitsmarkt", "bildung", "gesundheit",
        "wohnen", "demografie",
    ]  # fmt: skip
    # the office's own one stands in the first
    assert [item["indicators"] for item in items] == [12, 7, 6, 9, 8, 7, 6, 6]


async def test_an_empty_list_says_why(catalogue: World) -> None:
    answer = await catalogue.stack.indicator.get("/v1/indicators?q=Mondphasen")
    assert answer.json()["reason"] == {
        "code": "no_match",
        "detail": "Kein Indikator passt zu allen diesen Angaben.",
        "suggestion": "Lassen Sie eine Angabe weg.",
    }


async def test_a_definition_tells_all_that_a_planner_needs(catalogue: World) -> None:
    answer = await catalogue.stack.indicator.get("/v1/indicators/kinderarmut_u15")
    shown = answer.json()
    assert shown["number"] == 12
    assert shown["is_key_indicator"]
    assert shown["is_checked"]
    assert shown["dimension"] == {"code": "kinder_familie", "label": "Kinder und Familien"}
    assert shown["numerator"] == {"measure": "NEF_U15_SGB2", "breakdown": "", "dataset": None}
    assert shown["denominator"]["measure"] == "EINWOHNER_U15"
    assert shown["breaks"][-1]["on"] == "2023-01-01"
    assert "Bürgergeld" in shown["breaks"][-1]["detail"]
    assert "erst ab 3" in shown["confidentiality_rule"]
    assert [item["version"] for item in shown["versions"]] == [1]


async def test_the_history_says_what_changed_and_keeps_what_was(catalogue: World) -> None:
    changed = INDICATOR | {
        "code": "eigener",
        "name": "Eigener Indikator",
        "unit": "je 100",
        "change_note": "Anders geschrieben.",
        "breaks": [{"on": "2024-01-01", "detail": "Neues Verfahren."}],
    }
    created = await create(catalogue.stack, catalogue.office, "/v1/indicators", changed)
    assert created["version"] == 2
    answer = await catalogue.stack.indicator.get("/v1/indicators/eigener/versions")
    newest, oldest = answer.json()["items"]
    assert newest["change_note"] == "Anders geschrieben."
    assert [item["label"] for item in newest["changed"]] == ["Einheit", "Brüche in der Reihe"]
    assert (newest["is_current"], oldest["is_current"]) == (True, False)
    assert oldest["changed"] == []
    first = await catalogue.stack.indicator.get("/v1/indicators/eigener/versions/1")
    assert first.json()["unit"] == "%"
    missing = await catalogue.stack.indicator.get("/v1/indicators/eigener/versions/9")
    assert (missing.status_code, missing.json()["code"]) == (404, "version_unknown")
    unknown = await catalogue.stack.indicator.get("/v1/indicators/keiner/versions")
    assert unknown.json()["code"] == "indicator_unknown"


async def test_without_a_note_the_history_tells_the_change_itself(catalogue: World) -> None:
    changed = INDICATOR | {"code": "eigener", "name": "Anders", "decimals": 2}
    created = await create(catalogue.stack, catalogue.office, "/v1/indicators", changed)
    assert created["change_note"] == "Geändert: Name, Nachkommastellen."


@pytest.mark.parametrize("path", ["/v1/indicators.csv", "/v1/indicators?f=csv"])
async def test_the_catalogue_as_a_table(catalogue: World, path: str) -> None:
    answer = await catalogue.stack.indicator.get(path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="indikatorenkatalog.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 61
    first = rows[0]
    assert (first["number"], first["code"], first["factor"]) == ("1", "sgb2_quote", "100")
    assert first["denominator_measure"] == "EINWOHNER_U_RAG"
    assert first["is_checked"] == "true"
    by_code = {row["code"]: row for row in rows}
    assert by_code["medianentgelt"]["denominator_measure"] == ""
    assert (by_code["eigener"]["levels"], by_code["eigener"]["periods"]) == (
        "kreis, gemeinde",
        "2023",
    )
    narrow = await catalogue.stack.indicator.get("/v1/indicators.csv?dimension=alter&checked=true")
    assert len(narrow.text.splitlines()) == 1
    for_programs = await catalogue.stack.indicator.get(
        f"{path}{'&' if '?' in path else '?'}dialect=comma"
    )
    assert for_programs.text.startswith("number,variant,code,")


async def test_what_is_known_already_is_not_sent_again(catalogue: World) -> None:
    client = catalogue.stack.indicator
    for path in (
        "/v1/indicators",
        "/v1/indicators.csv",
        "/v1/indicators/eigener",
        "/v1/indicators/eigener/versions",
        "/v1/indicators/eigener/versions/1",
    ):
        first = await client.get(path)
        etag = first.headers["etag"]
        again = await client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b""), path
    tag = (await client.get("/v1/indicators/eigener")).headers["etag"]
    await catalogue.stack.deliver(catalogue.office, "sgb2", FILE.replace(";2023;", ";2022;"))
    await catalogue.stack.release(catalogue.office, "sgb2")
    anew = await client.get("/v1/indicators/eigener", headers={"if-none-match": tag})
    assert anew.status_code == 200, "a new period is released"


async def test_figures_that_one_may_not_see_do_not_count(catalogue: World) -> None:
    stack = catalogue.stack
    await create(
        stack, catalogue.office, "/v1/datasets", DATASET | {"code": "intern", "title": "Intern"}
    )
    for code in ("a", "b"):
        body = {"code": f"m{code}", "name": code, "unit": "Anzahl", "kind": "count"}
        await create(stack, catalogue.office, "/v1/measures", body)
    wanted = INDICATOR | {
        "code": "intern_quote",
        "numerator": {"measure": "ma"},
        "denominator": {"measure": "mb"},
    }
    await create(stack, catalogue.office, "/v1/indicators", wanted)
    await stack.deliver(
        catalogue.office, "intern", FILE.replace(";lb;", ";ma;").replace(";ew;", ";mb;")
    )
    await stack.release(catalogue.office, "intern", audience="administration")
    assert await listed(catalogue, has_figures="true") == ["eigener"]
    seen = await stack.indicator.get(
        "/v1/indicators?has_figures=true", headers=as_bearer(catalogue.office)
    )
    assert [item["code"] for item in seen.json()["items"]] == ["eigener", "intern_quote"]


async def test_reading_takes_few_statements_however_much_there_is(catalogue: World) -> None:
    client = catalogue.stack.indicator
    for path, most in (
        ("/v1/indicators?limit=200", 5),
        ("/v1/indicators?limit=200&has_figures=true&q=quote&level=gemeinde", 5),
        ("/v1/indicators.csv", 5),
        ("/v1/indicators/eigener", 5),
        ("/v1/indicators/eigener/versions", 4),
    ):
        await client.get(path)
        with counted(catalogue) as statements:
            await client.get(path)
        assert len(statements) <= most, (path, statements)
