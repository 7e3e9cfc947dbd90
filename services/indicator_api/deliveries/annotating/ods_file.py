"""A sender's ODS file with status columns, styles and formulas kept."""

from pathlib import Path

from odfdo import Cell, Document, Row, Table

from services.indicator_api.deliveries.annotating.remarks import NOTHING, Remarks
from services.indicator_api.deliveries.reading.raw import STATUS_COLUMNS, RawTable


def annotate_ods(path: Path, target: Path, table: RawTable, remarks: Remarks) -> None:
    """Write the document at `path` with the remarks on its sheet `table.sheet` to `target`."""
    document = Document(path)
    sheet = document.body.get_table(name=table.sheet or "")
    if not isinstance(sheet, Table):
        raise KeyError(table.sheet)
    # programs write formats of empty cells down to the last row there can be: expanded, they
    # would take all memory
    sheet.rstrip(aggressive=True)
    head = table.first_row - 2
    names = [str(value or "") for value in sheet.get_row(head).get_values()]
    old = [number for number, name in enumerate(names) if name in STATUS_COLUMNS]
    first = old[0] if old else _width(sheet)
    _write(sheet, head, first, STATUS_COLUMNS)
    last = sheet.height
    for line in range(table.first_row, last + 1) if old else _lines(table, remarks):
        if line > last:
            continue
        remark = remarks.of(line, table.first_row, table.head_row)
        if remark is not NOTHING or old:
            _write(sheet, line - 1, first, remark.texts)
    document.save(target)


def _lines(table: RawTable, remarks: Remarks) -> list[int]:
    """The rows that something is said of."""
    below = {line for line in remarks.rows() if line >= table.first_row}
    return sorted(below | {table.first_row})


def _width(sheet: Table) -> int:
    """How many columns are filled: cells behind the last text are but formats."""
    return max(
        (
            number + 1
            for row in sheet.get_values()
            for number, value in enumerate(row)
            if value is not None and value != ""
        ),
        default=0,
    )


def _write(sheet: Table, place: int, first: int, texts: tuple[str, ...]) -> None:
    row: Row = sheet.get_row(place)
    for number, text in enumerate(texts):
        row.set_cell(first + number, Cell(text=text or None, value=text or None))
    sheet.set_row(place, row)
