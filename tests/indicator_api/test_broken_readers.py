"""Libraries in Rust that give up over a file: the delivery ends at once, and says so."""

from typing import Any

import polars as pl
import pytest

from services.indicator_api.deliveries import check_job
from services.indicator_api.deliveries.reading.damaged import is_damage, is_panic
from tests.indicator_api.world import World

FILE = "area;period;measure;value\n99001001;2023;lb;1\n"


def test_a_panic_is_told_from_all_else() -> None:
    error = pl.exceptions.PanicException("x")
    assert not isinstance(error, Exception)
    assert is_panic(error)
    assert is_damage(error)
    for other in (KeyboardInterrupt(), SystemExit(), MemoryError(), OSError(28, "full")):
        assert not is_panic(other)
        assert not is_damage(other)


@pytest.mark.parametrize("broken", ["open_delivered", "find_implausible"])
async def test_the_delivery_ends_at_its_first_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def give_up(*_: Any, **__: Any) -> Any:
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(check_job, broken, give_up)
    delivery = await world.stack.deliver(world.office, "sgb2", FILE)
    findings = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}/findings")
    if broken == "open_delivered":
        assert (delivery["state"], delivery["failure"]) == ("rejected", None)
        assert [item["code"] for item in findings["items"]] == ["no_table"]
        assert "beschädigt" in findings["items"][0]["detail"]
    else:
        # nothing that its sender could mend
        assert (delivery["state"], delivery["failure"]["code"]) == ("failed", "internal_error")
    left = world.stack.database.execute(
        "SELECT count(*) FROM jobs.procrastinate_jobs WHERE args ->> 'delivery_id' = %s"
        " AND status IN ('todo', 'doing')",
        delivery["id"],
    )
    assert left == [(0,)]
