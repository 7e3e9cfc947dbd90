"""Workbooks (XLSX, XLS, ODS): the sheet with the table, its cells as texts.

A number cell becomes its digits as the spreadsheet shows them in full (15 of them), a date its
ISO form, a formula what it last yielded, an error the sign for it; nothing is rounded or guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.reading.csv_file import WITHOUT_ROWS
from services.indicator_api.deliveries.reading.csv_layout import footnote_rows, lines_left_out
from services.indicator_api.deliveries.reading.damaged import told_as_damaged
from services.indicator_api.deliveries.reading.header import (
    HeaderPlace,
    filled_header,
    find_header,
    names_of,
)
from services.indicator_api.deliveries.reading.json_file import unmistakable
from services.indicator_api.deliveries.reading.raw import (
    STATUS_COLUMNS,
    RawTable,
    without_empty_rows,
)
from services.indicator_api.deliveries.reading.unreadable import UnreadableError, unreadable
from services.indicator_api.deliveries.reading.workbook_limits import refuse_huge

HEAD_ROWS = 400
_DAMAGED = "Die Arbeitsmappe ist beschädigt."
_ERRORS = {
    "NA": "#NV",
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#ZAHL!",
    "Ref": "#BEZUG!",
    "Value": "#WERT!",
}
_ERROR_DETAIL = r"Error\((\w+)\)"
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
# More digits than a spreadsheet calculates with come from how it stores numbers.
_NOISE = r"^-?\d*\.\d{15,}$|^-?\d{16,}|^-?\d+\.\d{12,}$"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet: its name, whether people see it, and its cells as texts from row 1 on."""

    name: str
    is_visible: bool
    cells: pl.DataFrame


def open_workbook(
    path: Path,
    kind: str,
    sheet: str | None,
    *,
    header_rows: int | None,
    skip_rows: int | None,
) -> RawTable:
    """Open a workbook's sheet: the one named, else the visible one with the largest table.

    Raises `UnreadableError` for a damaged or too large workbook, one without a table, and for a
    sheet that is not there.
    """
    refuse_huge(path, kind)
    with told_as_damaged(_DAMAGED):
        reader = fastexcel.read_excel(path)
        names = tuple(reader.sheet_names)
        if sheet is not None and sheet not in names:
            told = ", ".join(f"„{name}“" for name in names)
            raise UnreadableError(
                Finding("sheet_unknown", value=sheet, hint=f"Vorhanden sind: {told}.")
            )
        sheets = [_load(reader, name) for name in ([sheet] if sheet is not None else names)]
    chosen = _choose(sheets)
    if chosen is None:
        raise unreadable(WITHOUT_ROWS)
    table = _table(chosen, kind, names, header_rows, skip_rows)
    if len(names) > 1 and sheet is None:
        hidden = {item.name for item in sheets if not item.is_visible}
        return _with_note(table, _sheet_note(chosen.name, names, hidden))
    return table


def _load(reader: fastexcel.ExcelReader, name: str) -> _Sheet:
    """All cells of a sheet; `skip_rows=0` keeps the empty rows at its top."""
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if not loaded.height or not loaded.width:
        return _Sheet(name, loaded.visible == "visible", pl.DataFrame())
    batch, errors = loaded.to_arrow_with_errors()
    texts = pl.DataFrame(pl.from_arrow(batch))
    texts.columns = [f"c{number}" for number in range(texts.width)]
    # only numbers (and truth values) can be read as a truth value: texts that look like numbers
    # are told from them by it
    is_number = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="boolean").to_polars()
    is_number.columns = texts.columns
    texts = texts.select(
        _as_shown(texts[name], is_number[name].is_not_null()) for name in texts.columns
    )
    return _Sheet(name, loaded.visible == "visible", _with_errors(texts, errors))


def _as_shown(texts: pl.Series, is_number: pl.Series) -> pl.Series:
    """Texts of cells without what only their storing adds."""
    texts = texts.str.replace(_MIDNIGHT, "$1").fill_null("")
    # a point in a number cell is a decimal one, however texts beside it are written
    places = (is_number & texts.str.contains(".", literal=True)).arg_true()
    if not places.len():
        return texts
    written = texts.gather(places)
    noisy = written.str.contains(_NOISE)
    exact = [
        unmistakable(_fifteen_digits(text) if is_noisy else text)
        for text, is_noisy in zip(written, noisy, strict=True)
    ]
    return texts.scatter(places, exact)


