"""Profiles of areas and their nearest neighbours on the wire."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from services.indicator_api.areas.schemas import AreaRead, AreaReference
from services.shared.paging import Reason


class ProfileArea(AreaRead):
    """The area with its place in the tree; `bbox` is west, south, east, north in degrees."""

    ancestors: list[AreaReference]
    children_count: dict[str, int]
    bbox: tuple[float, float, float, float] | None


class Coded(BaseModel):
    """A code with how it is written."""

    code: str
    label: str


class ProfileDefinition(BaseModel):
    """An indicator as a profile names it."""

    code: str
    version: int
    name: str
    short_name: str
    question: str
    kind: str
    unit: str
    decimals: int
    polarity: str
    dimension: Coded
    is_checked: bool
    is_key_indicator: bool


class ProfileItem(BaseModel):
    """One figure, as in the answer of /v1/observations."""

    indicator: str
    breakdown: str
    area: str
    name: str
    kind: str
    period: str
    value: float | None
    status: str
    quality: list[str]
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    derivation: dict[str, Any] | None
    detail: str | None


class ProfileIndicator(BaseModel):
    """The figures of one indicator: of the area, then of those it is compared with, by time.

    `sources` are places in the profile's list of sources.
    """

    indicator: ProfileDefinition
    items: list[ProfileItem]
    breaks: list[dict[str, Any]]
    interval: dict[str, Any]
    sources: list[int]


class GapIndicator(BaseModel):
    """The indicator of which there is nothing."""

    code: str
    name: str


class Gap(BaseModel):
    """What is not known about an area, why, and what would help."""

    indicator: GapIndicator
    code: Literal["nothing_released", "level_not_available", "hidden", "no_value"]
    detail: str
    suggestion: str | None


class Profile(BaseModel):
    """Everything that is released to the caller about one area."""

    area: ProfileArea
    valid_on: date
    compared: list[AreaReference]
    indicators: list[ProfileIndicator]
    sources: list[dict[str, Any]]
    gaps: list[Gap]
    notes: list[dict[str, Any]]


class SimilarValue(BaseModel):
    """A figure and how many standard deviations it lies above the mean."""

    indicator: str
    value: float
    z: float


class SimilarFeature(BaseModel):
    """An indicator by which areas are compared; `sd` has the divisor n (all areas there are).

    `sources` are places in the answer's list of sources.
    """

    indicator: str
    name: str
    unit: str
    decimals: int
    period: Coded
    areas: int
    mean: float
    sd: float
    weight: float
    sources: list[int]


class SimilarArea(AreaReference):
    """A neighbour; 0 would be no difference in any indicator."""

    distance: float
    values: list[SimilarValue]


class LeftOut(BaseModel):
    """An area that could not be compared."""

    code: str
    name: str
    missing: list[str]
    detail: str


class Dropped(BaseModel):
    """An indicator that the distance was not made of."""

    indicator: str
    name: str
    code: Literal["lacking", "constant", "too_few"]
    detail: str


class Method(BaseModel):
    """How the distance was made, in words."""

    name: str
    detail: str


class ChosenBy(BaseModel):
    """Where the indicators come from that areas are compared by, in words."""

    code: Literal["named", "key_indicators", "available"]
    detail: str


class Similar(BaseModel):
    """The areas most like one, nearest first; `left_out` holds up to 500 of `left_out_count`."""

    area: AreaReference
    level: str
    chosen_by: ChosenBy
    own: list[SimilarValue]
    profile: list[SimilarFeature]
    items: list[SimilarArea]
    left_out: list[LeftOut]
    left_out_count: int
    dropped: list[Dropped]
    sources: list[dict[str, Any]]
    method: Method
    reason: Reason | None
