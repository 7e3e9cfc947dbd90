"""The annotated file: the sender's own, with what was found beside its rows."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odfdo import Document, Row, Table

from services.indicator_api.deliveries.annotating.annotating import HowToOpen, annotate
from services.indicator_api.deliveries.annotating.remarks import Remarks, harmless
from services.indicator_api.deliveries.reading.opening import open_table

NAMES = ["qb_status", "qb_befund", "qb_abhilfe"]
ROWS = [
    ("area", "period", "measure", "value"),
    ("99001001", "2022", "ew", "100"),
    ("99001002", "2022", "ew", "zwölf"),
    ("99001003", "2022", "ew", "=1+1"),
]


def finding(row: int | None, detail: str = "„zwölf“ ist keine Zahl.") -> dict[str, Any]:
    """A finding as it is stored."""
    return {
        "row": row,
        "column": "value",
        "severity": "error",
        "code": "number_invalid",
        "detail": detail,
        "remedy": "Schreiben Sie; die Zahl.",
    }


def annotated(tmp_path: Path, data: bytes, found: list[dict[str, Any]], **how: Any) -> Path:
    """The annotated file."""
    path, target = tmp_path / "object", tmp_path / "annotated"
    path.write_bytes(data)
    annotate(path, HowToOpen("application/octet-stream", None, **how), Remarks(found, "de"), target)
    return target


def read(path: Path) -> list[tuple[str, ...]]:
    """The table as the intake reads it: status columns are no part of it."""
    table = open_table(path, "application/octet-stream", None)
    body = [row[1:] for batch in table.batches() for row in batch.rows()]
    return [table.names, *body]


def csv_bytes(encoding: str, separator: str = ";", end: str = "\r\n") -> bytes:
    """The rows as CSV."""
    return "".join(separator.join(row) + end for row in ROWS).encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "separator", "end"),
    [
        ("utf-8", ";", "\n"),
        ("utf-8-sig", ",", "\r\n"),
        ("cp1252", ";", "\r\n"),
        ("iso-8859-1", "\t", "\n"),
        ("utf-16", ";", "\r\n"),
    ],
)
def test_csv_keeps_encoding_separator_and_bytes(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    """Each line begins as it did; only the third one says something."""
    data = csv_bytes(encoding, separator, end)
    made = annotated(tmp_path, data, [finding(3)]).read_bytes()
    lines = made.decode(encoding).split(end)
    for written, sent in zip(lines, data.decode(encoding).split(end), strict=True):
        assert written.startswith(sent)
    assert lines[0].split(separator)[4:] == NAMES
    assert lines[1].split(separator)[4:] == ["", "", ""]
    assert "Fehler" in lines[2]
    assert "keine Zahl" in lines[2]
    assert lines[3].endswith(separator * 3)


def test_an_annotated_file_is_read_as_the_file_itself(tmp_path: Path) -> None:
    """Also when it is annotated once more: the old columns give way."""
    data = csv_bytes("utf-8")
    once = annotated(tmp_path, data, [finding(3), finding(None, "Über alles.")]).read_bytes()
    assert read(tmp_path / "annotated") == [tuple(ROWS[0]), *ROWS[1:]]
    again = annotated(tmp_path, once, [finding(4)]).read_text()
    assert again.splitlines()[0].split(";") == [*ROWS[0], *NAMES]
    assert again.splitlines()[2].endswith("zwölf;;;")
    assert "Fehler" in again.splitlines()[3]


def test_titles_footnotes_and_quoted_cells_stay(tmp_path: Path) -> None:
    """What stands around the table is untouched; a row may run over several lines."""
    data = (
        b'Einwohner der Stadt\n\nKey;Text;Wert\n1;"eins\n;zwei";5\n2;"";7\n3;x;8;\n'
        b"__________\nQuelle: Amt\n"
    )
    made = annotated(tmp_path, data, [finding(6)]).read_text()
    assert made.startswith("Einwohner der Stadt\n\nKey;Text;Wert;qb_status;qb_befund;qb_abhilfe\n")
    assert '1;"eins\n;zwei";5;;;\n2;"";7;Fehler;' in made
    assert made.endswith("__________\nQuelle: Amt\n")


def workbook() -> bytes:
    """A sheet with a title, a formula with what it yielded, a style, and another sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Zahlen"
    sheet.append(("Einwohner",))
    for row in ROWS[:3]:
        sheet.append(row)
    sheet.append(("99001003", "2022", "ew", 7.5))
    sheet["D4"].font = openpyxl.styles.Font(bold=True)
    sheet["F9"] = "=SUM(D3:D5)"
    book.create_sheet("Notizen").append(("nichts",))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_xlsx_keeps_all_that_is_in_it(tmp_path: Path) -> None:
    """Every other part is the same to the byte, formulas and styles are there."""
    data = workbook()
    before = tmp_path / "before.xlsx"
    before.write_bytes(data)
    target = annotated(tmp_path, data, [finding(4, "=WEBSERVICE(1)") | {"column": None}])
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target) as new:
        assert old.namelist() == new.namelist()
        for name in old.namelist():
            if name != "xl/worksheets/sheet1.xml":
                assert old.read(name) == new.read(name), name
    sheet = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))["Zahlen"]
    assert [cell.value for cell in sheet[2]][6:] == NAMES
    assert sheet["F9"].value == "=SUM(D3:D5)"
    assert sheet["D4"].font.bold
    assert sheet["H4"].data_type == "s"
    assert sheet["H4"].value == "'=WEBSERVICE(1)"
    assert read(target) == read(before)
    again = annotated(tmp_path, target.read_bytes(), [finding(5)])
    sheet = openpyxl.load_workbook(io.BytesIO(again.read_bytes()))["Zahlen"]
    assert [cell.value for cell in sheet[2]][6:] == NAMES
    assert sheet["G4"].value is None
    assert sheet["G5"].value == "Fehler"


