"""Partitions, their addresses and sets of units, as indicator_api writes them."""

from datetime import date, datetime
from typing import Any

from web.clients.indicator_types import Record


class Named(Record):
    """An area by key and name."""

    code: str
    name: str


class Keeper(Record):
    """The organisation that keeps a partition or set."""

    name: str = ""


class Partition(Record):
    """A base partition; `addresses` is None for all but its keeper."""

    code: str
    name: str
    municipality: Named
    kind: str
    kind_label: str
    kind_plural: str
    valid_from: date | None = None
    valid_to: date | None = None
    holder: Keeper
    is_own: bool
    is_fictional: bool
    source: str
    attribution: str
    units: int
    addresses: int | None = None
    addresses_at: datetime | None = None


class Unit(Named):
    """A unit of a partition."""

    area_km2: float | None = None
    has_geometry: bool = False
    addresses: int | None = None


class PartitionDetail(Partition):
    """One partition with its units, and the tag that a change starts from."""

    unit_items: tuple[Unit, ...] = ()
    units_km2: float | None = None
    municipality_km2: float | None = None
    etag: str = ""


class Address(Record):
    """One building and its unit."""

    street: str
    house_number: int
    suffix: str = ""
    postcode: str = ""
    unit: str = ""
    unit_name: str = ""


class Double(Address):
    """An address that stands in several units."""

    units: tuple[Named, ...] = ()


class Gap(Record):
    """Numbers missing between neighbours of different units."""

    street: str
    postcode: str
    first: int
    last: int
    side: str
    before: Named
    after: Named


class Comparison(Record):
    """The directory beside a list of all addresses."""

    listed: int
    missing: int
    missing_items: tuple[Address, ...]
    surplus: int
    surplus_items: tuple[Address, ...]


class OrderFile(Record):
    """Whether the order file is offered, and what to heed."""

    is_offered: bool
    detail: str
    caution: str


class DirectoryCheck(Record):
    """Doubles and gaps of a directory."""

    addresses: int
    streets: int
    doubles: int
    double_items: tuple[Double, ...]
    gaps: int
    gap_items: tuple[Gap, ...]
    units_without: tuple[Named, ...]
    order_file: OrderFile
    comparison: Comparison | None = None


class AddressFinding(Record):
    """What is wrong with a row of a directory."""

    row: int | None = None
    code: str
    detail: str
    remedy: str = ""


class Part(Record):
    """A unit in a set and what of it counts."""

    unit: str
    name: str
    weight: float
    basis: str
    basis_label: str
    detail: str = ""


class SetNote(Record):
    """What was left out when a polygon was cut."""

    code: str
    detail: str


class SetDraft(Record):
    """What a set would be made of."""

    parts: tuple[Part, ...]
    notes: tuple[SetNote, ...] = ()
    area_km2: float | None = None
    is_estimated: bool = False
    geometry: dict[str, Any] | None = None


class UnitSet(Record):
    """A set of units, which is an area as well."""

    code: str
    name: str
    kind: str
    kind_label: str
    municipality: Named
    valid_from: date | None = None
    valid_to: date | None = None
    holder: Keeper
    is_own: bool
    is_fictional: bool
    area_km2: float | None = None
    has_geometry: bool = False
    parts_count: int
    is_estimated: bool
    note: str | None = None


class UnitSetDetail(UnitSet):
    """One set with its parts, and the tag that a change starts from."""

    parts: tuple[Part, ...] = ()
    notes: tuple[SetNote, ...] = ()
    etag: str = ""
