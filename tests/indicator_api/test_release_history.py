"""Random sequences of deliveries and releases beside a model in Python: old releases stay."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.indicator_api.test_releases import act, prepare, state
from tests.indicator_api.world import World

TOWNS = ("99001001", "99001002", "99001003")
YEARS = (2021, 2022)
Cell = tuple[str, int]
Shown = float | str


@dataclass(slots=True)
class Model:
    """What the office knows, and what each release showed."""

    facts: dict[Cell, float | None] = field(default_factory=dict)
    releases: list[dict[Cell, Shown]] = field(default_factory=list)
    # number of the release that was the first to show a cell as it is
    since: list[dict[Cell, int]] = field(default_factory=list)
    present: int | None = None
    blocked: set[tuple[Cell, int]] = field(default_factory=set)
    disclosed: set[int] = field(default_factory=set)

    def target(self) -> dict[Cell, Shown]:
        """The facts as a release would show them, with a minimum of 3."""
        return {cell: _protected(value) for cell, value in self.facts.items()}

    def readable(self, number: int) -> dict[Cell, Shown]:
        """What a release shows now, without what was withdrawn for disclosure."""
        return {
            cell: value
            for cell, value in self.releases[number].items()
            if (cell, self.since[number][cell]) not in self.blocked
        }

    def now(self) -> dict[Cell, Shown]:
        """What is released at present."""
        return {} if self.present is None else self.readable(self.present)

    def differences(self) -> dict[str, int]:
        """What a new release would change."""
        old, new = self.now(), self.target()
        both = old.keys() & new.keys()
        return {
            "new": len(new.keys() - old.keys()),
            "changed": sum(old[cell] != new[cell] for cell in both),
            "unchanged": sum(old[cell] == new[cell] for cell in both),
            "removed": len(old.keys() - new.keys()),
        }

    def publish(self) -> None:
        """Release the facts as they are."""
        old, new, number = self.now(), self.target(), len(self.releases)
        before = {} if self.present is None else self.since[self.present]
        self.since.append(
            {cell: before[cell] if old.get(cell) == new[cell] else number for cell in new}
        )
        self.releases.append(new)
        self.present = number

    def withdraw(self, number: int, reason: str) -> None:
        """Take a release back."""
        if reason == "disclosure":
            self.disclosed.add(number)
            self.blocked |= {
                (cell, number) for cell in self.releases[number]
                if self.since[number][cell] == number
            }  # fmt: skip
        if self.present == number:
            self.present = None


def _protected(value: float | None) -> Shown:
    if value is None:
        return "unknown"
    return "hidden" if 0 < value < 3 else value


async def read(world: World, release: str | None) -> dict[Cell, Shown] | str:
    """What the public reads of the measure, or the code of the problem."""
    found: dict[Cell, Shown] = {}
    for year in YEARS:
        params = {"measure": "lb", "level": "gemeinde", "within": "99001", "period": str(year)}
        answer = await world.stack.indicator.get(
            "/v1/observations", params=params | ({"release": release} if release else {})
        )
        document: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            return str(document["code"])
        for item in document["items"]:
            value = item["value"] if item["status"] == "value" else item["status"]
            found[item["area"], year] = value
    return found


async def assert_as_model(world: World, model: Model, ids: list[str]) -> None:
    """Every release, and what is released at present, reads as the model says."""
    assert await read(world, None) == model.now()
    for number, release in enumerate(ids):
        expected = "release_withdrawn" if number in model.disclosed else model.readable(number)
        assert await read(world, release) == expected, number


async def deliver_something(world: World, model: Model, chance: random.Random) -> None:
    """Deliver some cells with values from a small range, so that some stay as they were."""
    cells = chance.sample([(town, year) for town in TOWNS for year in YEARS], chance.randint(1, 5))
    lines = ["area;period;measure;value"]
    for town, year in cells:
        value = chance.choice((0, 1, 2, 3, 4, 50, None))
        model.facts[town, year] = None if value is None else float(value)
        lines.append(f"{town};{year};lb;{'.' if value is None else value}")
    delivery = await world.stack.deliver(world.office, "sgb2", "\n".join(lines) + "\n")
    assert delivery["state"] == "accepted", delivery


@pytest.mark.parametrize(
    ("seed", "steps"),
    # 16 and 53 take a disclosure out of a release that shows its cells still
    [(16, 9), (53, 9), *(pytest.param(seed, 25, marks=pytest.mark.long) for seed in range(3, 9))],
)
async def test_every_release_can_be_read_as_it_was(world: World, seed: int, steps: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    model, ids = Model(), list[str]()
    await deliver_something(world, model, chance)
    for _ in range(steps):
        step = chance.choice(("deliver", "release", "release", "withdraw"))
        if step == "deliver" or (step == "withdraw" and not ids):
            await deliver_something(world, model, chance)
            continue
        if step == "release":
            path = await prepare(world)
            release = await state(world, path)
            check = release["check"]
            assert {name: check[name] for name in model.differences()} == model.differences()
            shows_any = any(isinstance(value, float) for value in model.target().values())
            assert release["state"] == ("draft" if shows_any else "refused")
            if not shows_any:
                continue
            assert (await act(world, f"{path}/publish")).status_code == 202
            model.publish()
            ids.append(path.rpartition("/")[2])
            assert (await state(world, path))["number"] == len(ids)
        else:
            number = chance.randrange(len(ids))
            reason = chance.choice(("error", "disclosure"))
            answer = await act(world, f"/v1/releases/{ids[number]}/withdraw", reason=reason)
            if answer.status_code == 200:
                model.withdraw(number, reason)
        await assert_as_model(world, model, ids)
