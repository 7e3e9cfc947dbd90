"""Files of figures as their readers read them: spreadsheets, polars, Arrow; and which is sent."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import fastexcel
import orjson
import polars as pl
import pyarrow.parquet as pq
import pytest

from services.indicator_api.observations.formats.columns import COLUMNS, NAMES
from services.indicator_api.observations.formats.parquet_file import ROWS_PER_GROUP, ParquetPieces
from services.indicator_api.observations.formats.xlsx_file import XlsxWriter
from services.shared.csv_file import CsvWriter, Dialect
from services.shared.negotiation import MEDIA_TYPES, choose_format
from services.shared.problems import NotAcceptable

EVIL = '=HYPERLINK("http://example.org";"Klick")'


def row(**changes: Any) -> tuple[Any, ...]:
    """A row of figures with something in every column."""
    cell: dict[str, Any] = {
        "indicator": "quote",
        "indicator_name": "Quote",
        "breakdown": "",
        "area": "05111000",
        "name": "Düsseldorf",
        "level": "gemeinde",
        "period": "2022",
        "value": 12.345678901234567,
        "unit": "%",
        "status": "value",
        "quality": "revised provisional",
        "numerator": 120.0,
        "denominator": 1e6,
        "lower": 0.1,
        "upper": 1e-7,
        "derivation": "sum",
        "is_estimated": True,
        "parts": 38,
        "parts_expected": 46,
        "derivation_detail": "Summe aus 38 von 46 Gemeinden",
        "source": 'Amt "Nord"; Amt, Süd',
        "release": "d 1",
        "licence": "dl-de/by-2-0",
        "is_fictional": False,
    }
    return tuple((cell | changes)[name] for name in NAMES)


NOTHING: dict[str, Any] = dict.fromkeys(
    ("value", "numerator", "denominator", "lower", "upper", "derivation", "is_estimated", "parts",
     "parts_expected", "derivation_detail")
)  # fmt: skip
ROWS = [
    row(),
    row(area="05000000", name="Zeile\nmit Umbruch", **(NOTHING | {"status": "hidden"})),
    row(name=EVIL, area="00000001", value=0.0, is_fictional=True),
    row(name="-3 Orte", value=-1.5),
]


@pytest.mark.parametrize("dialect", ["semicolon", "comma"])
def test_csv_is_read_back_cell_by_cell_and_keys_stay_texts(dialect: Dialect) -> None:
    writer = CsvWriter(dialect)
    data = writer.head(NAMES) + writer.rows(ROWS[:2]) + writer.rows(ROWS[2:])
    assert data.startswith(b"\xef\xbb\xbf") == (dialect == "semicolon")
    is_german = dialect == "semicolon"
    frame = pl.read_csv(
        data,
        separator=";" if is_german else ",",
        decimal_comma=is_german,
        schema_overrides={
            column.name: {"value": pl.Float64, "number": pl.Float64, "count": pl.Int32}.get(
                column.kind, pl.String
            )
            for column in COLUMNS
        },
    )
    assert tuple(frame.columns) == NAMES
    for number, expected in enumerate(ROWS):
        for name, cell, read in zip(NAMES, expected, frame.row(number), strict=True):
            written = str(cell).lower() if isinstance(cell, bool) else cell
            if isinstance(written, str):
                # a spreadsheet shows what follows the apostrophe, and calculates nothing
                is_formula = is_german and written.startswith(("=", "-"))
                assert (read or "") == ("'" * is_formula) + written, name
            else:
                assert read == written, name


def test_csv_ends_lines_as_rfc_4180_says_and_quotes_what_needs_it() -> None:
    writer = CsvWriter("comma")
    text = (writer.head(NAMES) + writer.rows(ROWS)).decode()
    assert text.count("\r\n") == len(ROWS) + 1
    assert '"Amt ""Nord""; Amt, Süd"' in text
    assert '"Zeile\nmit Umbruch"' in text
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(line) for line in read} == {len(NAMES)}


def test_csv_of_numbers_keeps_every_digit() -> None:
    values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789012345.6, 2.0**53, -0.0]
    for dialect in ("semicolon", "comma"):
        text = CsvWriter(dialect).rows([[value] for value in values]).decode()
        assert [float(line.replace(",", ".")) for line in text.split()] == values


def write_xlsx(path: Path, rows: list[tuple[Any, ...]]) -> None:
    """A workbook with these rows and a short explanation."""
    writer = XlsxWriter(path, {"quote": 1, "dichte": 3})
    writer.rows(rows)
    writer.explain([("Quelle", EVIL), ("Hinweis", "Erfundene Zahlen")])
    writer.close()


def test_a_workbook_is_read_back_by_another_program(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    write_xlsx(path, ROWS)
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["Zahlen", "Erläuterung"]
    frame = book.load_sheet("Zahlen").to_polars()
    assert frame.columns == [column.heading for column in COLUMNS]
    assert frame["Gebietsschlüssel"].to_list() == ["05111000", "05000000", "00000001", "05111000"]
    assert frame["Gebietsschlüssel"].dtype == pl.String
    # a spreadsheet calculates with 15 digits
    assert frame["Wert"].to_list() == [pytest.approx(12.345678901234567, rel=1e-15), None, 0, -1.5]
    assert frame["Status"].to_list() == ["Wert", "geheim", "Wert", "Wert"]
    assert frame["Qualität"][0] == "berichtigt, vorläufig"
    assert frame["Gebiet"].to_list()[1:] == ["Zeile\nmit Umbruch", EVIL, "-3 Orte"]
    assert frame["Erfundene Zahl"].to_list() == ["nein", "nein", "ja", "nein"]
    told = book.load_sheet("Erläuterung", header_row=None).to_polars().rows()
    assert told == [("Quelle", EVIL), ("Hinweis", "Erfundene Zahlen")]


def test_a_workbook_holds_no_formula_and_no_link_and_its_head_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    write_xlsx(path, [row(name=text) for text in (EVIL, "+1", "@x", "http://a.example", "{=1}")])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    # decimals of the definition, separators of the reader's language
    assert 'formatCode="#,##0.0"' in styles


def test_a_workbook_speaks_in_words(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    write_xlsx(
        path, [row(derivation="sum", period="2024-12-31"), row(derivation="set", period="2023")]
    )
    frame = fastexcel.read_excel(path).load_sheet("Zahlen").to_polars()
    assert frame["Abgeleitet durch"].to_list() == [
        "Summe der Teile",
        "Zusammengesetzt aus Einheiten",
    ]
    assert frame["Zeitraum"].to_list() == ["31.12.2024", "2023"]


def test_the_same_figures_are_the_same_workbook(tmp_path: Path) -> None:
    for name in ("one.xlsx", "other.xlsx"):
        write_xlsx(tmp_path / name, ROWS)
    with (
        zipfile.ZipFile(tmp_path / "one.xlsx") as one,
        zipfile.ZipFile(tmp_path / "other.xlsx") as other,
    ):
        assert one.namelist() == other.namelist()
        # all but when it was made
        for name in set(one.namelist()) - {"docProps/core.xml"}:
            assert one.read(name) == other.read(name), name


def test_a_full_sheet_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.indicator_api.observations.formats.xlsx_file.MAXIMUM_ROWS", 3)
    path = tmp_path / "figures.xlsx"
    write_xlsx(path, [row(area=f"{number:08}") for number in range(7)])
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["Zahlen", "Zahlen 2", "Zahlen 3", "Erläuterung"]
    found: list[str] = []
    for name in book.sheet_names[:3]:
        found += book.load_sheet(name).to_polars()["Gebietsschlüssel"].to_list()
    assert found == [f"{number:08}" for number in range(7)]


def test_parquet_has_types_row_groups_and_its_metadata_in_the_schema() -> None:
    many = ROWS_PER_GROUP + 10
    writer = ParquetPieces({"licence": ["dl-de/by-2-0"], "is_fictional": True})
    pieces = [writer.rows(ROWS), writer.rows([]), writer.rows([ROWS[0]] * many), writer.end()]
    data = b"".join(pieces)
    assert len(pieces[2]) > 100, "a full row group is handed on at once"
    file = pq.ParquetFile(io.BytesIO(data))
    assert file.num_row_groups == 1
    assert file.metadata.num_rows == len(ROWS) + many
    assert orjson.loads(file.schema_arrow.metadata[b"licence"]) == ["dl-de/by-2-0"]
    assert file.schema_arrow.metadata[b"is_fictional"] == b"true"
    assert file.schema_arrow.field("value").metadata[b"title"] == b"Wert"
    area = file.metadata.row_group(0).column(NAMES.index("area"))
    assert "RLE_DICTIONARY" in area.encodings
    frame = pl.read_parquet(io.BytesIO(data))
    kinds = {"value": pl.Float64, "number": pl.Float64, "count": pl.Int32, "flag": pl.Boolean}
    for column in COLUMNS:
        assert frame[column.name].dtype == kinds.get(column.kind, pl.String)
    assert frame.rows()[: len(ROWS)] == ROWS


def test_an_empty_parquet_file_still_has_its_columns() -> None:
    writer = ParquetPieces({})
    frame = pl.read_parquet(io.BytesIO(writer.rows([]) + writer.end()))
    assert (frame.height, tuple(frame.columns)) == (0, NAMES)


# which format


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.5, text/csv", "csv"),
        ("application/json;q=0.5, text/csv;q=0.4", "json"),
        ("application/geo+json, application/json", "json"),
        ("application/geo+json;q=1, */*;q=0.1", "geojson"),
        ("application/json;q=0, */*", "csv"),
        ("*/*;q=0.1, application/*;q=0", "csv"),
        ("nonsense, text/csv;q=nix, application/vnd.apache.parquet;q=0.001", "parquet"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ],
)
def test_the_format_is_the_one_that_the_client_takes_most_gladly(
    accept: str | None, expected: str
) -> None:
    assert choose_format(accept, None) == expected
    assert choose_format("image/png", expected) == expected, "what the address says wins"


@pytest.mark.parametrize("accept", ["image/png", "text/html", "*/*;q=0", "application/json;q=0"])
def test_what_nobody_offers_is_refused_with_what_is_possible(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        choose_format(accept, None)
    assert refusal.value.status == 406
    for media_type in MEDIA_TYPES.values():
        assert media_type in refusal.value.detail
