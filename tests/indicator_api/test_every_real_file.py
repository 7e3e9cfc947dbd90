"""Every real file is read cell for cell as the standard library reads it, and its rows recognised.

This compares what is read, without a database; that what is read is held, `test_genesis_files`
shows through deliveries.
"""

import csv
from pathlib import Path

import fastexcel
import pytest

from services.indicator_api.deliveries.reading.delivered import Delivered
from services.indicator_api.deliveries.reading.recognising import recognise
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.periods.rules import parse_period
from tests.indicator_api.real_files import (
    CSV_TABLES,
    DATENCSV,
    FLAT_FILES,
    XLS_TABLES,
    Cells,
    Key,
    datencsv_cells,
    flat_file_cells,
    lines_of,
    opened,
)


def all_rows(delivered: Delivered) -> Cells:
    """What was recognised, each cell once."""
    cells: Cells = {}
    for batch in delivered.batches():
        for row in batch.iter_rows(named=True):
            period = parse_period(row["period_raw"])
            assert period is not None, row
            key = (row["area_key"], period.code, row["measure_key"], row["breakdown"])
            assert key not in cells, key
            assert row["status_raw"] == ""
            cells[key] = (row["row"], row["value_raw"], row["quality_raw"])
    return cells


@pytest.mark.parametrize(
    ("name", "separator", "encoding"),
    [
        *((f"genesis/{name}", ";", "utf-8-sig") for name in FLAT_FILES),
        *((f"tables/{name}", ",", "utf-8-sig") for name in CSV_TABLES),
        ("genesis/datencsv/12612-0002.csv", ";", "utf-8"),
        ("genesis/datencsv/12613-0004.csv", ";", "iso-8859-1"),
    ],
)
def test_every_cell_of_a_csv_file_is_the_text_in_its_line(
    shared_data: Path, tmp_path: Path, name: str, separator: str, encoding: str
) -> None:
    table = opened(shared_data / name, tmp_path)
    expected = {
        number: row
        for number, row in lines_of(shared_data / name, separator, encoding)
        if number >= table.first_row and any(row)
    }
    if name.startswith("genesis/datencsv"):
        end = min(number for number, row in expected.items() if row[0].startswith("____"))
        expected = {number: row for number, row in expected.items() if number < end}
    read: dict[int, list[str]] = {}
    for batch in table.batches(700):
        assert batch.columns == ["row", *(f"c{n}" for n in range(len(table.names)))]
        read |= {row[0]: list(row[1:]) for row in batch.iter_rows()}
    assert read == expected
    assert table.faults.counts == {}
    assert table.total_rows == len(read)


