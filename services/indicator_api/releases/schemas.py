"""Releases on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.indicator_api.areas.schemas import AreaCode
from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.measures.schemas import CatalogueCode
from services.indicator_api.releases.rules import Audience

ReleaseState = Literal[
    "checking",
    "draft",
    "refused",
    "confirmed",
    "publishing",
    "released",
    "superseded",
    "withdrawn",
    "discarded",
    "failed",
]
ReleaseAction = Literal["confirm", "publish", "discard", "withdraw"]
PeriodCode = Annotated[str, Field(min_length=4, max_length=40)]


class Scope(BaseModel):
    """Which figures of the dataset; what is left out is not narrowed.

    What lies outside is not part of the release: the audience does not see it any more.
    """

    model_config = ConfigDict(extra="forbid")

    measures: Annotated[list[CatalogueCode], Field(min_length=1, max_length=500)] | None = None
    levels: Annotated[list[CatalogueCode], Field(min_length=1, max_length=50)] | None = None
    periods: Annotated[list[PeriodCode], Field(min_length=1, max_length=500)] | None = None


class RoundTo(BaseModel):
    """Counts are rounded to multiples of a base instead of being hidden."""

    model_config = ConfigDict(extra="forbid")

    round: Annotated[int, Field(ge=2, le=1000)]


class ReleaseWrite(BaseModel):
    """A release to prepare: the dataset as it stands, or part of it, for one audience.

    `protect_first`: areas whose figures are hidden last, where there is a choice.
    """

    model_config = ConfigDict(extra="forbid")

    dataset: CatalogueCode
    audience: Audience
    scope: Scope | None = None
    method: Literal["suppress"] | RoundTo = "suppress"
    protect_first: Annotated[list[AreaCode], Field(max_length=500)] = []
    note: Annotated[str, Field(max_length=2000)] = ""


class LettingOut(BaseModel):
    """When a release goes out; at once without a moment."""

    model_config = ConfigDict(extra="forbid")

    embargo_until: AwareDatetime | None = None


class Withdrawal(BaseModel):
    """Why a release is withdrawn; one for disclosure is gone for all but the holder."""

    model_config = ConfigDict(extra="forbid")

    reason: Literal["error", "disclosure"]
    note: Annotated[str, Field(max_length=2000)] = ""


class RuleResult(BaseModel):
    """A rule of protection and how many cells it hides."""

    code: str
    text: str
    hidden: int


class SeenCell(BaseModel):
    """A cell that was shown before and would be hidden now."""

    area: str
    name: str
    measure: str
    period: str
    breakdown: str


class AlreadySeen(BaseModel):
    """An audience that has seen cells which would now be hidden; that cannot be taken back.

    `still_true`: of these, how many were seen with the value that they have now.
    """

    audience: Audience
    audience_label: str
    cells: int
    still_true: int
    examples: list[SeenCell]


class CheckResult(BaseModel):
    """What the check found; the differences are to the audience's present release.

    `beyond_terms`: facts left out because the source's terms allow no area as small.
    """

    cells: int
    hidden: int
    missing: int
    new: int
    changed: int
    removed: int
    unchanged: int
    beyond_terms: int = 0
    rules: list[RuleResult]
    limits: str
    already_seen: list[AlreadySeen] = []


class Refusal(BaseModel):
    """Why a release is not to be made like this, and what would help."""

    code: str
    detail: str
    remedy: str = ""


class ReleaseProgress(BaseModel):
    """What is being done."""

    label: str = ""


class StaleReason(BaseModel):
    """Why what was checked is no longer what would be released."""

    code: str
    detail: str


class Return(StaleReason):
    """Why a release came back from its publication, and when."""

    at: datetime


class ReleaseRead(BaseModel):
    """A release; `is_stale`: something moved since it was checked, as `stale_reason` says.

    `actions`: what the caller may do with it now. `is_mine`: the caller prepared it, also through
    an API key of theirs. `rules` are those it was checked with.
    """

    id: UUID
    dataset: DatasetReference
    audience: Audience
    audience_label: str
    number: int | None
    state: ReleaseState
    dataset_version: int
    is_stale: bool
    stale_reason: StaleReason | None
    is_own: bool
    is_mine: bool
    needs_second_person: bool
    actions: list[ReleaseAction]
    scope: Scope | None
    method: Literal["suppress"] | RoundTo
    rules: list[dict[str, Any]]
    protect_first: list[str]
    check: CheckResult | None
    refusals: list[Refusal]
    returned: Return | None
    note: str
    created_by: str
    created_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    embargo_until: datetime | None
    published_by: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: Literal["error", "disclosure"] | None
    certificate_sha256: str | None
    released_sha256: str | None
    progress: ReleaseProgress


class HiddenCell(BaseModel):
    """A cell that a release hides, for its holder's eyes.

    `least` and `greatest`: between which values an attacker could place it; None: not known.
    """

    area: str
    name: str
    measure: str
    period: str
    breakdown: str
    value: float | None
    reason: str
    rule: str
    least: float | None
    greatest: float | None
