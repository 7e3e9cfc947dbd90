"""Any sequence of deliveries and withdrawals, against a plain model of what should come of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicator_api.deliveries.tasks import (
    check_delivery,
    load_delivery,
    withdraw_delivery,
)
from services.indicator_api.jobs import JobContext
from services.indicator_api.worker import build_worker
from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.world import World
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key, open_stack

AREAS = ("99001001", "99001002", "99001003")
MEASURES = ("lb", "ew")
PERIODS = ("2022", "2023")
BREAKDOWNS = ("", "A=1")
Cell = tuple[str, str, str, str]
CELLS: list[Cell] = [
    (measure, period, breakdown, area)
    for measure in MEASURES
    for period in PERIODS
    for breakdown in BREAKDOWNS
    for area in AREAS
]
VALUES = ("1", "2", ".")
FAULTY_ROW = "99009009;2023;lb;;1"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is handed in; `is_faulty`: with a row that is refused, the others being taken."""

    cells: Mapping[Cell, str]
    is_replacing: bool
    is_faulty: bool

    def body(self) -> str:
        """The file."""
        rows = [
            f"{area};{period};{measure};{breakdown};{value}"
            for (measure, period, breakdown, area), value in self.cells.items()
        ]
        faulty = [FAULTY_ROW] if self.is_faulty else []
        return "\n".join(["area;period;measure;breakdown;value", *rows, *faulty]) + "\n"

    def withdraws(self, cell: Cell) -> bool:
        """Whether a cell that it does not hold goes."""
        if not self.is_replacing or self.is_faulty or cell in self.cells:
            return False
        return any(held[:2] == cell[:2] for held in self.cells)


@dataclass(slots=True)
class Model:
    """Deliveries in the order in which they took effect; those withdrawn are no longer there."""

    standing: dict[int, Delivery] = field(default_factory=dict)

    def facts(self) -> dict[Cell, str]:
        """What stands: each delivery in its turn sets its cells and withdraws others."""
        facts: dict[Cell, str] = {}
        for delivery in self.standing.values():
            for cell in [cell for cell in facts if delivery.withdraws(cell)]:
                del facts[cell]
            facts.update(delivery.cells)
        return facts


deliveries = st.builds(
    Delivery,
    cells=st.dictionaries(st.sampled_from(CELLS), st.sampled_from(VALUES), min_size=1, max_size=8),
    is_replacing=st.booleans(),
    is_faulty=st.sampled_from([False, False, False, True]),
)
# a number chooses which of the standing deliveries is taken back
steps = st.lists(st.one_of(deliveries, deliveries, st.integers(0, 9)), min_size=2, max_size=8)


@dataclass(slots=True)
class Office:
    """Delivers to a world and has it worked on."""

    world: World
    context: JobContext

    async def deliver(self, delivery: Delivery) -> dict[str, Any]:
        """Hand in, check and load; the delivery as it ended."""
        answer = await self.world.stack.indicator.post(
            "/v1/deliveries",
            params={
                "dataset": "sgb2",
                "mode": "replace" if delivery.is_replacing else "merge",
                "partial": str(delivery.is_faulty).lower(),
                "confirm": "Die Zahlen sind so gewollt.",
            },
            content=delivery.body().encode(),
            headers=as_bearer(self.world.office) | new_key() | {"Content-Type": "text/csv"},
        )
        assert answer.status_code == 202, answer.text
        identifier = answer.json()["id"]
        await check_delivery(self.context, identifier)
        await load_delivery(self.context, identifier)
        return await self.read(identifier)

    async def withdraw(self, identifier: str) -> dict[str, Any]:
        """Take a delivery back; the delivery as it stands then."""
        path = f"/v1/deliveries/{identifier}"
        bearer = as_bearer(self.world.office)
        found = await self.world.stack.indicator.get(path, headers=bearer)
        answer = await self.world.stack.indicator.post(
            f"{path}/withdraw",
            json={"reason": "Es war die falsche Datei."},
            headers=bearer | {"If-Match": found.headers["ETag"]},
        )
        assert answer.status_code == 202, answer.text
        await withdraw_delivery(self.context, identifier)
        return await self.read(identifier)

    async def read(self, identifier: str) -> dict[str, Any]:
        """A delivery as it stands."""
        return await self.world.stack.read(self.world.office, f"/v1/deliveries/{identifier}")


