"""What indicator_api answers about deliveries and releases, as typed records."""

from datetime import datetime
from typing import Any, Literal

from web.clients.indicator_types import DatasetRef, Record

DeliveryState = Literal[
    "received", "checking", "asking", "confirming", "approving", "loading",
    "accepted", "checked", "rejected", "failed", "discarded", "expired",
    "withdrawal_approving", "withdrawing", "withdrawn",
]  # fmt: skip
DeliveryAction = Literal[
    "map", "confirm", "approve", "discard", "withdraw", "approve_withdrawal", "keep", "deliver",
]  # fmt: skip
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
Audience = Literal["public", "administration", "kreis", "advisory", "ministry"]
Severity = Literal["error", "warning", "note"]


class Progress(Record):
    """How far a background step is: `done` of `total`, in the unit of its label."""

    step: str = ""
    label: str = ""
    done: int | None = None
    total: int | None = None


class DeliveryCounts(Record):
    """What a delivery held and what it changed, in figures."""

    rows: int | None = None
    checked_rows: int | None = None
    values: int | None = None
    new: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    missing: int | None = None
    withdrawn: int | None = None
    refused: int | None = None


class FindingCount(Record):
    """How often one kind of finding occurred."""

    code: str
    severity: Severity
    count: int
    title: str = ""


class LevelCount(Record):
    """How many areas of a kind a delivery names."""

    kind: str
    label: str
    count: int


class Preview(Record):
    """The first rows as they will be stored."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Understood(Record):
    """What was read out of a file: what, where, when and how many."""

    format: str = ""
    format_label: str = ""
    measures: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    levels: tuple[LevelCount, ...] = ()
    areas: int | None = None
    preview: Preview | None = None


class Failure(Record):
    """Why a background job ended without a result."""

    code: str = ""
    detail: str = ""


class DeliveryOptions(Record):
    """What the sender asked for beside the file: see `DeliveryWish`."""

    mode: Literal["merge", "replace"] = "merge"
    scope: Literal["all", "own"] = "all"
    partial: bool = False
    confirm: str | None = None
    area: str | None = None
    period: str | None = None
    sheet: str | None = None


class Decision(Record):
    """Who decided on a delivery, when, and why.

    Of a withdrawal also which second person agreed, and what became of its cells.
    """

    by: str = ""
    at: datetime | None = None
    reason: str = ""
    restored: int | None = None
    removed: int | None = None
    kept: int | None = None
    approval: "Decision | None" = None


class ReplacedDelivery(Record):
    """An earlier delivery, and how many of its cells this one took the place of."""

    number: int
    id: str
    filename: str | None = None
    delivered_by: str = ""
    created_at: datetime | None = None
    cells: int = 0


class DeliveryLinks(Record):
    """Where more of a delivery is to be had in the service; None where there is none of it."""

    annotated: str | None = None
    file: str | None = None
    receipt: str | None = None


class Delivery(Record):
    """A delivery's status document; `etag` is needed to decide on it."""

    id: str
    number: int
    dataset: DatasetRef
    state: DeliveryState
    filename: str | None = None
    format: str | None = None
    content_type: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    progress: Progress | None = None
    counts: DeliveryCounts | None = None
    finding_counts: tuple[FindingCount, ...] = ()
    understood: Understood | None = None
    delivered_by: str | None = None
    organisation: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    failure: Failure | None = None
    audience_note: str | None = None
    options: DeliveryOptions = DeliveryOptions()
    is_dry_run: bool = False
    dry_run_id: str | None = None
    mapping: dict[str, Any] | None = None
    mapping_name: str | None = None
    actions: tuple[DeliveryAction, ...] = ()
    replaced: tuple[ReplacedDelivery, ...] = ()
    confirmation: Decision | None = None
    approval: Decision | None = None
    withdrawal: Decision | None = None
    waits_until: datetime | None = None
    content_deleted_at: datetime | None = None
    links: DeliveryLinks = DeliveryLinks()
    etag: str | None = None


class Finding(Record):
    """One finding in a delivered file; `row` counts from 1 with the header as row 1."""

    severity: Severity
    code: str
    detail: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    remedy: str | None = None


class Rule(Record):
    """A rule of the disclosure check and how many cells it hides."""

    code: str
    text: str
    hidden: int = 0


class ReleaseCheck(Record):
    """What a release would show, hide and change."""

    cells: int = 0
    hidden: int = 0
    missing: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    rules: tuple[Rule, ...] = ()
    limits: str | None = None


class StaleReason(Record):
    """Why what was checked is no longer what would be released."""

    code: str
    detail: str


class Refusal(Record):
    """Why a release is not to be made like this, and what would help."""

    code: str
    detail: str
    remedy: str = ""


class Release(Record):
    """A release of a dataset for an audience; `etag` is needed to publish or withdraw it.

    `actions`: what the visitor may do with it now; `is_mine`: they prepared it.
    """

    id: str
    dataset: DatasetRef
    audience: Audience
    state: ReleaseState
    audience_label: str = ""
    number: int | None = None
    dataset_version: int | None = None
    is_stale: bool = False
    stale_reason: StaleReason | None = None
    is_own: bool = False
    is_mine: bool = False
    needs_second_person: bool = False
    actions: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    embargo_until: datetime | None = None
    check: ReleaseCheck | None = None
    note: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    published_at: datetime | None = None
    published_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: Literal["error", "disclosure"] | None = None
    progress: Progress | None = None
    etag: str | None = None


class HiddenCell(Record):
    """A cell a release hides; shown to the holder only."""

    area: str
    name: str = ""
    measure: str = ""
    period: str = ""
    breakdown: str | None = None
    value: float | None = None
    rule: str = ""
