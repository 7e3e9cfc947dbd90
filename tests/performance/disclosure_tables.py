"""Counts of people in small areas as releases bring them, seeded, with overlapping sets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import OPEN, SENSITIVE, Problem

MINIMUM_COUNT = 3
# A zero tells more than another figure does; it is hidden last.
_WEIGHT_OF_ZERO = 20.0


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts of areas (rows) by codes of a breakdown (columns), with their sums.

    `area_sums` are pairs (total, parts) of rows, `code_sums` of columns.
    """

    counts: NDArray[np.float64]
    area_sums: list[tuple[int, list[int]]]
    code_sums: list[tuple[int, list[int]]]

    @property
    def cells(self) -> int:
        """How many cells there are, sums included."""
        return int(self.counts.size)


def municipality(
    areas: int,
    districts: int,
    codes: int,
    set_systems: int,
    *,
    people: float,
    seed: int,
    groups: int = 0,
) -> CountTable:
    """A municipality: areas in districts, each set system dividing it anew; codes with their sum.

    `people` is the mean count of a cell of an area and a code. With `groups` (5 age groups, say)
    the codes are `codes` × `groups`, with the sums of each.
    """
    draw = np.random.default_rng(seed)
    area_matrix, area_sums = _areas(areas, districts, set_systems, draw)
    code_matrix, code_sums = _codes(codes, groups)
    smallest = code_matrix.shape[1]
    size = draw.lognormal(0.0, 0.6, size=(areas, 1)) * draw.lognormal(0.0, 0.7, size=(1, smallest))
    mean = people * size / size.mean()
    # more varied than a Poisson count: poverty clusters
    counts = draw.poisson(draw.gamma(2.0, mean / 2.0)).astype(float)
    return CountTable(area_matrix @ counts @ code_matrix.T, area_sums, code_sums)


def to_problem(
    table: CountTable, *, knows_rules: bool = True, insider_width: float | None = None
) -> Problem:
    """The table under a minimum count of 3.

    Without `knows_rules` only cells under the rule make a demand, and the attacker does not reason
    from the rule: what τ-ARGUS protects against.
    """
    values = table.counts.ravel()
    n = len(values)
    is_sensitive = (values > 0) & (values < MINIMUM_COUNT)
    is_demanding = is_sensitive | knows_rules
    relations = _relations(table)
    return Problem(
        values=values,
        is_integer=np.ones(n, dtype=bool),
        lower=np.zeros(n),
        upper=np.full(n, np.inf),
        status=np.where(is_sensitive, SENSITIVE, OPEN).astype(np.int8),
        tolerance=np.zeros(n),
        weight=weights_of(values),
        needs_width=np.where(is_demanding, float(MINIMUM_COUNT), 0.0),
        needs_upper=np.where(is_demanding, float(MINIMUM_COUNT), -np.inf),
        needs_lower=np.full(n, np.inf),
        relations=relations,
        row_lower=np.zeros(relations.shape[0]),
        row_upper=np.zeros(relations.shape[0]),
        primary_below=np.full(n, float(MINIMUM_COUNT) if knows_rules else 0.0),
        withstands_insider=insider_width is not None,
        insider_width=insider_width or 1.0,
    )


def weights_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is lost if a count is hidden."""
    return np.where(counts > 0, counts + 1.0, _WEIGHT_OF_ZERO)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure as a share of residents, which is how small its counts become."""

    number: int
    share: float


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality of the state, by number, with its Quartiere."""

    number: int
    areas: int


RESIDENTS_OF_AN_AREA = 3_600


def state(
    municipalities: int = 396, areas: int = 5_000, indicators: int = 60
) -> tuple[list[Place], list[Indicator]]:
    """A state of the size of North Rhine-Westphalia; few large cities, many small towns.

    The shares of the indicators run from 0.5 % to 30 %, evenly by their logarithm.
    """
    sizes = 1.0 / np.arange(1, municipalities + 1) ** 0.75
    share = np.maximum(2, np.round(sizes / sizes.sum() * areas)).astype(int)
    # what rounding took or gave is made up for where it shows least
    share[0] += areas - share.sum()
    places = [Place(number, int(count)) for number, count in enumerate(share)]
    shares = np.geomspace(0.005, 0.3, indicators)
    return places, [Indicator(number, float(value)) for number, value in enumerate(shares)]


def problems_of(place: Place, indicators: list[Indicator]) -> Iterator[Problem]:
    """The releases of a municipality, one indicator after the other: sex × five age groups."""
    districts = place.areas // 15 if place.areas >= 30 else 0
    for indicator in indicators:
        yield to_problem(
            municipality(
                place.areas,
                districts,
                2,
                1 if place.areas >= 8 else 0,
                people=RESIDENTS_OF_AN_AREA * indicator.share / 10,
                seed=place.number * 1_000 + indicator.number,
                groups=5,
            )
        )


def _areas(
    areas: int, districts: int, set_systems: int, draw: np.random.Generator
) -> tuple[NDArray[np.float64], list[tuple[int, list[int]]]]:
    rows: list[NDArray[np.float64]] = list(np.eye(areas))
    sums: list[tuple[int, list[int]]] = []

    def add(parts: list[int]) -> int:
        rows.append(np.sum([rows[part] for part in parts], axis=0))
        sums.append((len(rows) - 1, parts))
        return len(rows) - 1

    whole = list(range(areas))
    if districts > 1:
        parts = [list(map(int, part)) for part in np.array_split(whole, districts)]
        add([add(part) for part in parts if part])
    else:
        add(whole)
    everything = len(rows) - 1
    for _ in range(set_systems):
        order = draw.permutation(areas)
        division = [sorted(map(int, part)) for part in np.array_split(order, max(2, areas // 8))]
        system = [add(part) for part in division if len(part) > 1]
        single = [part[0] for part in division if len(part) == 1]
        sums.append((everything, [*system, *single]))
    return np.array(rows, dtype=np.float64), sums


def _codes(codes: int, groups: int) -> tuple[NDArray[np.float64], list[tuple[int, list[int]]]]:
    single, total = _with_total(codes)
    if not groups:
        return single, [total]
    grouped, group_total = _with_total(groups)
    matrix: NDArray[np.float64] = np.kron(single, grouped).astype(np.float64)
    width = groups + 1
    sums = [
        (i * width + group_total[0], [i * width + p for p in group_total[1]])
        for i in range(codes + 1)
    ]
    sums += [(total[0] * width + g, [p * width + g for p in total[1]]) for g in range(width)]
    return matrix, sums


def _with_total(codes: int) -> tuple[NDArray[np.float64], tuple[int, list[int]]]:
    matrix: NDArray[np.float64] = np.vstack([np.eye(codes), np.ones(codes)])
    return matrix, (codes, list(range(codes)))


def _relations(table: CountTable) -> scipy.sparse.csr_array:
    rows, width = table.counts.shape
    entries: list[tuple[int, int, float]] = []
    row = 0
    for total, parts in table.area_sums:
        for code in range(width):
            entries.append((row, total * width + code, -1.0))
            entries += [(row, part * width + code, 1.0) for part in parts]
            row += 1
    for total, parts in table.code_sums:
        for area in range(rows):
            entries.append((row, area * width + total, -1.0))
            entries += [(row, area * width + part, 1.0) for part in parts]
            row += 1
    i, j, v = zip(*entries, strict=True)
    return scipy.sparse.csr_array((v, (i, j)), shape=(row, table.counts.size))