@pytest.fixture(scope="module")
async def office(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """A world for all sequences of this module; each begins with an empty dataset."""
    database, objects = databases.clone(kept_world.template), tmp_path_factory.mktemp("objects")
    async with open_stack(database, objects) as stack:
        _, context = build_worker(stack.worker_settings)
        yield Office(kept_world.moved_to(stack, objects), context)
        await context.database.close()
    databases.drop(database)


def forget_deliveries(database: TestDatabase) -> None:
    """The dataset as it was before any delivery."""
    database.execute(
        "TRUNCATE indicator.fact, indicator.fact_history, indicator.delivery,"
        " indicator.delivery_finding, indicator.audit CASCADE"
    )


def facts_of(database: TestDatabase) -> dict[Cell, tuple[str, int]]:
    """The stored facts: value or sign, and the delivery that they are said to be of."""
    rows = database.execute(
        "SELECT m.code, p.code, b.code, a.code,"
        " CASE f.status WHEN 0 THEN f.value::integer::text ELSE '.' END, f.delivery_number"
        " FROM indicator.fact AS f JOIN indicator.measure AS m ON m.id = f.measure_id"
        " JOIN indicator.period AS p ON p.id = f.period_id"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
        " JOIN indicator.area AS a ON a.id = f.area_id"
    )
    return {
        (str(row[0]), str(row[1]), str(row[2]), str(row[3])): (str(row[4]), int(str(row[5])))
        for row in rows
    }


def check_history(database: TestDatabase) -> None:
    """What was known of a cell follows one upon the other, and ends before what is known now."""
    overlapping = database.execute(
        "WITH known AS ("
        " SELECT measure_id, period_id, breakdown_id, area_id, known_from, known_to"
        " FROM indicator.fact_history UNION ALL"
        " SELECT measure_id, period_id, breakdown_id, area_id, known_from, 'infinity'"
        " FROM indicator.fact)"
        " SELECT * FROM (SELECT known_from, lag(known_to) OVER (PARTITION BY measure_id,"
        " period_id, breakdown_id, area_id ORDER BY known_from) AS before, known_to FROM known) k"
        " WHERE known_from < before OR known_to <= known_from"
    )
    assert overlapping == []


def check_counts(
    ended: dict[str, Any], delivery: Delivery, before: dict[Cell, str], after: dict[Cell, str]
) -> None:
    """New, changed, unchanged and withdrawn cells are told apart."""
    assert ended["state"] == "accepted", ended
    same = [cell for cell, value in delivery.cells.items() if before.get(cell) == value]
    new = [cell for cell in delivery.cells if cell not in before]
    assert {name: ended["counts"][name] for name in ("new", "unchanged", "changed")} == {
        "new": len(new),
        "unchanged": len(same),
        "changed": len(delivery.cells) - len(new) - len(same),
    }
    gone = [cell for cell in before if cell not in after]
    assert ended["counts"]["withdrawn"] == len(gone)
    assert ended["counts"]["refused"] == int(delivery.is_faulty)
    took = ended["counts"]["changed"] + len(gone)
    assert sum(item["cells"] for item in ended["replaced"]) == took


async def run_sequence(office: Office, sequence: list[Delivery | int]) -> None:
    """Take the steps, and compare with the model after each."""
    database = office.world.stack.database
    forget_deliveries(database)
    model, ids = Model(), dict[int, str]()
    for step in sequence:
        before = model.facts()
        if isinstance(step, Delivery):
            ended = await office.deliver(step)
            model.standing[ended["number"]] = step
            ids[ended["number"]] = ended["id"]
            check_counts(ended, step, before, model.facts())
        elif model.standing:
            number = sorted(model.standing)[step % len(model.standing)]
            del model.standing[number]
            withdrawn = await office.withdraw(ids[number])
            assert withdrawn["state"] == "withdrawn", withdrawn
        found = facts_of(database)
        assert {cell: value for cell, (value, _) in found.items()} == model.facts()
        for cell, (value, number) in found.items():
            assert model.standing[number].cells[cell] == value
        check_history(database)


# one world serves all examples: each empties it first
_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=12, deadline=None, suppress_health_check=_CHECKS)
@given(sequence=steps)
async def test_deliveries_and_withdrawals_leave_what_the_standing_ones_say(
    office: Office, sequence: list[Delivery | int]
) -> None:
    await run_sequence(office, sequence)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=_CHECKS)
@given(sequence=steps)
async def test_many_more_sequences_too(office: Office, sequence: list[Delivery | int]) -> None:
    await run_sequence(office, sequence)


async def test_a_delivery_taken_back_and_delivered_again_is_as_new(office: Office) -> None:
    forget_deliveries(office.world.stack.database)
    delivery = Delivery({CELLS[0]: "1", CELLS[1]: "2"}, is_replacing=False, is_faulty=False)
    first = await office.deliver(delivery)
    await office.withdraw(first["id"])
    assert facts_of(office.world.stack.database) == {}
    again = await office.deliver(delivery)
    assert again["counts"]["new"] == 2
    assert (await office.read(first["id"]))["state"] == "withdrawn"
