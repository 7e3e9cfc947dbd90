"""Files come from a cursor: flat in memory, closed when the client goes, never half and whole."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from services.indicator_api.observations import repository
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.stack import open_stack

ROOT = Path(__file__).parent.parent.parent
QUARTERS = 20_000
QUESTION = {"measure": "lb", "level": "quartier", "within": "99001", "period": "2020..2029"}


@pytest.fixture(scope="module")
async def many(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with twenty thousand Quartiere, each with a released figure of one year."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        body = "area;period;measure;value\n99001001;2020;lb;10\n"
        await stack.deliver(world.office, "sgb2", body)
        await stack.release(world.office, "sgb2")
        database.execute(
            "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage,"
            " source, attribution, is_fictional) SELECT '99001001' || lpad(n::text, 6, '0'),"
            " 'quartier', 'Quartier ' || n, 'q', t.id, t.lineage, '', '', true"
            " FROM indicator.area AS t, generate_series(1, %s) AS n WHERE t.code = '99001001'",
            QUARTERS,
        )
        add_figures(database, [2020])
        yield world
    databases.drop(database)


def add_figures(database: TestDatabase, years: list[int]) -> None:
    """Released figures of all Quartiere in these years."""
    database.execute(
        "INSERT INTO indicator.period (id, code, kind, start_on, end_on, label)"
        " SELECT y * 10000, y::text, 'year', make_date(y, 1, 1), make_date(y, 12, 31), y::text"
        " FROM unnest(%s::integer[]) AS y ON CONFLICT DO NOTHING",
        years,
    )
    database.execute(
        "INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id, series_id,"
        " area_id, released_from, status, quality, value)"
        " SELECT m.id, y * 10000, 0, s.id, a.id, 1, 0, 0, a.id * 3 + 10"
        " FROM indicator.measure AS m, indicator.release_series AS s, indicator.area AS a,"
        " unnest(%s::integer[]) AS y WHERE m.code = 'lb' AND a.kind = 'quartier'",
        years,
    )
    database.execute(
        "INSERT INTO indicator.released_slice SELECT s.id, m.id, y * 10000, 0, 'quartier', %s, %s"
        " FROM indicator.measure AS m, indicator.release_series AS s,"
        " unnest(%s::integer[]) AS y WHERE m.code = 'lb'",
        QUARTERS,
        QUARTERS,
        years,
    )
    database.execute("ANALYZE indicator.released_cell, indicator.area, indicator.released_slice")


@asynccontextmanager
async def served(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """indicator_api behind a real server, on a port of its own."""
    config = uvicorn.Config(
        world.stack.indicator_app, lifespan="off", log_level="critical", access_log=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with httpx.AsyncClient(base_url=address, timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            await task


async def open_transactions(world: World) -> int:
    """How many transactions of the service are open."""
    ((number,),) = world.stack.database.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = 'qb_indicator' AND xact_start IS NOT NULL"
    )
    return int(str(number))


async def until_closed(world: World) -> None:
    """Wait until nothing of the service is open any more; fails after some seconds."""
    for _ in range(200):
        if await open_transactions(world) == 0 and places_free(world) == 4:
            return
        await asyncio.sleep(0.05)
    raise AssertionError((await open_transactions(world), places_free(world)))


def places_free(world: World) -> int:
    """How many files may still be sent at a time."""
    return int(world.stack.indicator_app.state.stream_places.free)


@pytest.mark.parametrize("form", ["csv", "parquet", "geojson"])
async def test_a_client_that_goes_away_leaves_no_cursor_behind(many: World, form: str) -> None:
    async with served(many) as client:
        async with client.stream(
            "GET",
            "/v1/observations",
            params=QUESTION | {"f": form},
            headers={"Accept-Encoding": "identity"},
        ) as answer:
            assert answer.status_code == 200
            # Parquet hands on a row group when it is full: here all at once, at the end
            async for piece in answer.aiter_raw():
                assert piece
                break
        await until_closed(many)
        # and the service answers on
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("form", ["csv", "geojson"])
async def test_a_fault_in_the_middle_is_no_complete_file(
    many: World, form: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = repository.stream_rows

    async def cut_off(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
        async for number, rows in _numbered(whole(*arguments, **options)):
            if number == 2:
                raise ConnectionError("the database is gone")
            yield rows

    monkeypatch.setattr(repository, "stream_rows", cut_off)
    async with served(many) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(
                "/v1/observations",
                params=QUESTION | {"f": form},
                headers={"Accept-Encoding": encoding},
            )
        await until_closed(many)


async def _numbered(rows: AsyncIterator[Any]) -> AsyncIterator[tuple[int, Any]]:
    number = 0
    async for part in rows:
        yield number, part
        number += 1


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "geojson"])
async def test_a_fault_before_the_first_piece_has_its_own_answer(
    many: World, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: Any, **_options: Any) -> AsyncIterator[Any]:
        raise ConnectionError("the database is gone")
        yield

    monkeypatch.setattr(repository, "stream_rows", broken)
    async with served(many) as client:
        answer = await client.get("/v1/observations", params=QUESTION | {"f": form})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert places_free(many) == 4


async def test_one_file_too_many_at_a_time_is_asked_to_come_again(many: World) -> None:
    places = many.stack.indicator_app.state.stream_places
    places.free = 0
    try:
        answer = await many.stack.indicator.get("/v1/observations", params=QUESTION | {"f": "csv"})
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_exports")
        assert answer.headers["Retry-After"] == "60"
        page = await many.stack.indicator.get("/v1/observations", params=QUESTION)
        assert page.status_code == 200, "pages are read on"
    finally:
        places.free = 4


async def test_a_file_is_compressed_on_the_way(many: World) -> None:
    async with served(many) as client:
        plain = await client.get(
            "/v1/observations",
            params=QUESTION | {"f": "csv"},
            headers={"Accept-Encoding": "identity"},
        )
        packed = await client.get("/v1/observations", params=QUESTION | {"f": "csv"})
        parquet = await client.get("/v1/observations", params=QUESTION | {"f": "parquet"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.text.count("\r\n") == QUARTERS + 1
    assert "Content-Encoding" not in parquet.headers, "it is compressed in itself"


@pytest.mark.long
@pytest.mark.parametrize(
    ("form", "allowed"), [("csv", 60), ("parquet", 160), ("geojson", 80), ("xlsx", 120)]
)
async def test_a_million_rows_need_no_more_memory_than_some_thousand(
    many: World, form: str, allowed: float, tmp_path: Path
) -> None:
    if not many.stack.database.execute("SELECT 1 FROM indicator.period WHERE code = '2069'"):
        add_figures(many.stack.database, list(range(2021, 2070)))
    environment = os.environ | {
        "QB_ENVIRONMENT": "development",
        "QB_INDICATOR_DATABASE_URL": many.stack.database.service_url("indicator"),
        "QB_TOKEN_VERIFY_KEY": signing_key_pair()[1],
        "QB_OBJECT_STORE_URL": tmp_path.as_uri(),
        "QB_LOG_LEVEL": "ERROR",
    }
    query = f"measure=lb&level=quartier&within=99001&period=2020..2069&f={form}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.indicator_api.export_memory",
        query,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(output)
    assert found["status"] == 200
    assert found["pieces"] > 10, "it came piece by piece"
    grown = found["most"] - found["before"]
    assert grown < allowed, found
