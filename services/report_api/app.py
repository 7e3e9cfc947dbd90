"""The application of report_api."""

from fastapi import FastAPI

from services.report_api.reports import routes as reports
from services.report_api.settings import ReportSettings
from services.report_api.templates import routes as templates
from services.shared.app import ServiceDescription, build_app

DESCRIPTION = ServiceDescription(
    name="report",
    title="Quartierblick: Berichte",
    summary="Berichte aus eingefrorenen Zahlen",
)


def create_app(settings: ReportSettings | None = None) -> FastAPI:
    """The ASGI application; settings come from the environment unless given."""
    settings = settings or ReportSettings()  # type: ignore[call-arg]  # from the environment
    return build_app(DESCRIPTION, settings, [templates.router, reports.router])
