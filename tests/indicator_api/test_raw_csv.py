"""CSV files as they come: encodings, separators, quotes, titles, footnotes, ragged rows."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicator_api.deliveries.reading import csv_file
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

HEAD = "area;period;measure;value\n"
TEXT = "Gebiet;Jahr;Größe\n05111000;2022;„Köln“ – 5 €\n05113000;2023;Süd\n"


def opened(
    folder: Path, data: bytes, header_rows: int | None = None, skip_rows: int | None = None
) -> RawTable:
    """The bytes opened as a delivered file."""
    path = folder / "delivered"
    path.write_bytes(data)
    return open_table(path, "text/csv", None, header_rows=header_rows, skip_rows=skip_rows)


def rows_of(table: RawTable) -> list[tuple[int | str, ...]]:
    """All rows, each with its line first."""
    return [row for batch in table.batches() for row in batch.iter_rows()]


@pytest.mark.parametrize(
    ("encoding", "mark", "called"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8-sig", b"", "UTF-8"),
        ("cp1252", b"", "Windows-1252"),
        ("utf-16", b"", "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
    ],
)
def test_the_encoding_is_recognised_and_said(
    tmp_path: Path, encoding: str, mark: bytes, called: str
) -> None:
    table = opened(tmp_path, mark + TEXT.encode(encoding))
    assert table.names == ("Gebiet", "Jahr", "Größe")
    assert rows_of(table) == [
        (2, "05111000", "2022", "„Köln“ – 5 €"),
        (3, "05113000", "2023", "Süd"),
    ]
    assert table.encoding == called
    told = [note.hint for note in table.notes if note.code == "encoding_guessed"]
    assert told == ([] if called == "UTF-8" else [called])


@pytest.mark.parametrize(
    ("encoding", "called"), [("iso-8859-1", "ISO-8859-1"), ("cp850", "DOS-Codepage 850")]
)
def test_older_encodings_are_told_from_each_other(
    tmp_path: Path, encoding: str, called: str
) -> None:
    table = opened(tmp_path, "Name;Wert\nMünster;5\nKöln;6\n".encode(encoding))
    assert table.encoding == called
    assert rows_of(table) == [(2, "Münster", "5"), (3, "Köln", "6")]


def test_a_letter_that_is_cut_in_two_between_pieces_is_one(tmp_path: Path) -> None:
    line = "05111000;" + "ä" * 40 + "\n"
    text = "Gebiet;Name\n" + line * 40_000
    assert len(text.encode()) > 3 << 20
    table = opened(tmp_path, text.encode())
    assert table.encoding == "UTF-8"
    assert all(row[2] == "ä" * 40 for row in rows_of(table))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_recognised(tmp_path: Path, separator: str, end: str) -> None:
    lines = [["area", "period", "value"], ["05111000", "2022", "7"], ["DG", "2023", ""]]
    data = end.join(separator.join(line) for line in lines).encode()
    for bytes_ in (data, data + end.encode(), data + end.encode() * 3):
        table = opened(tmp_path, bytes_)
        assert table.separator == separator
        assert rows_of(table) == [(2, "05111000", "2022", "7"), (3, "DG", "2023", "")]


def test_decimal_commas_do_not_make_a_comma_the_separator(tmp_path: Path) -> None:
    table = opened(tmp_path, b"Gebiet;Anteil;Zahl\n05111;1,5;2,5\n05112;2,5;3,5\n")
    assert table.separator == ";"


def test_a_cell_of_several_lines_counts_them_all(tmp_path: Path) -> None:
    data = 'a;b\n"1\nund\nmehr";x\n2;"y;""z"""\n\n3;w\n'
    table = opened(tmp_path, data.encode())
    assert rows_of(table) == [(2, "1\nund\nmehr", "x"), (5, "2", 'y;"z"'), (7, "3", "w")]


