"""The closure of events and sets: whatever happened, nobody is counted twice and nobody lost."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.databases import TestDatabase


@dataclass(frozen=True)
class Step:
    """One change of a chain: what the living areas become."""

    kind: str
    places: tuple[int, ...]
    share: float


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["key_change", "merge", "split", "partial"]),
        places=st.tuples(st.integers(0, 9), st.integers(0, 9)),
        share=st.integers(1, 99).map(lambda hundredth: hundredth / 100),
    ),
    min_size=1,
    max_size=6,
)


class Register:
    """Areas that live and change, in a database, beside a reckoning of where everybody went."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self.living = [self.area() for _ in range(3)]
        self.first = list(self.living)
        # {area living now: {area of the beginning: share of it}}
        self.came_from: dict[int, dict[int, float]] = {area: {area: 1.0} for area in self.living}
        # what went whole, by whatever way
        self.is_exact = True

    def area(self) -> int:
        row = self._connection.execute(
            "INSERT INTO indicator.area (code, kind, name, search_name, source, attribution)"
            " SELECT 'x' || nextval(pg_get_serial_sequence('indicator.area', 'id')), 'gemeinde',"
            " 'x', 'x', '', '' RETURNING id"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def take(self, step: Step) -> None:
        """Let one change happen."""
        one = self.living[step.places[0] % len(self.living)]
        other = self.living[step.places[1] % len(self.living)]
        if step.kind == "key_change" or (step.kind in ("merge", "partial") and one == other):
            self.change("key_change", {one: {self.area(): 1.0}})
        elif step.kind == "merge":
            new = self.area()
            self.change("merge", {one: {new: 1.0}, other: {new: 1.0}})
        elif step.kind == "split":
            self.change("split", {one: {self.area(): step.share, self.area(): 1 - step.share}})
        else:
            stays, grows = self.area(), self.area()
            self.change(
                "partial", {one: {stays: step.share, grows: 1 - step.share}, other: {grows: 1.0}}
            )

    def change(self, kind: str, ways: dict[int, dict[int, float]]) -> None:
        row = self._connection.execute(
            "INSERT INTO indicator.area_event (kind, effective_on, title, source)"
            " VALUES (%s, '2020-01-01', '', '') RETURNING id",
            [kind],
        ).fetchone()
        assert row is not None
        came: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for source, targets in ways.items():
            origins = self.came_from.pop(source)
            for target, share in targets.items():
                self._connection.execute(
                    "INSERT INTO indicator.area_event_link (event_id, from_area_id, to_area_id,"
                    " weight_residents, is_whole) VALUES (%s, %s, %s, %s, %s)",
                    [row[0], source, target, share, share == 1],
                )
                self.is_exact = self.is_exact and share == 1
                for origin, before in origins.items():
                    came[target][origin] += before * share
        self.came_from |= {target: dict(origins) for target, origins in came.items()}
        self.living = list(self.came_from)

    def closure(self) -> dict[int, dict[int, tuple[float, str]]]:
        """{target: {source: (weight, basis)}} as the database makes it."""
        self._connection.execute("SELECT indicator.rebuild_compositions()")
        found: dict[int, dict[int, tuple[float, str]]] = defaultdict(dict)
        for target, source, weight, basis in self._connection.execute(
            "SELECT target_area_id, source_area_id, weight, basis FROM indicator.area_composition"
        ):
            found[target][source] = (weight, basis)
        return found


@pytest.fixture
def connection(database: TestDatabase) -> Iterator[psycopg.Connection]:
    """A connection whose work is undone after each example."""
    with psycopg.connect(database.admin_url) as connection:
        yield connection
        connection.rollback()


@given(steps=STEPS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_sum_over_all_areas_stays_what_it_was(
    connection: psycopg.Connection, steps: list[Step]
) -> None:
    with connection.transaction(force_rollback=True):
        register = Register(connection)
        for step in steps:
            register.take(step)
        closure = register.closure()
        # as many residents as one likes in the areas of the beginning
        residents = {area: 1000.0 * place + 7 for place, area in enumerate(register.first, 1)}
        total = 0.0
        for area in register.living:
            sources = closure.get(area, {})
            own = residents.get(area)
            figure = (
                own
                if own is not None
                else sum(
                    weight * residents[source]
                    for source, (weight, _) in sources.items()
                    if source in residents
                )
            )
            expected = sum(
                share * residents[origin] for origin, share in register.came_from[area].items()
            )
            assert figure == pytest.approx(expected)
            total += figure
        assert total == pytest.approx(sum(residents.values()))
        for origin in register.first:
            spread = [
                closure[area][origin][0]
                for area in register.living
                if origin in closure.get(area, {})
            ]
            if origin not in register.living:
                assert sum(spread) == pytest.approx(1)
        whole = {
            (target, source)
            for target, sources in closure.items()
            for source, (weight, basis) in sources.items()
            if basis == "whole" and weight == 1
        }
        if register.is_exact:
            everything = {(t, s) for t, sources in closure.items() for s in sources}
            assert whole == everything


def test_a_set_counts_what_its_parts_came_from_and_became(database: TestDatabase) -> None:
    with psycopg.connect(database.admin_url) as connection:
        register = Register(connection)
        old, kept, cut = register.first
        connection.execute(
            "UPDATE indicator.area SET is_set = true, code = 'set' WHERE id = %s",
            [target := register.area()],
        )
        register.change("key_change", {old: {(new := register.area()): 1.0}})
        connection.execute(
            "INSERT INTO indicator.area_set_part VALUES (%s, %s, 1, 'whole'),"
            " (%s, %s, 0.25, 'area')",
            [target, new, target, cut],
        )
        closure = register.closure()
        assert closure[target] == {new: (1, "whole"), old: (1, "whole"), cut: (0.25, "area")}
        assert kept not in closure
        connection.rollback()
