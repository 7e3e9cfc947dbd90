"""What indicator_api knows about one place: its profile, its history, its nearest neighbours."""

from datetime import date

from pydantic import Field

from web.clients.indicator_types import (
    Area,
    AreaRef,
    Break,
    Coded,
    IntervalKind,
    Note,
    Observation,
    ObservedIndicator,
    Period,
    Reason,
    Record,
    Source,
)


class ProfileIndicator(ObservedIndicator):
    """The definition beside its figures in a profile."""

    short_name: str | None = None
    dimension: Coded | None = None
    is_checked: bool = False
    is_key_indicator: bool = False


class ProfileSeries(Record):
    """One indicator for the place and those it is compared with, over all periods.

    `sources` are indexes into the profile's sources.
    """

    indicator: ProfileIndicator
    items: tuple[Observation, ...] = ()
    breaks: tuple[Break, ...] = ()
    interval: IntervalKind | None = None
    sources: tuple[int, ...] = ()


class NamedCode(Record):
    """An indicator just to name and link it."""

    code: str
    name: str = ""


class ProfileGap(Record):
    """What is not known about a place, why, and how to come to know it."""

    indicator: NamedCode
    code: str = ""
    detail: str = ""
    suggestion: str | None = None


class Profile(Record):
    """Everything released about one place."""

    area: Area
    compared: tuple[AreaRef, ...] = ()
    indicators: tuple[ProfileSeries, ...] = ()
    sources: tuple[Source, ...] = ()
    gaps: tuple[ProfileGap, ...] = ()
    notes: tuple[Note, ...] = ()


class LinkedArea(AreaRef):
    """An area before or after a change; `share` is the part of it that went over, 0 to 1."""

    share: float | None = None
    basis: str | None = None


class AreaEvent(Record):
    """A change of the register: from which areas to which, when, by which law."""

    kind: str
    kind_label: str = ""
    effective_on: date | None = None
    is_day_known: bool = True
    title: str = ""
    legal_basis: str | None = None
    source: str | None = None
    before: tuple[LinkedArea, ...] = Field(default=(), alias="from")
    after: tuple[LinkedArea, ...] = Field(default=(), alias="to")


class ProfileFeature(Record):
    """One indicator by which places are held to be alike; z is (value - mean) / sd."""

    indicator: str
    name: str = ""
    unit: str = ""
    decimals: int = 1
    mean: float | None = None
    sd: float | None = None
    weight: float = 1.0
    period: Period | None = None


class SimilarValue(Record):
    """A neighbour's figure and its z value."""

    indicator: str
    value: float | None = None
    z: float | None = None


class SimilarArea(AreaRef):
    """A neighbour with its distance in the space of z values; 0 is the same."""

    distance: float = 0.0
    values: tuple[SimilarValue, ...] = ()


class LeftOut(Record):
    """A place or an indicator that could not be compared, and why."""

    name: str = ""
    detail: str = ""


class Method(Record):
    """How the neighbours were found, in words."""

    name: str = ""
    detail: str = ""


class SimilarAreas(Record):
    """The places most like one, nearest first."""

    area: AreaRef
    own: tuple[SimilarValue, ...] = ()
    profile: tuple[ProfileFeature, ...] = ()
    items: tuple[SimilarArea, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    # of them the service names the first ones alone
    left_out_count: int = 0
    dropped: tuple[LeftOut, ...] = ()
    sources: tuple[Source, ...] = ()
    method: Method | None = None
    reason: Reason | None = None


class SetPart(Record):
    """A base unit of a set; `weight` is the part of it that counts, 0 to 1, by `basis`."""

    unit: str
    name: str = ""
    weight: float = 1.0
    basis: str = "whole"
    basis_label: str = ""
    detail: str = ""


class AreaSet(Record):
    """What a set of base units is made of."""

    code: str = ""
    name: str = ""
    parts: tuple[SetPart, ...] = ()