def test_titles_above_and_footnotes_below_are_no_rows_and_are_said(tmp_path: Path) -> None:
    data = (
        "Einwohner am 31.12.2023;;\nStadt Musterstadt;;\n\nGebiet;Jahr;Wert\n05111000;2022;7\n"
        "05113000;2022;8\n\nQuelle: Melderegister der Stadt;;\nStand: 1. Februar 2024\n"
    )
    table = opened(tmp_path, data.encode())
    assert (table.head_row, table.skip_rows, table.first_row) == (4, 3, 5)
    assert table.titles == ("Einwohner am 31.12.2023", "Stadt Musterstadt")
    assert rows_of(table) == [(5, "05111000", "2022", "7"), (6, "05113000", "2022", "8")]
    assert [note.code for note in table.notes] == ["lines_left_out"]
    assert "2 über der Tabelle und" in table.notes[0].hint


def test_titles_of_two_cells_are_no_header(tmp_path: Path) -> None:
    for blank in ("", "\n"):
        data = (
            f"Einwohner;;;\nStand:;31.12.2023;;\n{blank}Nr.;Stadtteil;Einwohner;weiblich\n"
            "01;Mitte;1.234;617\n02;Nord;2.345;1.100\n"
        )
        table = opened(tmp_path, data.encode())
        assert table.names == ("Nr.", "Stadtteil", "Einwohner", "weiblich")
        assert table.header_rows == 1


def test_units_below_the_names_belong_to_the_header_and_words_for_missing_do_not(
    tmp_path: Path,
) -> None:
    table = opened(tmp_path, b"Gebiet;Alle;Anteil\n;Anzahl;%\n99001;1234;12,5\n99002;55;13,5\n")
    assert table.names == ("Gebiet", "Alle / Anzahl", "Anteil / %")
    table = opened(tmp_path, b"Ort;Alle;Anteil\nMitte;k. A.;k. A.\nNord;55;13,5\nWest;5;1,5\n")
    assert table.names == ("Ort", "Alle", "Anteil")


def test_a_header_of_two_rows_fills_merged_cells(tmp_path: Path) -> None:
    data = (
        "Kennziffer;Name;Personen;;Haushalte;\n;;2021;2022;2021;2022\n"
        "05111000;Düsseldorf;1;2;3;4\n05113000;Essen;5;6;7;8\n"
    )
    table = opened(tmp_path, data.encode())
    assert table.header_rows == 2
    assert table.names == (
        "Kennziffer",
        "Name",
        "Personen / 2021",
        "Personen / 2022",
        "Haushalte / 2021",
        "Haushalte / 2022",
    )
    assert rows_of(table)[0] == (3, "05111000", "Düsseldorf", "1", "2", "3", "4")


def test_years_as_names_of_columns_are_one_header_row(tmp_path: Path) -> None:
    table = opened(tmp_path, b"Gebiet;2021;2022\nMitte;1999;2001\nNord;2003;2005\n")
    assert table.header == (("Gebiet", "2021", "2022"),)
    assert len(rows_of(table)) == 2


def test_where_the_header_is_may_be_said(tmp_path: Path) -> None:
    data = b"a;b\nc;d\n1;2\n3;4\n"
    assert opened(tmp_path, data, header_rows=1, skip_rows=0).names == ("a", "b")
    told = opened(tmp_path, data, header_rows=2, skip_rows=0)
    assert (told.names, told.first_row) == (("a / c", "b / d"), 3)
    table = opened(tmp_path, data, header_rows=1, skip_rows=1)
    assert (table.names, rows_of(table)) == (("c", "d"), [(3, "1", "2"), (4, "3", "4")])


def test_doubled_and_missing_names_become_unique(tmp_path: Path) -> None:
    table = opened(tmp_path, b"Wert;Wert;;Wert (2)\n1;2;3;4\n5;6;7;8\n")
    assert table.names == ("Wert", "Wert (2)", "Spalte 3", "Wert (2) (2)")


def test_rows_of_another_width_are_named_with_their_line_and_left_out(tmp_path: Path) -> None:
    body = "".join(f"9900{n:04};2022;lb;{n}\n" for n in range(5_000))
    lines = (HEAD + body).split("\n")
    lines[99] = "99001001;2022;lb"
    lines[199] = "99001001;2022;lb;1;2"
    lines[299] += ";;"
    lines[399] = ""
    table = opened(tmp_path, "\n".join(lines).encode())
    rows = rows_of(table)
    assert [(fault.code, fault.row) for fault in table.faults.items] == [
        ("row_malformed", 100),
        ("row_malformed", 200),
    ]
    assert table.faults.items[1].hint == "Zeile 200 hat 5 Spalten, die Kopfzeile 4."
    assert len(rows) == 4_997
    assert all(row[0] == int(str(row[1])[4:]) + 2 for row in rows)
    rows_of(table)
    assert table.faults.counts == {"row_malformed": 2}


