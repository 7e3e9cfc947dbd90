"""Reports on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

ReportState = Literal["waiting", "rendering", "finished", "failed"]
Code = Annotated[str, Field(min_length=1, max_length=100)]


class ParametersWrite(BaseModel):
    """What the report is to show; what is left out the template chooses."""

    model_config = ConfigDict(extra="forbid")

    map_indicator: Code | None = None
    chart_indicator: Code | None = None


class ReportWrite(BaseModel):
    """A report to make."""

    model_config = ConfigDict(extra="forbid")

    template: Code
    area: Annotated[str, Field(min_length=1, max_length=40)]
    parameters: ParametersWrite = ParametersWrite()


class TemplateReference(BaseModel):
    """A template by name."""

    code: str
    name: str


class AreaReference(BaseModel):
    """The area a report is about, as it was called then."""

    code: str
    name: str
    kind: str


class Progress(BaseModel):
    """How far the making has come; `step` is empty before it begins and after it ends."""

    step: str = ""
    label: str = ""
    done: int = 0
    total: int = 0


class ReleaseUsed(BaseModel):
    """A release that figures of the report come from."""

    id: UUID
    dataset: str
    title: str
    number: int
    published_at: datetime
    audience: str
    audience_label: str


class FileRead(BaseModel):
    """A stored file; `sha256` in hexadecimal digits."""

    format: str
    media_type: str
    size_bytes: int
    sha256: str
    filename: str


class Failure(BaseModel):
    """Why there is no report."""

    code: str
    detail: str


class Parameters(BaseModel):
    """The indicators shown, by code; None where the report has no map or chart."""

    map_indicator: str | None = None
    chart_indicator: str | None = None


class ReportRead(BaseModel):
    """A report and how far it is.

    `withdrawn`: a release it rests on was withdrawn for disclosure; only its holder still has
    the files. `is_outdated`: a release it rests on is no longer the present one.
    """

    id: UUID
    reference: str
    title: str
    template: TemplateReference
    area: AreaReference
    state: ReportState
    progress: Progress
    parameters: Parameters
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    fingerprint: str
    renderer_version: str
    releases: list[ReleaseUsed]
    files: list[FileRead]
    is_fictional: bool
    withdrawn: bool
    is_outdated: bool
    failure: Failure | None

    def as_json(self) -> dict[str, Any]:
        """The document as JSON values."""
        return self.model_dump(mode="json")
