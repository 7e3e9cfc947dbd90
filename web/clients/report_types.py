"""What report_api answers, as typed records."""

from datetime import datetime
from typing import Literal

from web.clients.delivery_types import Failure, Progress
from web.clients.indicator_types import AreaRef, Record

ReportState = Literal["waiting", "rendering", "finished", "failed"]
FileFormat = Literal["html", "pdf"]


class TemplateLevel(Record):
    """A kind of area that a template works for."""

    kind: str
    label: str


class Template(Record):
    """A kind of report: what it is about and for which areas."""

    code: str
    name: str
    description: str = ""
    levels: tuple[TemplateLevel, ...] = ()
    formats: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of areas it works for."""
        return tuple(level.kind for level in self.levels)


class IndicatorChoice(Record):
    """An indicator with figures for the area."""

    code: str
    name: str


class Choices(Record):
    """What a report on one area can show, and what it shows by itself.

    A map needs figures of the areas beside or below, a chart those of several periods.
    """

    indicators: tuple[IndicatorChoice, ...] = ()
    map_indicators: tuple[IndicatorChoice, ...] = ()
    chart_indicators: tuple[IndicatorChoice, ...] = ()
    default_map_indicator: str | None = None
    default_chart_indicator: str | None = None


class TemplateRef(Record):
    """Just enough of a template to name it."""

    code: str
    name: str = ""


class ReportParameters(Record):
    """The indicators of the map and of the chart, by code."""

    map_indicator: str | None = None
    chart_indicator: str | None = None


class ReportRelease(Record):
    """A release that the report's figures were read from."""

    id: str
    dataset: str
    title: str = ""
    number: int
    published_at: datetime | None = None
    audience: str = ""
    audience_label: str = ""


class ReportFile(Record):
    """One stored file; `sha256` of its bytes in hexadecimal digits."""

    format: FileFormat
    media_type: str = ""
    size_bytes: int
    sha256: str = ""
    filename: str = ""


class Report(Record):
    """A report: what it was made from, how far it is, its files.

    `withdrawn`: figures in it were withdrawn to protect people, so only their holder may still
    read it. `is_outdated`: newer releases exist.
    """

    id: str
    reference: str = ""
    title: str
    template: TemplateRef
    area: AreaRef
    state: ReportState
    progress: Progress | None = None
    parameters: ReportParameters = ReportParameters()
    created_by: str = ""
    created_at: datetime | None = None
    finished_at: datetime | None = None
    fingerprint: str | None = None
    renderer_version: str | None = None
    releases: tuple[ReportRelease, ...] = ()
    files: tuple[ReportFile, ...] = ()
    is_fictional: bool = False
    withdrawn: bool = False
    is_outdated: bool = False
    failure: Failure | None = None