@pytest.mark.parametrize("name", FLAT_FILES)
def test_every_cell_of_a_flat_file_is_recognised(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = shared_data / "genesis" / name
    delivered = recognise(opened(path, tmp_path))
    assert delivered is not None
    assert delivered.format == ("ffcsv_2025" if name.startswith("new") else "ffcsv_2024")
    expected = flat_file_cells(path)
    assert all_rows(delivered) == expected
    assert delivered.notes == ()
    assert delivered.total_rows == len(expected)


def test_both_schemas_and_languages_say_the_same_of_the_same_table(
    shared_data: Path, tmp_path: Path
) -> None:
    def read(name: str) -> Cells:
        delivered = recognise(opened(shared_data / "genesis" / name, tmp_path))
        assert delivered is not None
        return all_rows(delivered)

    def values(cells: Cells) -> dict[Key, str]:
        return {key: value for key, (_, value, _) in cells.items()}

    assert values(read("old/12411-01-01-4_en.csv")) == values(read("old/12411-01-01-4_de.csv"))
    new = values(read("new/12411-01-01-4_de.csv"))
    assert new == values(read("new/12411-01-01-4_en.csv"))
    assert new == values(read("new/12411-01-01-4_de.zip"))


def test_the_origin_of_persons_is_no_area(shared_data: Path, tmp_path: Path) -> None:
    delivered = recognise(opened(shared_data / "genesis/old/23311-0010_de.csv", tmp_path))
    assert delivered is not None
    batch = next(delivered.batches())
    areas = set(batch["area_key"])
    assert areas == {f"{number:02}" for number in range(1, 17)}
    assert batch["breakdown"].str.contains("HERKLD=AUSLAND").any()


def test_labels_lose_the_spaces_that_only_indent_them(shared_data: Path, tmp_path: Path) -> None:
    delivered = recognise(opened(shared_data / "genesis/old/13111-01-03-4_de.csv", tmp_path))
    assert delivered is not None
    labels = set(next(delivered.batches())["breakdown_label"])
    assert "Nationalität: Ausländer/-innen, Geschlecht: weiblich" in labels
    assert not any("  " in label for label in labels)


def test_every_cell_of_a_datencsv_is_recognised(shared_data: Path, tmp_path: Path) -> None:
    for name in DATENCSV:
        path = shared_data / "genesis" / "datencsv" / name
        delivered = recognise(opened(path, tmp_path))
        assert delivered is not None
        assert delivered.format == "datencsv"
        assert all_rows(delivered) == datencsv_cells(path)
        codes = [note.code for note in delivered.notes]
        assert codes == (["encoding_guessed"] if "12613" in name else []) + ["lines_left_out"]


def test_a_datencsv_that_names_no_area_is_about_the_one_that_the_sender_names(
    shared_data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "births.csv"
    text = (shared_data / "genesis/datencsv/12612-0002.csv").read_text()
    path.write_text(text.replace("Deutschland", "Musterland"))
    folder = tmp_path / "read"
    folder.mkdir()
    with pytest.raises(UnreadableError) as refused:
        recognise(opened(path, folder))
    assert refused.value.finding.code == "area_not_given"
    delivered = recognise(opened(path, folder), area="99001")
    assert delivered is not None
    assert {key[0] for key in all_rows(delivered)} == {"99001"}


@pytest.mark.parametrize("name", XLS_TABLES)
def test_every_cell_of_a_workbook_is_the_cell_in_its_row(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = shared_data / "tables" / name
    table = opened(path, tmp_path)
    assert (table.kind, table.sheet) == ("xls", "Daten")
    assert table.sheets == ("Daten", "Metadaten", "Quellangabe")
    assert (table.head_row, table.header_rows, table.first_row) == (1, 2, 3)
    # another way through the same reader: numbers as numbers, keys and names as texts
    kinds: dict[str | int, fastexcel.DType] = {
        number: "string" if number < 3 else "float" for number in range(27)
    }
    sheet = fastexcel.read_excel(path).load_sheet("Daten", header_row=None, dtypes=kinds)
    expected = {
        number: row for number, row in enumerate(sheet.to_polars().iter_rows(), start=1)
        if number > 2
    }  # fmt: skip
    read = {}
    for batch in table.batches(3_000):
        for number, *texts in batch.iter_rows():
            read[number] = (*texts[:3], *(float(text) if text else None for text in texts[3:]))
    assert read == expected
    assert len(read) == 10_990
    years = [int(name.rpartition(" / ")[2]) for name in table.names[3:]]
    assert years == list(range(years[0], 2022))
    assert {len(key) for key, *_ in expected.values()} == {8}


@pytest.mark.parametrize(
    ("name", "code", "number", "said"),
    [
        ("too_large_status98.json", "genesis_too_large", "98", "Die Tabelle ist zu gross"),
        ("job_status99.json", "genesis_job_created", "99", "12531-0043_175879554"),
    ],
)
def test_a_reply_of_genesis_is_quoted_and_what_to_do_is_said(
    shared_data: Path, tmp_path: Path, name: str, code: str, number: str, said: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        opened(shared_data / "genesis" / "new" / name, tmp_path)
    finding = refused.value.finding
    assert (finding.code, finding.value) == (code, number)
    assert said in finding.detail()
    assert finding.remedy()


def test_tables_of_towns_need_a_mapping(shared_data: Path, tmp_path: Path) -> None:
    for name in (*CSV_TABLES, *XLS_TABLES):
        assert recognise(opened(shared_data / "tables" / name, tmp_path)) is None


def test_the_real_files_are_as_strange_as_they_are(shared_data: Path) -> None:
    """What the comparisons above rely on."""
    cells = [
        (value, quality)
        for name in FLAT_FILES
        for _, value, quality in flat_file_cells(shared_data / "genesis" / name).values()
    ]
    assert {value for value, _ in cells} >= {"-", ".", "/", "..."}
    assert {quality for _, quality in cells} >= {"", "e"}
    assert any("," in value for value, _ in cells)
    with (shared_data / "genesis/old/12411-01-01-4_en.csv").open() as file:
        head = next(csv.reader(file, delimiter=";"))
    assert head.count("1_variable_code") == 3
    every = {
        f"{path.parent.name}/{path.name}"
        for path in (shared_data / "genesis").glob("*/*.*")
        if path.suffix in (".csv", ".zip", ".json")
    }
    replies = {"new/job_status99.json", "new/too_large_status98.json"}
    assert every == {*FLAT_FILES, *(f"datencsv/{name}" for name in DATENCSV)} | replies
    tables = {path.name for path in (shared_data / "tables").iterdir()}
    assert tables == {*CSV_TABLES, *XLS_TABLES}
