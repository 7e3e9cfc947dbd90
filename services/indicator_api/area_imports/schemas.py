"""Imports of areas on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

State = Literal[
    "received",
    "checking",
    "asking",
    "checked",
    "committing",
    "accepted",
    "rejected",
    "failed",
    "discarded",
]
Layer = Literal["area", "repaired", "gap", "overlap", "outside"]
Key = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class MappingWrite(BaseModel):
    """How the file is to be read; what is left out is proposed from names and contents."""

    model_config = ConfigDict(extra="forbid")

    layer: ColumnName | None = None
    crs: Annotated[str, Field(max_length=40)] | None = None
    key_column: ColumnName | None = None
    name_column: ColumnName | None = None
    parent_column: ColumnName | None = None
    parent: Key | None = None
    key_prefix: bool | None = None
    key_width: Annotated[int, Field(ge=1, le=20)] | None = None
    merge_parts: bool = False


class IntentionWrite(BaseModel):
    """What a file is handed in as; without a municipality: the official register."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    source: Words
    attribution: Words
    municipality: Key | None = None
    partition_code: Key | None = None
    partition_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    valid_from: date | None = None


class ImportFinding(BaseModel):
    """A finding: how grave, what, where (key, row from 1), of how many m², and how to mend it."""

    severity: Literal["error", "question", "warning", "note"] = "error"
    code: str
    title: str = ""
    area: str | None
    row: int | None = None
    detail: str
    remedy: str = ""
    area_m2: float | None = None


class FindingCount(BaseModel):
    """How many findings of a kind there are, also those beyond the ones listed."""

    code: str
    severity: Literal["error", "question", "warning", "note"]
    title: str
    count: int
    area_m2: float | None


class ColumnRead(BaseModel):
    """A column of the file; `known_keys`: how many of its values are keys of the register."""

    name: str
    kind: Literal["text", "number"]
    examples: list[str]
    distinct: int
    missing: int
    known_keys: int


class CrsProposalRead(BaseModel):
    """A CRS that would bring the areas to their place; `fit`: the share that would lie there."""

    code: str
    label: str
    fit: float


class CrsRead(BaseModel):
    """The coordinate reference system: as found in the file, as given, or asked for."""

    found: str | None
    asked: bool
    note: str
    proposals: list[CrsProposalRead]


class PreviewRows(BaseModel):
    """The first rows."""

    columns: list[str]
    rows: list[list[str]]


class Failure(BaseModel):
    """Why an import stopped for another reason than the file."""

    code: str
    detail: str


class MunicipalityRead(BaseModel):
    """The municipality whose own areas these are."""

    code: str
    name: str


class AreaImportRead(BaseModel):
    """An import of areas: what it is, what was understood, what was found, what became of it.

    `mapping` is what the last check read the file by. `counts` of an accepted import say what was
    written. Imports of records in JSON have no columns, no mapping and no preview.
    """

    id: UUID
    format: str
    format_label: str
    filename: str | None
    size_bytes: int
    source: str
    attribution: str
    kind: str | None
    kind_label: str | None
    municipality: MunicipalityRead | None
    partition_code: str | None
    partition_name: str | None
    valid_from: date | None
    state: State
    progress: dict[str, Any]
    counts: dict[str, int]
    findings: list[ImportFinding]
    finding_counts: list[FindingCount]
    layers: list[str]
    columns: list[ColumnRead]
    mapping: MappingWrite | None
    crs: CrsRead | None
    preview: PreviewRows | None
    layer_counts: dict[str, int]
    has_map: bool
    failure: Failure | None
    delivered_by: str
    created_at: datetime
    finished_at: datetime | None
