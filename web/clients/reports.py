"""report_api: templates, previews, reports and their files."""

from web.clients.base import ServiceClient


class ReportClient(ServiceClient):
    """Reports as report_api offers them."""

    service = "report_api"
