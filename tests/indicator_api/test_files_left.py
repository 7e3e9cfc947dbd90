"""Files that no delivery needs are deleted: left behind by a fault, or never searched."""

import os
import time
from pathlib import Path

import obstore
import pytest

from services.indicator_api.deliveries.housekeeping import remove_unsearched_files
from services.indicator_api.deliveries.sweeping import sweep_files
from services.indicator_api.worker import build_worker
from tests.indicator_api.world import World
from tests.support.stack import as_bearer

GOOD = "area;period;measure;value\n99001001;2023;lb;1\n"
WARNS = "area;period;measure;value\n9900100;2023;lb;1\n99001001;2022;lb;1\n"
DAY = 24 * 60 * 60


def folder(world: World) -> Path:
    """Where the files of this world lie."""
    return Path(world.stack.worker_settings.object_store_url.removeprefix("file://"))


def aged(path: Path, days: float = 1.1) -> None:
    """Let a file be of some days ago."""
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def files(world: World) -> set[str]:
    root = folder(world)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def sweep(world: World) -> int:
    _, context = build_worker(world.stack.worker_settings)
    try:
        return await sweep_files(context)
    finally:
        await context.database.close()


async def test_what_no_row_names_is_swept_after_a_day_and_nothing_else(world: World) -> None:
    delivery = await world.stack.deliver(world.office, "sgb2", GOOD)
    assert delivery["state"] == "accepted", delivery
    before = files(world)
    assert len([name for name in before if delivery["id"] in name]) == 2
    objects = world.stack.indicator_app.state.objects
    planted = ["deliveries/0001", "delivery-cells/0002/3.parquet", "delivery-findings/4/5.parquet"]
    for name in planted:
        await obstore.put_async(objects, name, b"x")
    unfinished = folder(world) / "deliveries" / "0009#1"
    unfinished.write_bytes(b"x")
    elsewhere = folder(world) / "pictures" / "1.png"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"x")
    assert await sweep(world) == 0
    for path in folder(world).rglob("*"):
        if path.is_file():
            aged(path)
    young = "deliveries/0007"
    await obstore.put_async(objects, young, b"x")
    assert await sweep(world) == len(planted) + 1
    assert files(world) == before | {young, "pictures/1.png"}
    assert await sweep(world) == 0


async def test_a_file_whose_deletion_broke_off_is_swept(world: World) -> None:
    delivery = await world.stack.deliver(world.office, "sgb2", GOOD)
    (path,) = [folder(world) / name for name in files(world) if name.endswith(delivery["id"])]
    aged(path)
    for days, is_there in ((0, True), (2, False)):
        world.stack.database.execute(
            "UPDATE indicator.delivery SET content_deleted_at = now() - make_interval(days => %s)"
            " WHERE id = %s",
            days,
            delivery["id"],
        )
        await sweep(world)
        assert path.exists() == is_there


async def remove_unsearched(world: World) -> None:
    _, context = build_worker(world.stack.worker_settings)
    await remove_unsearched_files(context)
    await context.database.close()
    await world.stack.run_jobs()


@pytest.mark.parametrize(
    ("body", "content_type", "is_unread"),
    [
        (b"PK\x03\x04 broken", "application/zip", True),
        ('[{"name": "Ä\\ud800"}]'.encode(), "application/json", True),
        (b"area;period;measure;value\n;;;\n5;x;y;z\n", "text/csv", False),
    ],
    ids=["archive", "json", "read, but wrong"],
)
async def test_what_could_not_be_searched_for_persons_goes_after_a_week(
    world: World, body: bytes, content_type: str, is_unread: bool
) -> None:
    delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=content_type)
    assert delivery["state"] == "rejected", delivery
    path = f"/v1/deliveries/{delivery['id']}"
    for days, is_there in ((6, True), (8, not is_unread)):
        world.stack.database.execute(
            "UPDATE indicator.delivery SET finished_at = now() - make_interval(days => %s)"
            " WHERE id = %s",
            days,
            delivery["id"],
        )
        await remove_unsearched(world)
        file = await world.stack.indicator.get(f"{path}/file", headers=as_bearer(world.office))
        assert (file.status_code == 200) == is_there, file.text
    stored = [name for name in files(world) if delivery["id"] in name]
    assert bool(stored) != is_unread
    if is_unread:
        assert file.status_code == 410
        assert "nach 7 Tagen" in file.json()["detail"]
        now = await world.stack.read(world.office, path)
        assert (now["state"], now["links"]["file"], now["actions"]) == ("rejected", None, [])
        audited = (
            "SELECT count(*) FROM indicator.audit WHERE action = 'delivery.unsearched_deleted'"
        )
        assert world.stack.database.execute(audited) == [(1,)]
