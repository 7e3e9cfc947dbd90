"""The directory of streets and house numbers on the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.indicator_api.partitions.schemas import Named

Encoding = Literal["utf-8", "windows-1252"]


class AddressRead(BaseModel):
    """One building and the unit it belongs to."""

    street: str
    house_number: int
    suffix: str
    postcode: str
    unit: str
    unit_name: str


class AddressFindingRead(BaseModel):
    """What is wrong with, or was assumed of, a row (the head is row 1) or the file (null)."""

    row: int | None
    column: str | None
    severity: Literal["error", "warning", "note"]
    code: str
    detail: str
    remedy: str


class DirectoryRead(BaseModel):
    """A directory that was taken: what it holds, and what is still to be cleared up."""

    addresses: int
    streets: int
    ranges: int
    addresses_at: datetime
    doubles: int
    gaps: int
    units_without: list[Named]
    notes: list[AddressFindingRead]


class Double(BaseModel):
    """One address that stands in more than one unit."""

    street: str
    house_number: int
    suffix: str
    postcode: str
    units: list[Named]


class Gap(BaseModel):
    """Numbers missing on one side of a street between neighbours in different units."""

    street: str
    postcode: str
    first: int
    last: int
    side: Literal["gerade", "ungerade"]
    before: Named
    after: Named


class BareAddress(BaseModel):
    """An address without a unit."""

    street: str
    house_number: int
    suffix: str
    postcode: str


class Comparison(BaseModel):
    """The directory beside a list of all addresses of the town; the lists hold the first 500."""

    listed: int
    missing: int
    missing_items: list[BareAddress]
    surplus: int
    surplus_items: list[BareAddress]


class OrderFile(BaseModel):
    """Whether the order file is offered, why not, and what to heed."""

    is_offered: bool
    detail: str
    caution: str


class DirectoryCheck(BaseModel):
    """Doubles and gaps of a directory; the lists hold the first 500 of each."""

    addresses: int
    streets: int
    doubles: int
    double_items: list[Double]
    gaps: int
    gap_items: list[Gap]
    units_without: list[Named]
    order_file: OrderFile
    comparison: Comparison | None = None
