"""report_api: templates, previews, reports and their files."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from markupsafe import Markup

from web.clients.base import ServiceClient, present
from web.clients.indicator_types import Listing
from web.clients.report_types import Choices, FileFormat, Report, Template

Stream = AbstractAsyncContextManager[httpx.Response]


@dataclass(frozen=True, slots=True)
class Composition:
    """What a report is to be made of: template and area by code, and the indicators shown.

    Empty indicators leave the choice to the service.
    """

    template: str
    area: str
    map_indicator: str = ""
    chart_indicator: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """A report begun, or the equal one that there was already (`is_new` False)."""

    report: Report
    is_new: bool


class ReportClient(ServiceClient):
    """Reports as report_api offers them, those of the place one works for."""

    service = "report_api"

    async def templates(self) -> tuple[Template, ...]:
        """The kinds of reports there are."""
        return Listing[Template].model_validate(await self.get_json("/v1/templates")).items

    async def choices(self, template: str, area: str) -> Choices:
        """What a report on `area` can show. Raises `ServiceProblem` where it can show nothing."""
        path = f"/v1/templates/{_segment(template)}/choices"
        return Choices.model_validate(await self.get_json(path, present(area=area)))

    async def preview(self, wanted: Composition) -> Markup:
        """The report as it would be with the figures of this moment; nothing is stored."""
        path = f"/v1/templates/{_segment(wanted.template)}/preview"
        params = present(
            area=wanted.area,
            map_indicator=wanted.map_indicator,
            chart_indicator=wanted.chart_indicator,
        )
        return _article(await self.get_raw(path, params))

    async def create(self, wanted: Composition, *, idempotency_key: str) -> Created:
        """Begin a report (202), or lead to the one with the same figures (200)."""
        response = await self.send(
            "POST",
            "/v1/reports",
            json={
                "template": wanted.template,
                "area": wanted.area,
                "parameters": present(
                    map_indicator=wanted.map_indicator, chart_indicator=wanted.chart_indicator
                ),
            },
            headers={"Idempotency-Key": idempotency_key},
        )
        return Created(Report.model_validate(response.json()), response.status_code != 200)

    async def reports(
        self,
        *,
        q: str | None = None,
        area: str | None = None,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Report]:
        """One page of the organisation's reports, newest first."""
        params = present(q=q, area=area, state=state, limit=limit, cursor=cursor)
        return Listing[Report].model_validate(await self.get_json("/v1/reports", params))

    async def report(self, report_id: str) -> Report:
        """A report's status document."""
        return Report.model_validate(await self.get_json(_path(report_id)))

    async def article(self, report_id: str) -> Markup:
        """The finished report to be shown inside a page, as it was stored."""
        return _article(await self.get_raw(f"{_path(report_id)}/article"))

    def file(self, report_id: str, file_format: FileFormat, headers: Mapping[str, str]) -> Stream:
        """A stored file, streamed."""
        return self.stream(f"{_path(report_id)}/files/{file_format}", headers=headers)

    def snapshot(self, report_id: str, headers: Mapping[str, str]) -> Stream:
        """Every figure of the report with its cell, as JSON, streamed."""
        return self.stream(f"{_path(report_id)}/snapshot", headers=headers)


def _article(response: httpx.Response) -> Markup:
    """The service's own markup: it escapes every text that comes from data."""
    return Markup(response.text)  # noqa: S704 - see above


def _path(report_id: str) -> str:
    return f"/v1/reports/{_segment(report_id)}"


def _segment(value: str) -> str:
    return quote(value, safe="")
