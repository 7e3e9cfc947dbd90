"""How many statements an answer takes does not grow with what it lists."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import World
from tests.support.stack import as_bearer


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that indicator_api sends meanwhile."""
    statements: list[str] = []
    engine = world.stack.indicator_app.state.database.engine.sync_engine

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def statements_of(world: World, path: str) -> tuple[int, int]:
    """How many statements a list takes, and how many items it has."""
    # a new connection asks the server a few things of its own
    await world.stack.indicator.get(path, headers=as_bearer(world.office))
    with counted(world) as statements:
        answer = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    assert answer.status_code == 200, answer.text
    return len(statements), len(answer.json()["items"])


def multiply(world: World) -> None:
    """Make many of each record, as the administrator."""
    database = world.stack.database
    for table, changed in (
        ("indicator", {"code": "t.code || n"}),
        ("dataset", {"code": "t.code || n"}),
        ("measure", {"code": "t.code || n"}),
        ("delivery", {"id": "gen_random_uuid()"}),
        (
            "release",
            {
                "id": "gen_random_uuid()",
                "number": "NULL",
                "state": "'draft'",
                "published_position": "NULL",
            },
        ),
        ("area", {"code": "t.code || 'x' || n"}),
    ):
        columns = [
            str(name)
            for (name,) in database.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attidentity = ''",
                f"indicator.{table}",
            )
        ]
        chosen = ", ".join(changed.get(name, f"t.{name}") for name in columns)
        database.execute(
            f"INSERT INTO indicator.{table} ({', '.join(columns)}) SELECT {chosen}"
            f" FROM (SELECT * FROM indicator.{table} ORDER BY id LIMIT 1) AS t,"
            " generate_series(1, 199) AS n"
        )


@pytest.mark.parametrize("name", ["indicators", "datasets", "measures", "deliveries", "releases"])
async def test_a_list_of_two_hundred_takes_the_statements_of_a_short_one(
    world: World, name: str
) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    await world.stack.release(world.office, "sgb2")
    short = await statements_of(world, f"/v1/{name}?limit=200")
    multiply(world)
    long = await statements_of(world, f"/v1/{name}?limit=200")
    assert short[1] < 5
    assert long[1] == 200
    assert long[0] == short[0] <= 6, "the caller, the settings, the list, and what belongs to it"


async def test_areas_and_observations_take_few_statements_however_many(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    await world.stack.release(world.office, "sgb2")
    short = await statements_of(world, "/v1/areas?limit=500")
    question = "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001"
    few = await statements_of(world, question)
    multiply(world)
    assert (await statements_of(world, "/v1/areas?limit=500"))[0] == short[0] <= 5
    assert (await statements_of(world, question))[0] == few[0] <= 12
