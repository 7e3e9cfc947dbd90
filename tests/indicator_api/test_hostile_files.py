"""Files made to take all memory or all time are refused, or cost no more than others."""

import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from odfdo import Cell, Document, Row, Table

from services.indicator_api.deliveries.annotating import xlsx_file
from services.indicator_api.deliveries.annotating.annotating import HowToOpen, annotate
from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.checking.texts import MAXIMUM_TEXTS, TextNumbers
from services.indicator_api.deliveries.findings import MAXIMUM_VALUE_SIGNS, Finding, FindingList
from services.indicator_api.deliveries.persons.contents import trait_of_values
from services.indicator_api.deliveries.reading.header import MAXIMUM_COLUMNS, names_of
from services.indicator_api.deliveries.reading.json_file import open_json
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

SHEET = "xl/worksheets/sheet1.xml"
BEGIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"
FIRST = b'<row r="1"><c r="A1"><v>1</v></c></row>'
FAR_ROWS = b'<row r="1048576"><c><v>1</v></c></row><row r="1">' + b"<c><v>1</v></c>" * 9 + b"</row>"


def workbook(folder: Path, sheet: bytes, place: str = SHEET) -> Path:
    """A workbook whose one sheet is this XML, lying at this place in the archive."""
    plain, made = folder / "plain.xlsx", folder / "made.xlsx"
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w", 8) as target:
        for info in source.infolist():
            name, data = info.filename, source.read(info)
            if name == SHEET:
                name, data = place, sheet
            elif name.endswith("workbook.xml.rels"):
                data = data.replace(SHEET.encode(), place.encode())
            target.writestr(name, data)
    return made


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableError) as refused:
        open_table(path, "application/octet-stream", None)
    return refused.value.finding.detail()


def in_time(work: Callable[[], object], seconds: float = 5.0) -> None:
    """What grew with the square of the length took minutes."""
    began = time.monotonic()
    work()
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize(
    "row",
    [
        b"<row><c r='XFD1048576'><v>1</v></c></row>",
        b'<row><c s=">" r="XFD1048576"><v>1</v></c></row>',
        b'<row><c\tr="xfd1048576"><v>1</v></c></row>',
        FAR_ROWS,
    ],
    ids=["quotes", "sign in a value", "tab and small letters", "without places"],
)
def test_a_far_cell_is_found_however_it_is_written(tmp_path: Path, row: bytes) -> None:
    assert "zu groß" in refusal(workbook(tmp_path, BEGIN + FIRST + row + END))


def test_a_sheet_may_lie_anywhere_in_the_archive(tmp_path: Path) -> None:
    sheet = BEGIN + FIRST + b'<row><c r="XFD1048576"><v>1</v></c></row>' + END
    assert "zu groß" in refusal(workbook(tmp_path, sheet, "xl/media/picture.png"))


@pytest.mark.parametrize("other", ["content.xml", "Content.XML", "xl/workbook.bin"])
def test_a_file_is_one_workbook(tmp_path: Path, other: str) -> None:
    """A reader that cannot open the one opens the other, whose cells nobody counted."""
    path = workbook(tmp_path, BEGIN + FIRST + END)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(other, "<a")
    assert "beschädigt" in refusal(path)


def test_sizes_that_an_archive_gives_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory tells of 1,000 bytes, with the check sum of these."""
    limits = "services.indicator_api.deliveries.reading.workbook_limits.MAXIMUM_XML_BYTES"
    monkeypatch.setattr(limits, 8 << 20)
    sheet = BEGIN + FIRST + b" " * (9 << 20) + END
    path = workbook(tmp_path, sheet)
    data = bytearray(path.read_bytes())
    entry = data.rfind(SHEET.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, entry + 16, zlib.crc32(sheet[:1000]))
    struct.pack_into("<I", data, entry + 24, 1000)
    path.write_bytes(data)
    assert "zu groß" in refusal(path)


def test_cells_without_places_are_read(tmp_path: Path) -> None:
    row = b"<row><c><v>%d</v></c><c><v>%d</v></c></row>"
    sheet = BEGIN + b"".join(row % (n, n + 1) for n in range(3)) + END
    assert len(open_table(workbook(tmp_path, sheet), "", None).names) == 2


def test_rows_and_cells_that_never_end_are_passed_over_quickly() -> None:
    def search() -> None:
        for tag in (b"<row>", b"<row "):
            assert not xlsx_file._ROW.findall(tag * 100_000)
        for tag in (b"<c>", b"<c "):
            assert not xlsx_file._CELL.findall(tag * 100_000)

    in_time(search)


def test_formats_down_to_the_last_row_are_not_expanded(tmp_path: Path) -> None:
    """As LibreOffice writes them: 16,384 cells in each of a million empty rows."""
    sheet = Table("Daten")
    table: list[list[str | int]] = [["area", "2023"], ["99001001", 5], ["99001002", 7]]
    for values in table:
        row = Row()
        row.set_values(values)
        sheet.append_row(row)
    empty = Row(repeated=1_048_000)
    empty.append_cell(Cell(style="ce1", repeated=16_384))
    sheet.append_row(empty)
    document = Document("spreadsheet")
    document.body.clear()
    document.body.append(sheet)
    path = tmp_path / "a.ods"
    document.save(path)
    finding = {"column": "2023", "severity": "error", "code": "x", "detail": "d", "remedy": "r"}
    remarks = Remarks([finding | {"row": 2}], "de")
    how = HowToOpen("", None)
    target = tmp_path / "b.ods"
    in_time(lambda: annotate(path, how, remarks, target))
    # the status columns of before are written anew in each row there is
    in_time(lambda: annotate(target, how, remarks, tmp_path / "c.ods"))


def test_many_columns_of_one_name_are_numbered_quickly() -> None:
    names: list[str] = []
    in_time(lambda: names.extend(names_of([["Wert"] * MAXIMUM_COLUMNS])))
    assert (names[0], names[1], names[-1]) == ("Wert", "Wert (2)", f"Wert ({MAXIMUM_COLUMNS})")
    assert names_of([["a", "a (2)", "a", "a"]]) == ("a", "a (2)", "a (3)", "a (4)")
    with pytest.raises(UnreadableError):
        names_of([["Wert"] * (MAXIMUM_COLUMNS + 1)])


def test_long_texts_are_searched_for_addresses_quickly() -> None:
    texts = pl.Series([f"Straße {'a' * 5_000}{number}" for number in range(60)])
    in_time(lambda: trait_of_values(texts))
    homes = pl.Series([f"Musterstraße {number} a" for number in range(60)])
    assert trait_of_values(homes) is not None


def test_of_a_value_so_much_is_kept_that_it_is_recognised() -> None:
    findings = FindingList()
    findings.add(Finding("area_unknown", row=2, value="9" * 1_000_000))
    rows = pl.DataFrame({"row": [3], "value": ["8" * 1_000_000]})
    findings.add_rows("area_unknown", "area", rows)
    assert {len(item.value or "") for item in findings.items} == {MAXIMUM_VALUE_SIGNS}


def test_a_column_in_which_every_row_differs_is_no_column_of_keys() -> None:
    numbers = TextNumbers()
    numbers.numbers(pl.Series(map(str, range(MAXIMUM_TEXTS + 1))))
    with pytest.raises(UnreadableError):
        numbers.numbers(pl.Series(["another"]))


def test_long_entries_come_in_small_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    entry = {"area": "1", "value": "x" * (1 << 20)}
    path.write_text(json.dumps([entry] * 80))
    heights = [batch.height for batch in open_json(path).batches()]
    assert sum(heights) == 80
    assert max(heights) < 40
