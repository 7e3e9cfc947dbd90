"""The matrix as a table (a line a cell) and as a workbook (an area a row, as on the page)."""

import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter

from services.indicator_api.coverage.schemas import Coverage, CoverageCell

NAME = "Datenbestand"
COLUMNS = (
    "area", "area_name", "level", "indicator", "indicator_name", "state", "latest", "newest",
    "periods", "status", "quality", "dataset", "reason", "is_fictional",
)  # fmt: skip
_COLOURS = {
    "released": "#D5EBD8",
    "delivered": "#D6E4F5",
    "computed": "#DDEDE4",
    "outdated": "#FBE9C6",
    "missing": "#F6D3D3",
    "not_applicable": "#E7E7EC",
}


def rows_of(coverage: Coverage) -> Iterator[list[Any]]:
    """A line for each cell, in the order of `COLUMNS`."""
    for area, cells in zip(coverage.areas, coverage.cells, strict=True):
        for item, cell in zip(coverage.indicators, cells, strict=True):
            yield [
                area.code,
                area.name,
                area.kind,
                item.code,
                item.name,
                cell.state,
                None if cell.latest is None else cell.latest.code,
                None if item.newest is None else item.newest.code,
                cell.periods,
                cell.status,
                " ".join(cell.quality),
                cell.dataset,
                cell.reason,
                area.is_fictional,
            ]


def workbook(coverage: Coverage) -> bytes:
    """The matrix as on the page, with words in each cell beside its colour, and a legend.

    Texts are written as texts whatever they look like: none becomes a formula or link.
    """
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **plain}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {
            state: book.add_format({"bg_color": colour, "text_wrap": True, "valign": "top"})
            for state, colour in _COLOURS.items()
        }
        labels = {state.code: state.label for state in coverage.states}
        sheet = book.add_worksheet("Bestand")
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, max(2, len(coverage.indicators) + 1), 18)
        heads = ["Schlüssel", "Gebiet", *(item.short_name for item in coverage.indicators)]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for row, (area, cells) in enumerate(
            zip(coverage.areas, coverage.cells, strict=True), start=1
        ):
            sheet.write_string(row, 0, area.code)
            sheet.write_string(row, 1, area.name)
            for column, cell in enumerate(cells, start=2):
                sheet.write_string(row, column, _words(cell, labels), formats[cell.state])
        legend = book.add_worksheet("Legende")
        legend.set_column(0, 0, 40)
        for row, state in enumerate(coverage.states):
            legend.write_string(row, 0, state.label, formats[state.code])
    return file.getvalue()


def _words(cell: CoverageCell, labels: dict[str, str]) -> str:
    label = labels[cell.state]
    return label if cell.latest is None else f"{cell.latest.label}, {label}"
