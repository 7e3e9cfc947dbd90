"""Which released cells answer a question: definitions, slices of releases, and how they meet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.indicator_api.observations.question import Derivation


@dataclass(frozen=True, slots=True)
class PartDefinition:
    """A numerator or denominator: which measure, split how, from which dataset (any if None)."""

    measure_id: int
    breakdown_id: int
    dataset_id: int | None
    # count, amount, or rate: delivered ready, so that it cannot be combined
    kind: str = "count"


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """What is computed: value = numerator / denominator * factor.

    Without a denominator it is numerator * factor; of the kind `difference` it is
    (numerator - denominator) * factor.
    """

    code: str
    name: str
    unit: str
    kind: str
    decimals: int
    polarity: str
    question: str
    factor: float
    numerator: PartDefinition
    denominator: PartDefinition | None
    takes_nearest_denominator: bool
    version: int
    # code of the breakdown of the numerator; empty: the total
    breakdown: str = ""
    breakdown_label: str = ""
    is_measure: bool = False
    # breaks of the definition as its author noted them: (day, what changed)
    breaks: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """The name, with the breakdown where it is not the total."""
        return f"{self.name} ({self.breakdown_label})" if self.breakdown else self.name

    @property
    def parts(self) -> tuple[PartDefinition, ...]:
        """Numerator, and denominator if there is one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A dataset behind the figures, at the release they were read from."""

    dataset: str
    title: str
    publisher: str
    attribution: str
    licence: str
    is_fictional: bool
    is_sample: bool
    additivity: str
    # see `facts.additivity.Adding`
    unplaced_cases: int | None
    amount_rounding: float
    denominator_basis: str | None
    role: str
    period: str
    release: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """A release of a dataset to an audience, as it is read from: `number` in its sequence.

    `version` rises when the release changes: cells of it may be blocked later.
    `shows_blocked`: for the holder, who asks for the very release that was withdrawn.
    """

    id: int
    number: int
    version: int
    audience: str
    dataset_id: int
    dataset: dict[str, Any]
    release: dict[str, Any]
    shows_blocked: bool = False

    @property
    def is_sample(self) -> bool:
        """Whether its figures are projected from a sample."""
        return bool(self.dataset["is_sample"])

    @property
    def additivity(self) -> str:
        """Whether its figures add up."""
        return str(self.dataset["additivity"])


@dataclass(frozen=True, slots=True)
class Slice:
    """Released cells of one measure, period and breakdown in one series."""

    series: Series
    period_id: int
    period: str
    period_kind: str
    start_on: date
    end_on: date
    # how many cells there are for each kind of area; 0: not counted
    cells: dict[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of areas that have cells."""
        return frozenset(self.cells)

    def cells_of(self, kinds: Iterable[str] | None) -> int:
        """How many cells there are for these kinds, or for all."""
        return sum(self.cells.values() if kinds is None else map(self._cells_of, kinds))

    def _cells_of(self, kind: str) -> int:
        return self.cells.get(kind, 0)

    @property
    def mark(self) -> str:
        """Names the cells it stands for, in the state they are in."""
        series = self.series
        mark = f"{series.id}.{series.number}.{series.version}.{self.period_id}"
        return f"{mark}!" if series.shows_blocked else mark


@dataclass(frozen=True, slots=True)
class Pair:
    """A numerator slice and the denominator slice that it meets; `figure` counts definitions."""

    figure: int
    numerator: Slice
    denominator: Slice | None

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The numerator's slice, and the denominator's if there is one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def is_sample(self) -> bool:
        """Whether a part of it comes from a sample."""
        return any(item.series.is_sample for item in self.slices)

    @property
    def additivity(self) -> str:
        """That of the part that adds up least well."""
        return max((item.series.additivity for item in self.slices), key=ADDITIVITIES.index)


# from what adds up to what does not
ADDITIVITIES = ("exact", "rounded", "cell_key", "suppressed_at_source", "not_additive")


@dataclass(frozen=True, slots=True)
class Step:
    """A figure that is derived from those of other periods; ids of periods, its own first."""

    figure: int
    period_ids: tuple[int, ...]
    # labels of the periods, as they are named in the explanation
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """All that is needed to read figures: of one period or many, of one definition or many."""

    definitions: tuple[FigureDefinition, ...]
    pairs: tuple[Pair, ...]
    sources: tuple[SourceRead, ...] = ()
    # for each pair the numbers of its sources
    pair_sources: tuple[tuple[int, ...], ...] = ()
    # of the area register: names, levels, borders and compositions change with it
    area_version: int = 0
    # on which areas are valid: what was listed yesterday may have ended today
    day: date = date.min
    # whether areas without cells of their own may have figures from those of others
    is_derived: bool = False
    # whether the areas asked for hold a small share of the cells, so that they are looked up
    is_narrow: bool = False
    # whether so much lies below the areas asked for that all cells are read rather than looked up
    is_wide: bool = False
    # leaves out sums to which parts are missing
    only_complete: bool = False
    derive: Derivation | None = None
    steps: tuple[Step, ...] = field(default=())

    @property
    def definition(self) -> FigureDefinition:
        """The first definition; the only one in most questions."""
        return self.definitions[0]

    @property
    def is_sample(self) -> bool:
        """Whether any figure comes from a sample."""
        return any(source.is_sample for source in self.sources)

    @property
    def key(self) -> str:
        """Changes whenever the figures may: definitions, areas, releases, how they are derived."""
        parts = [str(self.area_version), str(self.day), str(self.is_derived)]
        parts.append(str(self.only_complete))
        parts += [str(self.derive), *(str(step.period_ids) for step in self.steps)]
        for definition in self.definitions:
            parts += [definition.code, str(definition.version), definition.kind]
            parts += [repr(definition.factor), str(definition.is_measure), definition.unit]
            parts += [f"{part.measure_id}.{part.breakdown_id}" for part in definition.parts]
        for pair in self.pairs:
            parts += [str(pair.figure), pair.additivity, str(pair.is_sample)]
            parts += [item.mark for item in pair.slices]
        return "/".join(parts)
