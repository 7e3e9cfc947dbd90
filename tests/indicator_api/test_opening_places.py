"""Of large files only a few are opened at a time to answer requests; others are refused."""

import asyncio
import threading
from typing import Any

import pytest

from services.indicator_api.deliveries.annotating import routes as annotating
from services.indicator_api.deliveries.annotating.annotating import annotate
from services.indicator_api.deliveries.opening_places import MAXIMUM_OPENED, PLACES
from services.indicator_api.deliveries.rules import LARGE_PACKED_BYTES
from tests.indicator_api.refusals import assert_problem
from tests.indicator_api.world import World
from tests.support.stack import as_bearer

HEAD = "schluessel;jahr;anzahl;bemerkung\n"
LINE = "99001001;2023;1;x\n"
LARGE = HEAD + LINE + "99001002;2023;1;" + "y" * LARGE_PACKED_BYTES + "\n"


async def asked(world: World, delivery: dict[str, Any], what: str) -> Any:
    path = f"/v1/deliveries/{delivery['id']}/{what}"
    return await world.stack.indicator.get(path, headers=as_bearer(world.office))


@pytest.mark.parametrize("what", ["annotated", "mapping?skip_rows=1"])
async def test_a_large_file_waits_its_turn_and_a_small_one_does_not(
    world: World, what: str
) -> None:
    large = await world.stack.deliver(world.office, "sgb2", LARGE)
    small = await world.stack.deliver(world.office, "sgb2", HEAD + LINE)
    assert {large["state"], small["state"]} == {"asking"}
    free = PLACES.free
    try:
        PLACES.free = 0
        refused = await asked(world, large, what)
        assert_problem(refused, 503, "too_many_files_opened")
        assert refused.headers["Retry-After"] == "30"
        assert "Minute" in refused.json()["detail"]
        assert (await asked(world, small, what)).status_code != 503
    finally:
        PLACES.free = free
    # also what cannot be answered gives its place back
    for _ in range(MAXIMUM_OPENED + 1):
        assert (await asked(world, large, what)).status_code in (200, 422)
    assert PLACES.free == MAXIMUM_OPENED


async def test_no_more_are_open_at_once_than_there_are_places(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = await world.stack.deliver(world.office, "sgb2", LARGE)
    opened = threading.Semaphore(0)
    go_on = threading.Event()
    usual = annotate

    def slowly(*arguments: Any) -> Any:
        opened.release()
        go_on.wait(20)
        return usual(*arguments)

    monkeypatch.setattr(annotating, "annotate", slowly)
    waiting = [asyncio.create_task(asked(world, large, "annotated")) for _ in range(MAXIMUM_OPENED)]
    for _ in waiting:
        assert await asyncio.to_thread(opened.acquire, timeout=20)
    assert (await asked(world, large, "annotated")).status_code == 503
    go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await asked(world, large, "annotated")).status_code == 200
