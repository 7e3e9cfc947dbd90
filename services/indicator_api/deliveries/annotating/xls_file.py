"""A sender's XLS workbook with status columns, as XLSX: the old format is no longer written."""

from pathlib import Path

import fastexcel
import polars as pl
import xlsxwriter

from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.reading.raw import STATUS_COLUMNS, RawTable

_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"


def annotate_xls(path: Path, target: Path, table: RawTable, remarks: Remarks) -> None:
    """Write all sheets of the workbook at `path` to `target`, row by row; texts stay texts."""
    reader = fastexcel.read_excel(path)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as made:
        for name in reader.sheet_names:
            texts, numbers = _cells(reader, name)
            sheet = made.add_worksheet(name)
            first = _place(texts, table) if name == table.sheet else texts.width
            for line, (row, values) in enumerate(zip(texts.rows(), numbers.rows(), strict=True), 1):
                for column, text in enumerate(row):
                    if values[column] is not None:
                        sheet.write_number(line - 1, column, values[column])
                    elif text:
                        sheet.write_string(line - 1, column, text)
                if name == table.sheet:
                    for number, text in enumerate(_beside(line, table, remarks)):
                        if text:
                            sheet.write_string(line - 1, first + number, text)


def _cells(reader: fastexcel.ExcelReader, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A sheet's cells as texts, and as numbers where they are numbers and no dates."""
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if not loaded.height or not loaded.width:
        return pl.DataFrame(), pl.DataFrame()
    texts = loaded.to_polars()
    # texts that look like numbers are told from them by whether they can be a truth value
    truths = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="boolean").to_polars()
    numbers = pl.DataFrame(
        [
            pl.select(
                pl.when(truths.to_series(place).is_not_null()).then(
                    texts.to_series(place).cast(pl.Float64, strict=False)
                )
            )
            .to_series()
            .alias(f"n{place}")
            for place in range(texts.width)
        ]
    )
    return texts.with_columns(pl.all().str.replace(_MIDNIGHT, "$1").fill_null("")), numbers


def _place(texts: pl.DataFrame, table: RawTable) -> int:
    """The column (from 0) for the first status column."""
    head = texts.row(table.first_row - 2)
    old = [number for number, name in enumerate(head) if name in STATUS_COLUMNS]
    return old[0] if old else texts.width


def _beside(line: int, table: RawTable, remarks: Remarks) -> tuple[str, ...]:
    if line == table.first_row - 1:
        return STATUS_COLUMNS
    if line < table.first_row:
        return ()
    return remarks.of(line, table.first_row, table.head_row).texts
