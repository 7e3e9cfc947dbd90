"""Workbooks: the sheet with the table, each cell the text that a person sees in it."""

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import odfdo
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.recognising import recognise
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

DAY = datetime.date(2022, 12, 31)
CELLS = [
    (5111000, "5111000"),
    ("05111000", "05111000"),
    (0.1, "0.1"),
    (-5, "-5"),
    (1.5, "1.5"),
    # a number's point is decimal, however texts are written
    (1.234, "1.2340"),
    ("1.234", "1.234"),
    ("1.234,5", "1.234,5"),
    (DAY, "2022-12-31"),
    (45000, "45000"),
    ("-", "-"),
    ("2022/23", "2022/23"),
    (1234567890123.5, "1234567890123.5"),
    (12.625, "12.6250"),
    ("", ""),
]


def written(path: Path, fill: Callable[[openpyxl.Workbook, Worksheet], None]) -> Path:
    """A workbook whose first sheet, „Daten“, is filled so."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Daten"
    fill(book, sheet)
    book.save(path)
    return path


def opened(path: Path, sheet: str | None = None, **places: int) -> RawTable:
    """The workbook opened as a delivered file of unknown type."""
    return open_table(path, "application/octet-stream", None, sheet=sheet, **places)


def rows_of(table: RawTable) -> list[tuple[Any, ...]]:
    """All rows, each with its number in the sheet first."""
    return [row for batch in table.batches() for row in batch.iter_rows()]


def test_cells_of_xlsx_are_the_texts_that_stand_in_them(tmp_path: Path) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(["Name", "Wert"])
        for number, (value, _) in enumerate(CELLS):
            sheet.append([f"z{number}", value])

    table = opened(written(tmp_path / "a.xlsx", fill))
    assert (table.kind, table.sheet, table.notes) == ("xlsx", "Daten", ())
    assert rows_of(table) == [
        (number, f"z{number - 2}", text) for number, (_, text) in enumerate(CELLS, start=2)
    ]


def test_cells_of_ods_are_the_texts_that_stand_in_them(tmp_path: Path) -> None:
    book = odfdo.Document("spreadsheet")
    book.body.clear()
    sheet = odfdo.Table("Daten")
    rows: list[list[Any]] = [["Name", "Wert"]]
    rows += [[f"z{number}", value] for number, (value, _) in enumerate(CELLS)]
    for row in rows:
        sheet.append_row(odfdo.Row())
        for place, value in enumerate(row):
            if value != "":
                sheet.set_value((place, sheet.height - 1), value)
    book.body.append(sheet)
    book.save(tmp_path / "a.ods")
    table = opened(tmp_path / "a.ods")
    assert (table.kind, table.sheet) == ("ods", "Daten")
    assert rows_of(table) == [
        (number, f"z{number - 2}", text) for number, (_, text) in enumerate(CELLS, start=2)
    ]


def with_cached_values(path: Path, cells: dict[str, tuple[str, str]]) -> None:
    """Give formulas the values that a spreadsheet program would have stored: {cell: (type, v)}."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    for cell, (kind, value) in cells.items():
        begin = sheet.index(f'<c r="{cell}"')
        end = sheet.index("</c>", begin)
        formula = sheet[sheet.index("<f>", begin) : sheet.index("</f>", begin) + 4]
        made = f'<c r="{cell}" t="{kind}">{formula}<v>{value}</v>'
        sheet = sheet[:begin] + made + sheet[end:]
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_formulas_are_what_they_last_yielded_and_errors_stand_where_they_are(
    tmp_path: Path,
) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(["Name", "Wert"])
        for formula in ("=1+1", "=0.1+0.2", '="a"&"b"', "=1/0", "=NA()", "=A99"):
            sheet.append(["x", formula])

    path = written(tmp_path / "a.xlsx", fill)
    with_cached_values(path, {
        "B2": ("n", "2"), "B3": ("n", "0.30000000000000004"), "B4": ("str", "ab"),
        "B5": ("e", "#DIV/0!"), "B6": ("e", "#N/A"), "B7": ("e", "#REF!"),
    })  # fmt: skip
    texts = [row[2] for row in rows_of(opened(path))]
    assert texts == ["2", "0.3", "ab", "#DIV/0!", "#NV", "#BEZUG!"]


def test_the_sheet_with_the_table_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.title = "Hinweise"
        for number in range(50):
            sheet.append([f"Hinweis {number} in vielen Worten"])
        data = book.create_sheet("Zahlen")
        for row in (["area", "value"], ["99001001", 1], ["99001002", 2]):
            data.append(row)
        hidden = book.create_sheet("Listen")
        hidden.sheet_state = "veryHidden"
        for number in range(500):
            hidden.append([number, number, number])

    path = written(tmp_path / "a.xlsx", fill)
    table = opened(path)
    assert (table.sheet, table.sheets) == ("Zahlen", ("Hinweise", "Zahlen", "Listen"))
    assert [note.code for note in table.notes] == ["sheet_chosen"]
    assert table.notes[0].hint == "Nicht gelesen: „Hinweise“, „Listen“ (ausgeblendet)."
    told = opened(path, "Listen")
    assert (told.sheet, told.notes) == ("Listen", ())
    with pytest.raises(UnreadableError) as refused:
        opened(path, "Tabelle1")
    assert refused.value.finding.code == "sheet_unknown"
    assert "„Zahlen“" in refused.value.finding.detail()


