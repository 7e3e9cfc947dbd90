"""Deliveries on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DeliveryState = Literal[
    "received", "checking", "asking", "confirming", "approving", "loading",
    "accepted", "checked", "rejected", "failed", "discarded", "expired",
    "withdrawal_approving", "withdrawing", "withdrawn",
]  # fmt: skip
Action = Literal[
    "map", "confirm", "approve", "discard", "withdraw", "approve_withdrawal", "keep", "deliver",
]  # fmt: skip
Severity = Literal["error", "warning", "note"]
Language = Literal["de", "en"]
WrittenReason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)
]


class DeliveryOptions(BaseModel):
    """What the sender asks for beside the file itself.

    `mode`: `merge` leaves what is not in the file as it stands, `replace` withdraws, for each
    measure and period in the file, the cells that it does not hold. `scope`: `all` takes a row
    for an area outside one's own as an error, `own` leaves such rows out. `partial` takes the
    valid rows and refuses the others. `confirm` is the reason, given in advance, for taking the
    file in spite of warnings.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Literal["merge", "replace"] = "merge"
    scope: Literal["all", "own"] = "all"
    partial: bool = False
    confirm: WrittenReason | None = None
    area: Annotated[str, Field(max_length=40)] | None = None
    period: Annotated[str, Field(max_length=40)] | None = None
    sheet: Annotated[str, Field(max_length=255)] | None = None


class ReasonWrite(BaseModel):
    """Why somebody decides so, in their own words."""

    model_config = ConfigDict(extra="forbid")

    reason: WrittenReason


class ForReal(BaseModel):
    """What is said when a checked dry run is delivered; `confirm` is the reason to take its file
    in spite of warnings, given in advance."""

    model_config = ConfigDict(extra="forbid")

    confirm: WrittenReason | None = None


class Decision(BaseModel):
    """Who decided, when, and why."""

    by: str
    at: datetime
    reason: str = ""


class WithdrawalDecision(Decision):
    """Who wanted a delivery taken back, and which second person agreed, where one was needed.

    Once it is taken back, what became of its cells: how many returned to what they were before,
    how many are gone, and how many stay because of later deliveries.
    """

    approval: Decision | None = None
    restored: int | None = None
    removed: int | None = None
    kept: int | None = None


class ReplacedDelivery(BaseModel):
    """An earlier delivery, and how many of its cells a later one took the place of."""

    number: int
    id: UUID
    filename: str | None
    delivered_by: str
    created_at: datetime
    cells: int


class DatasetReference(BaseModel):
    """The dataset a delivery went into."""

    code: str
    title: str


class DeliveryProgress(BaseModel):
    """What is being done, and how far it is; `done` and `total` count rows."""

    step: str = ""
    label: str = ""
    done: int = 0
    total: int = 0


class FindingCount(BaseModel):
    """How many findings of one kind."""

    code: str
    severity: Severity
    title: str
    count: int


class Failure(BaseModel):
    """Why the processing broke off; not the sender's fault."""

    code: str
    detail: str


class DeliveryLinks(BaseModel):
    """Where more of a delivery is to be had; null where there is none of it now."""

    findings: str
    annotated: str | None
    file: str | None
    receipt: str | None


class DeliveryRead(BaseModel):
    """A delivery and what became of it."""

    id: UUID
    number: int
    dataset: DatasetReference
    filename: str | None
    format: str | None
    content_type: str
    size_bytes: int
    sha256: str
    options: DeliveryOptions
    is_dry_run: bool
    dry_run_id: UUID | None
    mapping: dict[str, Any] | None
    mapping_name: str | None
    state: DeliveryState
    actions: list[Action]
    progress: DeliveryProgress
    counts: dict[str, int]
    finding_counts: list[FindingCount]
    understood: dict[str, Any]
    replaced: list[ReplacedDelivery]
    confirmation: Decision | None
    approval: Decision | None
    withdrawal: WithdrawalDecision | None
    waits_until: datetime | None
    content_deleted_at: datetime | None
    delivered_by: str
    organisation: str
    created_at: datetime
    finished_at: datetime | None
    failure: Failure | None
    links: DeliveryLinks
    audience_note: str


class FindingRead(BaseModel):
    """One finding; `row` counts the file's lines from 1."""

    row: int | None
    column: str | None
    value: str | None
    severity: Severity
    code: str
    detail: str
    remedy: str
