"""Each faulty row is marked in the annotated file, however many there are, in each format."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import odfdo
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.indicator_api.deliveries.findings import MAXIMUM_STORED_PER_CODE
from tests.indicator_api.test_delivery_mappings import XLSX, asked, choose, stored
from tests.indicator_api.test_delivery_plausibility import dataset_of
from tests.indicator_api.test_mended_files import annotated, told
from tests.indicator_api.world import World
from tests.support.xls_files import xls_bytes

HEAD = ["area", "period", "measure", "breakdown", "value"]
Row = list[str]
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def clean_rows(count: int) -> list[Row]:
    """Rows without a fault, each a cell of its own."""
    return [["99001001", "2022", "ew", f"NR={number}", str(number % 97)] for number in range(count)]


def with_slips(rows: list[Row]) -> list[Row]:
    """The same with a value that is none in every row but each tenth; two rows with two faults."""
    slipped = [
        [*row[:4], f"zirka {row[4]}"] if number % 10 else row for number, row in enumerate(rows)
    ]
    slipped[1][1] = slipped[-1][1] = "irgendwann"
    return slipped


def as_csv(rows: list[Row]) -> bytes:
    """The rows as a CSV file with head."""
    return "".join(";".join(row) + "\n" for row in [HEAD, *rows]).encode()


def as_xlsx(rows: list[Row]) -> bytes:
    """The rows as texts of a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Zahlen")
    for row in [HEAD, *rows]:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def as_xls(rows: list[Row]) -> bytes:
    """The same in the format of Excel 97."""
    return xls_bytes([HEAD, *rows])


def as_ods(rows: list[Row]) -> bytes:
    """The same as an OpenDocument spreadsheet."""
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    sheet = odfdo.Table("Zahlen")
    for values in [HEAD, *rows]:
        row = odfdo.Row()
        row.set_values(values)
        sheet.append(row)
    document.body.append(sheet)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def as_json(rows: list[Row]) -> bytes:
    """The rows as entries."""
    return json.dumps([dict(zip(HEAD, row, strict=True)) for row in rows]).encode()


def csv_mended(data: bytes, rows: list[Row]) -> bytes:
    """The annotated file with the clean row wherever one is flagged."""
    head, *found = csv.reader(io.StringIO(data.decode()), delimiter=";")
    made = io.StringIO()
    writer = csv.writer(made, delimiter=";")
    writer.writerow(head)
    for row, clean in zip(found, rows, strict=True):
        writer.writerow([*clean, *row[5:]] if row[5] == "Fehler" else row)
    return made.getvalue().encode()


def xlsx_mended(data: bytes, rows: list[Row]) -> bytes:
    """Likewise, with a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for line, clean in enumerate(rows, 2):
        if sheet.cell(line, 6).value == "Fehler":
            for column, value in enumerate(clean, 1):
                sheet.cell(line, column).value = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def ods_mended(data: bytes, rows: list[Row]) -> bytes:
    """Likewise, with an OpenDocument spreadsheet."""
    document = odfdo.Document(io.BytesIO(data))
    sheet = document.body.get_table(position=0)
    assert isinstance(sheet, odfdo.Table)
    for line, row in enumerate(sheet.iter_rows()):
        if line and row.get_value(5) == "Fehler":
            row.set_values(rows[line - 1])
            sheet.set_row(line, row)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def json_mended(data: bytes, rows: list[Row]) -> bytes:
    """The document with the right value wherever a pointer leads to."""
    document = json.loads(data)
    for finding in document["findings"]:
        _, name, place, column = finding["pointer"].split("/")
        assert (name, finding["severity"]) == ("rows", "error")
        document[name][int(place)][column] = rows[int(place)][HEAD.index(column)]
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("made", "mended", "content_type", "content_type_annotated", "count"),
    [
        (as_csv, csv_mended, "text/csv", "text/csv", 5_600),
        (as_xlsx, xlsx_mended, XLSX, XLSX, 5_600),
        (as_xls, xlsx_mended, "application/vnd.ms-excel", XLSX, 2_300),
        (as_ods, ods_mended, ODS, ODS, 2_300),
        (as_json, json_mended, "application/json", "application/json", 2_300),
    ],
    ids=["csv", "xlsx", "xls", "ods", "json"],
)
async def test_thousands_of_faulty_rows_are_mended_at_once(
    world: World,
    made: Callable[[list[Row]], bytes],
    mended: Callable[[bytes, list[Row]], bytes],
    content_type: str,
    content_type_annotated: str,
    count: int,
) -> None:
    """One round brings exactly what a clean file brings, in the facts and in what is told."""
    stack, office = world.stack, world.office
    rows = clean_rows(count)
    faulty = made(with_slips(rows))
    first = await stack.deliver(office, "sgb2", faulty, content_type=content_type)
    assert first["state"] == "rejected"
    counts = {item["code"]: item["count"] for item in first["finding_counts"]}
    assert counts == {"number_invalid": count * 9 // 10, "period_unreadable": 2}
    assert counts["number_invalid"] > MAXIMUM_STORED_PER_CODE

    file = mended(await annotated(world, first), rows)
    second = await stack.deliver(office, "sgb2", file, content_type=content_type_annotated)
    assert second["state"] == "accepted", second
    other = await dataset_of(world, "cell_key")
    reference = await stack.deliver(office, other, made(rows), content_type=content_type)
    # XLS comes back as XLSX
    as_sent = {"format": "tidy_xlsx"} if reference["format"] == "tidy_xls" else {}
    assert told(second) == told(reference) | as_sent
    assert len(stored(world)) == count
    assert stored(world) == stored(world, other)


async def test_rows_of_another_width_are_all_marked(world: World) -> None:
    """They are found while reading, not while checking."""
    rows = clean_rows(2_300)
    lines = as_csv(rows).decode().splitlines()
    narrow = [lines[0], *(line.rpartition(";")[0] for line in lines[1:])]
    delivery = await world.stack.deliver(world.office, "sgb2", "\n".join(narrow) + "\n")
    assert delivery["state"] == "rejected"
    marked = (await annotated(world, delivery)).decode().splitlines()[1:]
    assert sum(";Fehler;" in line for line in marked) == len(rows)


async def test_what_is_no_longer_needed_goes(world: World, tmp_path: Path) -> None:
    """A delivery that is read another way, or that is given up, leaves no file of findings."""
    kept = tmp_path / "objects" / "delivery-findings"
    delivery = await world.stack.deliver(
        world.office, "sgb2", as_csv(with_slips(clean_rows(2_500)))
    )
    files = list(kept.rglob("*.parquet"))
    assert [file.parent.name for file in files] == [delivery["id"]]
    mapping = {
        "area": {"column": "area"},
        "period": {"fixed": "2022"},
        "measure": {"column": "measure"},
        "values": [{"column": "value"}],
    }
    _, tag = await asked(world, delivery)
    answer = await choose(world, delivery, {"document": mapping}, tag)
    assert answer.status_code == 202, answer.text
    await world.stack.run_jobs()
    assert not files[0].exists()
    assert len(list(kept.rglob("*.parquet"))) == 1
