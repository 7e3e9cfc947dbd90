"""Archives with absurd directories are refused at once, before they are read."""

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

TABLE = "area;period;measure;value\n99001001;2023;lb;1\n"
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


def many_entries(path: Path, count: int, name: bytes = b"", *, extra: int = 0) -> Path:
    """A ZIP whose directory has `count` entries, all of the same empty file."""
    first = LOCAL.pack(b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    central = []
    with path.open("wb") as file:
        file.write(first)
        for number in range(count):
            own = name or f"{number:07}".encode()
            head = CENTRAL.pack(
                b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(own), extra, 0, 0, 0, 0, 0
            )
            central.append(head + own + b"\0" * extra)
            if len(central) == 10_000:
                file.writelines(central)
                central.clear()
        file.writelines(central)
        size = file.tell() - len(first)
        at = file.tell()
        if count > 0xFFFF:
            file.write(struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count,
                                   size, len(first)))  # fmt: skip
            file.write(struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1))
        few, told = (0xFFFF, 0xFFFFFFFF) if count > 0xFFFF else (count, size)
        file.write(END.pack(b"PK\x05\x06", 0, 0, few, few, told, len(first), 0))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableError) as refused:
        open_table(path, "application/zip", None)
    return refused.value.finding.detail()


def test_a_million_entries_are_refused_at_once_and_in_flat_memory(tmp_path: Path) -> None:
    path = many_entries(tmp_path / "a.zip", 1_000_000)
    tracemalloc.start()
    began = time.monotonic()
    try:
        assert "mehr als 10.000 Dateien" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("hides", ["the small record", "the large record", "a comment"])
def test_what_one_of_the_ends_says_is_enough(tmp_path: Path, hides: str) -> None:
    path = many_entries(tmp_path / "a.zip", 70_000)
    data = bytearray(path.read_bytes())
    end = len(data) - END.size
    if hides == "the small record":
        struct.pack_into("<2H", data, end + 8, 1, 1)
    elif hides == "the large record":
        # said to lie where there is nothing; readers then look right before
        struct.pack_into("<Q", data, end - 20 + 8, 1 << 60)
    else:
        struct.pack_into("<H", data, end + 20, 30_000)
        data += b"x" * 30_000
    path.write_bytes(data)
    assert "mehr als 10.000 Dateien" in refusal(path)


def test_names_of_absurd_length_are_refused(tmp_path: Path) -> None:
    path = many_entries(tmp_path / "a.zip", 50, b"a/" * 30_000)
    assert "Verzeichnis des Archivs ist zu groß" in refusal(path)
    path = many_entries(tmp_path / "b.zip", 50, extra=60_000)
    assert "Verzeichnis des Archivs ist zu groß" in refusal(path)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "C:\\daten.csv", "a\nb.csv", "ä\u202ecsv.exe", "x" * 60_000,
     "con", " ", "daten.csv/"],
)  # fmt: skip
def test_a_name_in_an_archive_never_leads_anywhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    path = folder / "delivered"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, TABLE)
    if name.endswith("/"):
        assert "0 Dateien" in refusal(path)
    else:
        assert open_table(path, "", None).names == ("area", "period", "measure", "value")
    assert {item.name for item in tmp_path.iterdir()} == {"own"}
    assert all(item.name.startswith("delivered") for item in folder.iterdir())


def test_archives_in_archives_end_soon(tmp_path: Path) -> None:
    """As in quine.zip, which holds itself: no depth is followed for ever."""
    data = TABLE.encode()
    for depth in range(60):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", data)
        data = packed.getvalue()
        path = tmp_path / f"{depth}.zip"
        path.write_bytes(data)
        if depth < 2:
            assert len(open_table(path, "", None).names) == 4
    assert "wieder ein Archiv" in refusal(path)
    inner = many_entries(tmp_path / "inner.zip", 70_000)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "inner.zip")
    assert "mehr als 10.000 Dateien" in refusal(tmp_path / "outer.zip")


def test_a_workbook_with_too_many_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["area", "period", "measure", "value"])
    book.active.append(["99001001", 2023, "lb", 1])
    book.save(path)
    assert len(open_table(path, "", None).names) == 4
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"xl/media/{number}.png", b"")
    assert "mehr als 10.000 Dateien" in refusal(path)
