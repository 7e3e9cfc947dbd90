"""Addresses of the report pages."""

from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.clients.report_types import Report
from web.clients.reports import Composition

LIST_PATH = "/berichte"
NEW_PATH = "/berichte/neu"


def composition_of(query: QueryParams) -> Composition:
    """Read `?vorlage=&gebiet=&karte=&verlauf=`; what is left out is empty."""
    return Composition(
        template=query.get("vorlage", ""),
        area=query.get("gebiet", "").strip(),
        map_indicator=query.get("karte", ""),
        chart_indicator=query.get("verlauf", ""),
    )


def new_path(wanted: Composition) -> str:
    """The page on which a report is put together, with what is chosen so far."""
    given = {
        "vorlage": wanted.template,
        "gebiet": wanted.area,
        "karte": wanted.map_indicator,
        "verlauf": wanted.chart_indicator,
    }
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{NEW_PATH}?{query}" if query else NEW_PATH


def again_path(report: Report) -> str:
    """The page on which the same report is put together with the figures of this moment."""
    return new_path(composition_of_report(report))


def composition_of_report(report: Report) -> Composition:
    """What a report was made of."""
    return Composition(
        template=report.template.code,
        area=report.area.code,
        map_indicator=report.parameters.map_indicator or "",
        chart_indicator=report.parameters.chart_indicator or "",
    )


def report_path(report: Report) -> str:
    """The report's own page."""
    return f"{LIST_PATH}/{report.id}"
