"""What indicator_api answers, as typed records.

Unknown fields are ignored, so the service may add to its answers without breaking the pages.
Figures are floats in the indicator's own unit; `None` always comes with a `status` that says why.
"""

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

FigureStatus = Literal[
    "value",
    "nothing",
    "unknown",
    "unreliable",
    "blocked",
    "later",
    "not_available",
    "hidden",
    "missing",
]
Polarity = Literal["worse", "better", "context"]


class Record(BaseModel):
    """A read-only answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Reason(Record):
    """Why a list is empty, and what would fill it."""

    code: str = ""
    detail: str = ""
    suggestion: str | None = None


class Listing(Record, Generic[Item]):
    """One page of a list; `next` is the cursor of the following page."""

    items: tuple[Item, ...]
    next: str | None = None
    reason: Reason | None = None


class Coded(Record):
    """A code with the words for it."""

    code: str
    label: str = ""


class AreaRef(Record):
    """Just enough of an area to link to it."""

    code: str
    name: str
    kind: str = ""


class Area(Record):
    """An area of the register in one validity; `code` is the official key as text."""

    code: str
    name: str
    kind: str
    kind_label: str
    ars: str | None = None
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    is_fictional: bool = False
    has_geometry: bool = False
    area_km2: float | None = None
    is_set: bool = False


class Successor(AreaRef):
    """What came after an area that ended; `share` is the part of it that went over, 0 to 1."""

    share: float | None = None


class Ended(Record):
    """That an area is no more: its last day, why in words, and what came after it."""

    last_day: date | None = None
    detail: str = ""
    successors: tuple[Successor, ...] = ()


class AreaDetail(Area):
    """An area with its place in the tree; `bbox` is west, south, east, north in degrees."""

    ancestors: tuple[AreaRef, ...] = ()
    children_count: dict[str, int] = {}
    bbox: tuple[float, float, float, float] | None = None
    note: str | None = None
    source: str | None = None
    attribution: str | None = None
    ended: Ended | None = None


class Measure(Record):
    """What is delivered: a count, an amount, or a rate whose parts do not exist."""

    code: str
    name: str
    unit: str = ""
    additivity: str = ""
    universe: str | None = None
    source_codes: tuple[str, ...] = ()
    is_sensitive: bool = False


class Holder(Record):
    """The organisation that holds a dataset's raw figures."""

    id: str
    name: str


class Dataset(Record):
    """A Datenbestand: the unit of rights, release and withdrawal."""

    code: str
    title: str
    publisher: str | None = None
    source: str | None = None
    source_url: str | None = None
    licence: str | None = None
    attribution: str | None = None
    denominator_basis: str | None = None
    additivity: str | None = None
    description: str | None = None
    is_fictional: bool = False
    is_sample: bool = False
    minimum_count: int | None = None
    holder: Holder | None = None
    area_code: str | None = None
    version: int | None = None


class DatasetRef(Record):
    """A dataset as named by an indicator, a delivery or a release."""

    code: str
    title: str
    attribution: str | None = None
    licence: str | None = None
    is_fictional: bool = False
    is_sample: bool = False


class Level(Record):
    """A kind of area an indicator has released figures for, and for how many areas."""

    code: str = Field(validation_alias="kind")
    label: str
    areas: int | None = None

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Coverage(Record):
    """That a dataset has released figures of a period for areas of a kind, and for how many."""

    dataset: str
    is_fictional: bool = False
    level: str
    period: str
    areas: int = 0


class Period(Record):
    """A period by its code (`2022`, `2022-12-31`) and its German name."""

    code: str
    label: str = ""


