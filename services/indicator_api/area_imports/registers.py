"""What the register knows that a check compares a file with."""

from dataclasses import dataclass, field
from datetime import date

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class KnownArea:
    """A version of an area in the register; `geometry` in EPSG:25832 where it was asked for.

    `is_official`: nobody keeps it for themselves; `is_own`: the principal's organisation does.
    """

    id: int
    code: str
    name: str
    kind: str
    rank: int
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    is_fictional: bool
    is_official: bool
    is_own: bool
    partition_id: int | None
    geometry: BaseGeometry | None = None

    def is_valid_on(self, day: date) -> bool:
        """Whether this version holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or self.valid_to > day
        )


@dataclass(frozen=True, slots=True)
class KnownPartition:
    """A base partition of the municipality."""

    id: int
    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    is_own: bool
    units: int


@dataclass(frozen=True, slots=True)
class Intention:
    """What a file is handed in as.

    `municipality` None: the official register. With a `partition_code` the areas become the base
    partition of the municipality from `valid_from` on; without, a level above its base units.
    """

    kind: str
    source: str
    attribution: str
    municipality: str | None = None
    partition_code: str | None = None
    partition_name: str | None = None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Registers:
    """The state that a file is checked against, on `day` (the areas' first day, else today)."""

    version: int
    day: date
    kinds: dict[str, int]
    kind_labels: dict[str, str]
    areas: dict[str, list[KnownArea]]
    partitions: tuple[KnownPartition, ...] = ()
    taken_partition_codes: frozenset[str] = field(default_factory=frozenset)

    def valid(self, code: str) -> KnownArea | None:
        """The version of an area that holds on the day; None without one."""
        return next((item for item in self.areas.get(code, ()) if item.is_valid_on(self.day)), None)