def test_columns_behind_the_last_name_are_dropped_if_they_are_empty(tmp_path: Path) -> None:
    table = opened(tmp_path, b"a;b;\n1;2;\n3;4;\n")
    assert (table.names, rows_of(table)) == (("a", "b"), [(2, "1", "2"), (3, "3", "4")])
    table = opened(tmp_path, b"a;b;\n1;2;\n5;6;x\n")
    assert table.names == ("a", "b", "Spalte 3")
    assert rows_of(table) == [(2, "1", "2", ""), (3, "5", "6", "x")]
    # one that turns up far below belongs to no column
    table = opened(tmp_path, b"a;b;\n" + b"1;2;\n" * 1_000 + b"5;6;x\n")
    assert len(rows_of(table)) == 1_000
    assert [fault.row for fault in table.faults.items] == [1_002]


def test_columns_of_the_annotated_file_are_no_part_of_the_table(tmp_path: Path) -> None:
    data = b"area;qb_status;value;qb_befund;qb_abhilfe\n1;Fehler;2;x;y\n3;;4;;\n"
    table = opened(tmp_path, data)
    assert table.names == ("area", "value")
    assert rows_of(table) == [(2, "1", "2"), (3, "3", "4")]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\ufeff"), max_size=6)


@settings(max_examples=150)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    separator=st.sampled_from([";", ",", "\t"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    piece=st.integers(8, 64),
)
def test_what_a_csv_writer_writes_is_read_whatever_the_pieces(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    separator: str,
    quoting: int,
    piece: int,
) -> None:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(["area", "period", "1_variable_code"])
    writer.writerows([["x", *row[1:]] for row in rows])
    path = tmp_path_factory.mktemp("csv") / "delivered"
    path.write_text(target.getvalue(), newline="")
    table = open_table(path, "text/csv", None, header_rows=1, skip_rows=0)
    pieces = csv_file.PIECE_BYTES
    read = []
    try:
        csv_file.PIECE_BYTES = piece
        read = [list(row[1:]) for batch in table.batches() for row in batch.iter_rows()]
    finally:
        csv_file.PIECE_BYTES = pieces
    assert read == [["x", *row[1:]] for row in rows]


# archives


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    plain = TEXT.encode()
    for packed in (
        zipped(("a.csv", plain)),
        gzip.compress(plain),
        gzip.compress(zipped(("a.csv", plain))),
        zipped(("__MACOSX/._a.csv", b"x"), ("ordner/", b""), ("ordner/a.csv", plain)),
    ):
        assert len(rows_of(opened(tmp_path, packed))) == 2


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (zipped(("a.csv", b"x"), ("b.csv", b"y")), "2 Dateien"),
        (zipped(), "0 Dateien"),
        (zipped(("a.csv", TEXT.encode()))[:-20], "beschädigt"),
        (gzip.compress(TEXT.encode())[:-12], "beschädigt"),
        (zipped(("a.csv", b"0" * (64 << 20))), "zu groß"),
        (gzip.compress(b"0" * (64 << 20)), "zu groß"),
        (zipped(("a", zipped(("b", zipped(("c.csv", TEXT.encode())))))), "wieder ein Archiv"),
        (zipped(("a.pdf", b"%PDF-1.7")), "PDF"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"a;b\n\x00;1\n", "Binärdaten"),
        (b"", "leer"),
        (b" \n \n", "leer"),
        (b"a;b\n", "keine Zeilen"),
        (b'a;b\n"1;2\n3;4\n', "Zeile 2"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, told: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        rows_of(opened(tmp_path, data))
    finding = refused.value.finding
    assert finding.code == "no_table"
    assert told in finding.detail()
    assert finding.remedy()


@pytest.mark.parametrize("data", [b"area\n99001001\n", b"Sehr geehrte Damen\nanbei\n"])
def test_a_text_of_one_column_is_no_table(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, data)
    assert (refused.value.finding.code, refused.value.finding.row) == ("header_unknown", 1)
