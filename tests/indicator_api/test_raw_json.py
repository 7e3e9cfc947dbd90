"""JSON deliveries: lists of objects of any size, one entry a row."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicator_api.deliveries.reading import json_items
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError


def opened(folder: Path, data: bytes | str) -> RawTable:
    """The text opened as a delivered file."""
    path = folder / "delivered"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_table(path, "application/octet-stream", "lieferung.json")


def rows_of(table: RawTable) -> list[tuple[Any, ...]]:
    """All rows, each with its number first."""
    return [row for batch in table.batches() for row in batch.iter_rows()]


@pytest.mark.parametrize(
    "text",
    [
        '[{"area": "05111000", "value": 7}, {"value": null, "status": "."}]',
        ' {"von": {"x": [1]}, "rows": [{"area":"05111000","value":7},\n{"status":".","value":null}'
        '],\n "bis": 3 } ',
    ],
)
def test_a_list_and_one_under_rows_are_the_same_table(tmp_path: Path, text: str) -> None:
    table = opened(tmp_path, text)
    assert (table.kind, table.total_rows, table.first_row) == ("json", 2, 1)
    names = dict(zip(table.names, range(3), strict=True))
    read = [
        (row[0], *(row[1 + names[name]] for name in ("area", "value", "status")))
        for row in rows_of(table)
    ]
    assert read == [(1, "05111000", "7", ""), (2, "", "", ".")]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("7", "7"),
        ("5111000", "5111000"),
        ("1.5", "1.5"),
        ("1.234", "1.2340"),
        ("0.1", "0.1"),
        ("1e3", "1000"),
        ("1.5e-3", "0.0015"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e999999999", "1e999999999"),
        ("NaN", "NaN"),
        ("true", "true"),
        ("null", ""),
        ('"1.234"', "1.234"),
        ('"\\u00e4 \\" x"', 'ä " x'),
        ('{"GES": "GESW", "NAT": "NATA"}', "GES=GESW|NAT=NATA"),
        ('["a", 1]', '["a","1"]'),
    ],
)
def test_values_are_the_texts_that_stand_in_the_file(
    tmp_path: Path, written: str, text: str
) -> None:
    table = opened(tmp_path, f'[{{"a": "x", "b": {written}}}]')
    assert rows_of(table) == [(1, "x", text)]


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
)


@settings(max_examples=100)
@given(
    items=st.lists(st.fixed_dictionaries({"a": st.just("x"), "b": VALUES}), min_size=1, max_size=9),
    piece=st.integers(1, 40),
    is_indented=st.booleans(),
)
def test_entries_are_read_whatever_the_pieces(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[dict[str, Any]],
    piece: int,
    is_indented: bool,
) -> None:
    data = orjson.dumps(items, option=orjson.OPT_INDENT_2 if is_indented else None)
    usual = json_items.PIECE
    try:
        json_items.PIECE = piece
        table = opened(tmp_path_factory.mktemp("json"), data)
        read = [row[1 + table.names.index("b")] for row in rows_of(table)]
    finally:
        json_items.PIECE = usual
    texts = {None: "", True: "true", False: "false"}
    expected = [
        texts[item["b"]] if item["b"] is None or isinstance(item["b"], bool) else str(item["b"])
        for item in items
    ]
    assert read == expected


@pytest.mark.parametrize(
    ("text", "code", "row", "told"),
    [
        ('{"rows": [', "no_table", 1, "fehlerhaft"),
        ('[{"a": 1},\n{"a": }]', "no_table", 2, "Zeile 2"),
        ('[{"a": 1}\n{"a": 2}]', "no_table", 2, "Komma"),
        ('[{"a": 1}] x', "no_table", 1, "hinter dem Ende"),
        ('{"rows": [{"a": 1}]', "no_table", 1, "Klammer"),
        ("[" * 100_000, "no_table", 1, "Ebenen"),
        ('[{"a": ' + "[" * 100_000, "no_table", 1, "Ebenen"),
        ('{"a": 1}', "header_unknown", None, "rows"),
        ('[["x", 1]]', "header_unknown", None, "Liste von Objekten"),
        ("[1, 2]", "header_unknown", None, "Liste von Objekten"),
        ('"text"', "header_unknown", None, "Liste von Objekten"),
        ("", "header_unknown", None, "Liste von Objekten"),
        ("[]", "no_table", None, "keine Zeilen"),
        ("[{}]", "no_table", None, "keine Zeilen"),
        ('[{"a": "x\\u0000"}]', "no_table", 1, "Binärdaten"),
        ('{"Ident": {}, "Status": {"Code": 104, "Content": "Kein  Objekt"}}', "genesis_refused",
         None, "„Kein Objekt“"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_objects_is_refused_with_its_line(
    tmp_path: Path, text: str, code: str, row: int | None, told: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        rows_of(opened(tmp_path, text))
    finding = refused.value.finding
    assert (finding.code, finding.row) == (code, row)
    assert told in finding.detail()


def test_too_many_names_are_no_table(tmp_path: Path) -> None:
    items = [{f"n{number}": 1} for number in range(600)]
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, orjson.dumps(items))
    assert "501" in str(refused.value.finding.row)