class Indicator(Record):
    """One version of an indicator's definition."""

    code: str
    name: str
    unit: str
    version: int = 1
    short_name: str | None = None
    question: str | None = None
    numerator_text: str | None = None
    denominator_text: str | None = None
    factor: float | None = None
    decimals: int = 1
    polarity: Polarity = "context"
    dimension: Coded | None = None
    legal_basis: str | None = None
    definition_source: str | None = None
    smallest_level: str | None = None
    is_checked: bool = False
    is_key_indicator: bool = False
    note: str | None = None
    kind: str = "rate"
    levels: tuple[Level, ...] = ()
    periods: tuple[Period, ...] = ()
    datasets: tuple[DatasetRef, ...] = ()
    coverage: tuple[Coverage, ...] = ()

    @property
    def is_fictional(self) -> bool:
        """Whether all there is of it is invented; a definition itself never is."""
        return bool(self.coverage) and all(item.is_fictional for item in self.coverage)


class ReleaseRef(Record):
    """The release a figure was read from."""

    id: str
    number: int
    published_at: datetime | None = None


class Source(Record):
    """Where figures come from; shown beside every one of them."""

    dataset: str
    title: str = ""
    attribution: str | None = None
    licence: str | None = None
    release: ReleaseRef | None = None
    is_fictional: bool = False
    is_sample: bool = False
    additivity: str | None = None
    # cases of a total that belong to no part; None: some, nobody says how many
    unplaced_cases: int | None = 0
    amount_rounding: float = 0
    period: str | None = None


class Derivation(Record):
    """How a figure was made where it was not delivered; `detail` says it in a German sentence.

    `method`: key_change, merge, estimate, set, sum, rolling3, change or growth. `parts` of
    `parts_expected` areas (of the kind `parts_kind`) went into it.
    """

    method: str
    is_estimated: bool = False
    parts: int | None = None
    parts_expected: int | None = None
    parts_kind: str | None = None
    detail: str = ""


class Observation(Record):
    """One figure; `lower` and `upper` bound its Schwankungsbereich where one is known.

    `detail` says why there is no value, as far as it is known.
    """

    area: str
    name: str
    indicator: str = ""
    breakdown: str | None = None
    value: float | None = None
    status: FigureStatus = "value"
    quality: tuple[str, ...] = ()
    numerator: float | None = None
    denominator: float | None = None
    lower: float | None = None
    upper: float | None = None
    period: str | None = None
    derivation: Derivation | None = None
    detail: str | None = None


class Break(Record):
    """Where a series breaks: `kind` is definition, denominator_basis or area."""

    kind: str
    indicator: str = ""
    on: date | None = None
    period: str | None = None
    detail: str = ""


class IntervalKind(Record):
    """What the intervals of an answer are; `method` is wilson, byar or none."""

    method: str = "none"
    name: str = "Schwankungsbereich"
    detail: str = ""


class Note(Record):
    """What a reader must know of an answer, e.g. that an area has ended and what came after it."""

    code: str = ""
    detail: str = ""
    area: str | None = None
    successors: tuple[AreaRef, ...] = ()


class Classes(Record):
    """Class limits of a map: `breaks` are the inner and outer limits, `counts` areas per class."""

    method: str = "quantile"
    breaks: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


class ObservedIndicator(Record):
    """The definition of the figures in one answer."""

    code: str
    name: str
    unit: str = ""
    decimals: int = 1
    polarity: Polarity = "context"
    question: str | None = None
    kind: str = "rate"
    version: int | None = None
    breakdown: str | None = None
    breakdown_label: str = ""
    interval: IntervalKind | None = None


class Observations(Record):
    """One map's or one series' figures with everything needed to read them."""

    indicator: ObservedIndicator | None = None
    indicators: tuple[ObservedIndicator, ...] = ()
    period: Period | None = None
    level: Any = None
    sources: tuple[Source, ...] = ()
    items: tuple[Observation, ...] = ()
    comparison: tuple[Observation, ...] = ()
    classes: Classes | None = None
    notes: tuple[Note, ...] = ()
    breaks: tuple[Break, ...] = ()
    interval: IntervalKind | None = None
    next: str | None = None
    reason: Reason | None = None