def values_of(path: Path) -> list[list[Any]]:
    """The cells of a written sheet, read with the library that knows the format."""
    table = Document(path).body.get_table(name="Zahlen")
    assert table is not None
    return list(table.get_values())


def test_ods(tmp_path: Path) -> None:
    """The document with three more columns; annotated again they are replaced."""
    document = Document("spreadsheet")
    document.body.clear()
    sheet = Table("Zahlen")
    for row in ROWS[:3]:
        sheet.append_row()
        sheet.set_row_values(sheet.height - 1, list(row))
    document.body.append(sheet)
    path = tmp_path / "before.ods"
    document.save(path)
    target = annotated(tmp_path, path.read_bytes(), [finding(3)])
    values = values_of(target)
    assert values[0][4:7] == NAMES
    assert values[2][4] == "Fehler"
    assert read(target) == read(path)
    again = annotated(tmp_path, target.read_bytes(), [finding(2)])
    values = values_of(again)
    assert (values[1][4], values[2][4]) == ("Fehler", None)


def test_rows_that_a_spreadsheet_keeps_as_one_are_told_apart(tmp_path: Path) -> None:
    """OpenDocument writes equal rows once, with how often they stand."""
    document = Document("spreadsheet")
    document.body.clear()
    sheet = Table("Zahlen")
    for values, times in (((*ROWS[0], "nr"), 1), ((*ROWS[2], "1"), 3), ((*ROWS[1], "2"), 2)):
        row = Row()
        row.set_values(list(values))
        row.repeated = times
        sheet.append(row)
    document.body.append(sheet)
    path = tmp_path / "equal.ods"
    document.save(path)
    marked = values_of(annotated(tmp_path, path.read_bytes(), [finding(3), finding(6)]))
    assert [row[3] for row in marked] == ["value", "zwölf", "zwölf", "zwölf", "100", "100"]
    assert [row[5] for row in marked] == ["qb_status", None, "Fehler", None, None, "Fehler"]


def test_json_has_pointers(tmp_path: Path) -> None:
    """Numbers stay digit for digit; the findings lead to their places."""
    data = b'[{"area": "1", "value": 1.50}, {"area": "2", "a/b": 3}]'
    found = [finding(2) | {"column": "a/b"}, finding(None)]
    made = annotated(tmp_path, data, found).read_text()
    assert '"value":1.50' in made
    document = json.loads(made)
    assert [item["pointer"] for item in document["findings"]] == ["/rows", "/rows/1/a~1b"]
    assert read(tmp_path / "annotated") == read(tmp_path / "object")


def test_an_archive_gives_the_file_in_it(tmp_path: Path) -> None:
    """The sender mends the table, not the wrapping."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("daten.csv", csv_bytes("utf-8"))
    made = annotated(tmp_path, packed.getvalue(), [finding(3)]).read_text()
    assert made.splitlines()[0].split(";") == [*ROWS[0], *NAMES]


@pytest.mark.parametrize("name", ["A_Arbeitslosigkeit.xls"])
def test_xls_becomes_xlsx(shared_data: Path, tmp_path: Path, name: str) -> None:
    """A real workbook of the old format is read the same afterwards."""
    path = tmp_path / name
    path.write_bytes((shared_data / "tables" / name).read_bytes())
    target = annotated(tmp_path, path.read_bytes(), [finding(5)])
    assert target.read_bytes().startswith(b"PK")
    assert read(target) == read(path)


@pytest.mark.parametrize(
    "pattern", ["genesis/new/*.csv", "genesis/old/*.csv", "genesis/datencsv/*.csv", "tables/*.csv"]
)
def test_real_files_are_read_the_same(shared_data: Path, tmp_path: Path, pattern: str) -> None:
    """Tables of statistical offices, annotated at their first rows."""
    for path in sorted(shared_data.glob(pattern)):
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        if copy.stat().st_size > 2_000_000:
            continue
        table = open_table(copy, "text/csv", path.name)
        target = annotated(tmp_path, copy.read_bytes(), [finding(table.first_row), finding(None)])
        assert read(target) == read(copy), path.name


@given(st.text(max_size=40))
def test_no_text_is_a_formula(text: str) -> None:
    """Whatever a file's values say within a finding."""
    told = harmless(text)
    assert not told.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\n" not in told
