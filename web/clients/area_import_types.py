"""What indicator_api answers about imports of areas, as typed records."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from web.clients.indicator_types import Record

ImportState = Literal[
    "received", "checking", "asking", "checked", "committing", "accepted", "rejected", "failed",
    "discarded",
]  # fmt: skip
Severity = Literal["error", "question", "warning", "note"]


class ImportFinding(Record):
    """A finding: how grave, what, where, of how many m², and how to mend it."""

    severity: Severity
    code: str
    title: str = ""
    area: str | None = None
    row: int | None = None
    detail: str
    remedy: str = ""
    area_m2: float | None = None


class ImportFindingCount(Record):
    """How many findings of one kind, and of how many m² in all."""

    code: str
    severity: Severity
    title: str
    count: int
    area_m2: float | None = None


class ImportColumn(Record):
    """A column of the file."""

    name: str
    kind: str
    examples: tuple[str, ...] = ()
    distinct: int = 0
    missing: int = 0
    known_keys: int = 0


class CrsProposal(Record):
    """A coordinate reference system that would fit."""

    code: str
    label: str
    fit: float


class ImportCrs(Record):
    """The coordinate reference system as found, given or asked for."""

    found: str | None = None
    asked: bool = False
    note: str = ""
    proposals: tuple[CrsProposal, ...] = ()


class ImportMapping(Record):
    """How the file was read."""

    layer: str | None = None
    crs: str | None = None
    key_column: str | None = None
    name_column: str | None = None
    parent_column: str | None = None
    parent: str | None = None
    key_prefix: bool | None = None
    key_width: int | None = None
    merge_parts: bool = False


class ImportRows(Record):
    """The first rows."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class ImportFailure(Record):
    """Why an import stopped for another reason than the file."""

    code: str
    detail: str


class ImportProgress(Record):
    """What is being done."""

    label: str = ""


class ImportMunicipality(Record):
    """The municipality whose own areas these are."""

    code: str
    name: str


class AreaImport(Record):
    """An import of areas; `etag` names the version that actions start from."""

    id: str
    format: str
    format_label: str = ""
    filename: str | None = None
    size_bytes: int = 0
    source: str = ""
    attribution: str = ""
    kind: str | None = None
    kind_label: str | None = None
    municipality: ImportMunicipality | None = None
    partition_code: str | None = None
    partition_name: str | None = None
    valid_from: date | None = None
    state: ImportState
    progress: ImportProgress = ImportProgress()
    counts: dict[str, int] = Field(default_factory=dict)
    findings: tuple[ImportFinding, ...] = ()
    finding_counts: tuple[ImportFindingCount, ...] = ()
    layers: tuple[str, ...] = ()
    columns: tuple[ImportColumn, ...] = ()
    mapping: ImportMapping | None = None
    crs: ImportCrs | None = None
    preview: ImportRows | None = None
    layer_counts: dict[str, int] = Field(default_factory=dict)
    has_map: bool = False
    failure: ImportFailure | None = None
    delivered_by: str = ""
    created_at: datetime
    finished_at: datetime | None = None
    etag: str = ""
