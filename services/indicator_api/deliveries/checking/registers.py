"""What a delivery is checked against: areas, measures, and the sender's own reach."""

from dataclasses import dataclass
from datetime import date

import polars as pl


@dataclass(frozen=True, slots=True)
class MeasureEntry:
    """A measure as the check needs it."""

    id: int
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Registers:
    """What a delivery is checked against.

    `areas`: a frame with `area_key` (AGS, ARS or own key), `area_id`, `area_name`, `area_kind`,
    `valid_from`, `valid_to` and `is_allowed` (within the sender's and the dataset's area), one
    row a version. `measures`: by code, by source code and by name. `roots`: the keys of the areas
    that the sender answers for. `first_day`: when the register begins, None where that is open.
    """

    areas: pl.DataFrame
    measures: dict[str, MeasureEntry]
    kind_labels: dict[str, str]
    roots: tuple[str, ...] = ()
    first_day: date | None = None