def _fifteen_digits(number: str) -> str:
    text = format(float(f"{float(number):.15g}"), ".20f")
    rounded = f"{float(number):.15g}"
    return rounded if "e" not in rounded else text.rstrip("0")


def _with_errors(texts: pl.DataFrame, errors: fastexcel.CellErrors | None) -> pl.DataFrame:
    """Put the sign of an error where a formula yielded one: it is found as what it is."""
    if errors is None:
        return texts
    by_column: dict[int, list[tuple[int, str]]] = {}
    for error in errors.errors:
        row, column = error.offset_position
        kind = pl.Series([error.detail]).str.extract(_ERROR_DETAIL, 1).item()
        by_column.setdefault(column, []).append((row, _ERRORS.get(kind or "", "#FEHLER")))
    return texts.with_columns(
        texts[f"c{column}"].scatter([row for row, _ in found], [sign for _, sign in found])
        for column, found in by_column.items()
    )


def _choose(sheets: list[_Sheet]) -> _Sheet | None:
    """The sheet with most cells that are filled, among those people see if there are any."""
    filled = [
        (item.is_visible, _filled(item.cells), -number)
        for number, item in enumerate(sheets)
        if not item.cells.is_empty()
    ]
    return sheets[-max(filled)[2]] if filled else None


def _filled(cells: pl.DataFrame) -> int:
    """How many cells of a table are filled: of rows with more than one filled cell."""
    counts = cells.select(pl.sum_horizontal(pl.all() != "").alias("filled"))
    return int(counts.filter(pl.col("filled") > 1)["filled"].sum())


def _table(
    sheet: _Sheet, kind: str, names: tuple[str, ...], header_rows: int | None, skip_rows: int | None
) -> RawTable:
    head = [list(row) for row in sheet.cells.head(HEAD_ROWS).rows()]
    found = find_header(head) or HeaderPlace(0, 1)
    first = found.first if skip_rows is None else skip_rows
    count = header_rows or found.count
    if first + count > len(head):
        raise unreadable("Unter den übersprungenen Zeilen steht keine Kopfzeile.")
    above = head[:first]
    rows = head[first : first + count]
    last = rows[-1]
    kept = [
        number
        for number, name in enumerate(sheet.cells.columns)
        if last[number] not in STATUS_COLUMNS
        and (any(row[number] for row in rows) or (sheet.cells[name][first + count :] != "").any())
    ]
    if len(kept) < 2:
        hint = "In dem Blatt steht keine Tabelle mit mindestens zwei Spalten."
        raise unreadable(hint, "header_unknown", first + 1)
    header = tuple(
        tuple(row[number] for number in kept) for row in filled_header(rows, sheet.cells.width)
    )
    body, foot = _body(sheet.cells[first + count :], kept, first + count + 1)
    if body.is_empty():
        raise unreadable(WITHOUT_ROWS)

    def read(size: int, _: FindingList) -> Iterator[pl.DataFrame]:
        return body.iter_slices(size)

    titles = tuple(cell for row in above for cell in row if cell.strip())
    return RawTable(
        kind=kind,
        header=header,
        names=names_of(header),
        head_row=first + 1,
        first_row=first + count + 1,
        read=read,
        sheet=sheet.name,
        sheets=names,
        notes=lines_left_out(sum(1 for row in above if any(row)), foot),
        total_rows=body.height,
        titles=titles,
    )


def _body(cells: pl.DataFrame, kept: list[int], first_row: int) -> tuple[pl.DataFrame, int]:
    """The rows below the header with their number in the sheet, and how many are footnotes."""
    body = cells.select(pl.nth(place).alias(f"c{number}") for number, place in enumerate(kept))
    rows = pl.int_range(first_row, first_row + body.height, dtype=pl.UInt32, eager=True)
    body = without_empty_rows(body.insert_column(0, rows.alias("row")))
    foot = footnote_rows([row[1:] for row in body.tail(HEAD_ROWS).rows()])
    return body.head(body.height - foot), foot


def _sheet_note(chosen: str, names: tuple[str, ...], hidden: set[str]) -> Finding:
    others = [
        f"„{name}“ (ausgeblendet)" if name in hidden else f"„{name}“"
        for name in names
        if name != chosen
    ]
    return Finding("sheet_chosen", value=chosen, hint=f"Nicht gelesen: {', '.join(others)}.")


def _with_note(table: RawTable, note: Finding) -> RawTable:
    return RawTable(
        **{name: getattr(table, name) for name in RawTable.__slots__ if name != "notes"},
        notes=(*table.notes, note),
    )
