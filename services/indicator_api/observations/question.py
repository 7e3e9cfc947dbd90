"""What can be asked of the figures: which, when, where, as of when, derived and classed how."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

ClassMethod = Literal["quantile", "jenks", "equal", "fixed"]
Derivation = Literal["rolling3", "change", "growth"]
DEFAULT_CLASSES = 5
_GERMANY = ZoneInfo("Europe/Berlin")
# every breakdown that is released, or every current indicator
ALL = "*"


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """Which areas: those named, or those of levels, within an area, below one, or of a set.

    Fictional areas belong to no list or rank of real ones: they are shown only where the
    choice names them or an area above them. A list holds the areas that are valid on
    `valid_on` (None: today); areas that are named are answered for whenever they existed.
    """

    levels: tuple[str, ...] = ()
    within: str | None = None
    # areas directly below this one
    parent: str | None = None
    # the base units of this set
    set_code: str | None = None
    codes: tuple[str, ...] = ()
    # of these codes those that are there to compare with: nothing is summed up for them
    own_only: tuple[str, ...] = ()
    valid_on: date | None = None

    @property
    def day(self) -> date:
        """The day on which areas are to be valid."""
        return self.valid_on or datetime.now(_GERMANY).date()

    @property
    def level(self) -> str | None:
        """The one level asked for; None if there are several or none."""
        return self.levels[0] if len(self.levels) == 1 else None

    @property
    def names_place(self) -> bool:
        """Whether it names areas or an area above them, so that fictional ones may be meant."""
        return bool(self.codes or self.within or self.parent or self.set_code)


@dataclass(frozen=True, slots=True)
class ClassChoice:
    """How a map is classed; `limits` are the inner limits of fixed classes, ascending."""

    method: ClassMethod = "quantile"
    count: int = DEFAULT_CLASSES
    limits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    `indicators` and `measures` by code (`*`: every current indicator). `periods` are codes
    (`2022`, `2022-05-15`) or ranges (`2015..2022`, `..2019`, `2020..`); none: the newest one, or
    all for areas that are named. `breakdowns` are codes (`GES=GESW`; `*`: all); none: the
    indicator's own. `release` reads a certain release, `as_of` what was known on a day, `version`
    an earlier definition.
    """

    indicators: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    release: UUID | None = None
    version: int | None = None
    as_of: date | None = None
    derive: Derivation | None = None
    # the period that change and growth start from; None: the one before
    change_from: str | None = None
    classes: ClassChoice = field(default=ClassChoice())
    choice: AreaChoice = field(default=AreaChoice())
    # whether the region, or the areas named, are to be held to the sum of their parts
    checks_totals: bool = False

    @property
    def indicator(self) -> str | None:
        """The one indicator asked for; None if there are several or none."""
        return self.indicators[0] if len(self.indicators) == 1 else None