def test_rows_keep_their_number_in_the_sheet_below_titles_and_merged_heads(
    tmp_path: Path,
) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["B2"] = "Einwohner nach Jahren"
        sheet["B4"], sheet["C4"], sheet["D4"], sheet["F4"] = "Schlüssel", "Name", "Alle", "Kinder"
        for column, name in zip("DEFG", (2021, 2022, 2021, 2022), strict=True):
            sheet[f"{column}5"] = name
        for merged in ("B2:G2", "B4:B5", "C4:C5", "D4:E4", "F4:G4"):
            sheet.merge_cells(merged)
        for number, row in enumerate((7, 8, 10)):
            sheet[f"B{row}"], sheet[f"C{row}"] = f"0511{number}000", "Stadt"
            for column in "DEFG":
                sheet[f"{column}{row}"] = row * 100
        sheet["B12"] = "Quelle: Melderegister, eigene Berechnung"

    table = opened(written(tmp_path / "a.xlsx", fill))
    assert table.names == (
        "Schlüssel", "Name", "Alle / 2021", "Alle / 2022", "Kinder / 2021", "Kinder / 2022",
    )  # fmt: skip
    assert (table.head_row, table.header_rows, table.first_row) == (4, 2, 6)
    assert [row[:3] for row in rows_of(table)] == [
        (7, "05110000", "Stadt"),
        (8, "05111000", "Stadt"),
        (10, "05112000", "Stadt"),
    ]
    assert "1 über der Tabelle und 1 unter ihr" in table.notes[0].hint


def test_a_tidy_table_and_a_flat_file_are_recognised_in_a_workbook(
    shared_data: Path, tmp_path: Path
) -> None:
    def tidy(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(["area", "period", "measure", "value"])
        sheet.append(["99001001", DAY, "lb", 12])

    delivered = recognise(opened(written(tmp_path / "a.xlsx", tidy)))
    assert delivered is not None
    assert delivered.format == "tidy_xlsx"
    (row,) = next(delivered.batches()).iter_rows(named=True)
    assert (row["period_raw"], row["value_raw"]) == ("2022-12-31", "12")

    def flat(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        text = (shared_data / "genesis/new/2000S-2003_de.csv").read_text(encoding="utf-8-sig")
        for line in text.splitlines():
            sheet.append(line.split(";"))

    delivered = recognise(opened(written(tmp_path / "b.xlsx", flat)))
    assert delivered is not None
    assert (delivered.format, delivered.total_rows) == ("ffcsv_2025", 72)


def test_a_stray_cell_in_the_last_corner_does_not_take_all_memory(tmp_path: Path) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(["area", "value"])
        sheet.append(["99001001", 1])
        sheet["XFD1048576"] = "x"

    with pytest.raises(UnreadableError) as refused:
        opened(written(tmp_path / "a.xlsx", fill))
    assert "zu groß" in refused.value.finding.detail()
    book = odfdo.Document("spreadsheet")
    book.body.clear()
    sheet = odfdo.Table("Daten")
    sheet.set_value((0, 0), "area")
    row = odfdo.Row()
    row.set_value(0, "1")
    row.repeated = 1_048_575
    row.set_value(20, "2")
    sheet.append_row(row)
    book.body.append(sheet)
    book.save(tmp_path / "a.ods")
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path / "a.ods")
    assert "zu groß" in refused.value.finding.detail()


@pytest.mark.parametrize("name", ["empty", "one column", "only a head", "broken", "a document"])
def test_a_workbook_without_a_table_is_refused(tmp_path: Path, name: str) -> None:
    rows: dict[str, list[list[str]]] = {
        "empty": [],
        "one column": [["a"], ["b"], ["c"]],
        "only a head": [["a", "b"]],
    }

    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        for row in rows.get(name, [["a", "b"], ["1", "2"]]):
            sheet.append(row)

    path = written(tmp_path / "a.xlsx", fill)
    if name == "broken":
        path.write_bytes(path.read_bytes()[:-200])
    if name == "a document":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "<x/>")
            archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(UnreadableError) as refused:
        opened(path)
    assert refused.value.finding.code in ("no_table", "header_unknown")


def test_where_the_header_is_may_be_said(tmp_path: Path) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        for row in (["a", "b"], ["c", "d"], ["1", "2"], ["3", "4"]):
            sheet.append(row)

    table = opened(written(tmp_path / "a.xlsx", fill), header_rows=1, skip_rows=1)
    assert (table.names, rows_of(table)) == (("c", "d"), [(3, "1", "2"), (4, "3", "4")])
