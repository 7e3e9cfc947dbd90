"""Reading the official directory of municipalities from the offices' workbooks.

The layouts of the years differ (one sheet more, headings moved, columns added); what they share
is read: the kind of row (Satzart), the parts of the key, the name, the area and the residents.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import fastexcel

MAXIMUM_UNPACKED_BYTES = 256 * 1024 * 1024
MAXIMUM_ENTRIES = 1_000
MAXIMUM_FINDINGS = 200
_CHUNK_BYTES = 1024 * 1024
# what is read of a row ends with the residents
_COLUMNS = 10
_LARGEST = 1e9
# what Python's reader of archives raises for a broken one, or one with a password
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError
)  # fmt: skip
_STAND = re.compile(r"Gebietsstand am (\d{2})\.(\d{2})\.(\d{4})")
_FORMER = re.compile(r"^(früher|bisher): ", re.IGNORECASE)
_LEVELS = {"10": "land", "20": "regierungsbezirk", "40": "kreis", "60": "gemeinde"}
_KREISFREI = {"41": "kreisfreie Stadt", "42": "Stadtkreis"}
_KREIS = {"43": "Kreis", "44": "Landkreis"}
_DIGITS = {"land": 2, "regierungsbezirk": 3, "kreis": 5, "gemeinde": 8}
FEDERAL = ("DG", "Deutschland")


class UnreadableDirectoryError(Exception):
    """The file is no directory that can be read; `code` and words for its sender."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Entry:
    """An area as a directory lists it; `parent` is the key above it."""

    code: str
    ars: str | None
    kind: str
    name: str
    parent: str | None
    area_km2: float | None = None
    residents: int | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory: the day its areas stood so, and its areas, parents first.

    `findings` are (row, code, words): faults for which it is refused.
    """

    stands_on: date
    entries: tuple[Entry, ...]
    findings: tuple[tuple[int | None, str, str], ...]


def read_directory(body: bytes) -> Directory:
    """The directory in a workbook; raises `UnreadableDirectoryError`."""
    rows = _sheet(body)
    stands_on = _stand(rows)
    entries: dict[str, Entry] = {FEDERAL[0]: Entry(FEDERAL[0], None, "bund", FEDERAL[1], None)}
    findings: list[tuple[int | None, str, str]] = []
    for number, row in enumerate(rows, start=1):
        level = _LEVELS.get(row[0])
        if level is None:
            continue
        entry = _entry(level, row, entries)
        if len(entry.code) != _DIGITS[level] or not entry.code.isdigit():
            findings.append((number, "key_broken", f"„{entry.code}“ ist kein Schlüssel ({level})."))
        elif not entry.name:
            findings.append((number, "name_missing", f"{entry.code} hat keinen Namen."))
        elif entry.code in entries:
            findings.append((number, "key_twice", f"{entry.code} steht mehrfach im Verzeichnis."))
        else:
            entries[entry.code] = entry
    if not any(entry.kind == "gemeinde" for entry in entries.values()):
        raise UnreadableDirectoryError(
            "no_municipality", "Die Mappe enthält keine Zeile mit Gemeinden."
        )
    return Directory(stands_on, tuple(entries.values()), tuple(findings[:MAXIMUM_FINDINGS]))


def _sheet(body: bytes) -> list[list[str]]:
    """The cells of the sheet that lists the municipalities, as text, at least `_COLUMNS` a row."""
    try:
        _check_size(body)
        workbook = fastexcel.read_excel(body)
        for name in workbook.sheet_names:
            sheet = workbook.load_sheet(name, header_row=None, dtypes="string")
            rows = [
                ["" if cell is None else cell.strip() for cell in row]
                + [""] * (_COLUMNS - len(row))
                for row in sheet.to_polars().iter_rows()
            ]
            if any("Gemeindename" in row for row in rows[:20]):
                return rows
    except (*_DAMAGED, fastexcel.FastExcelError, KeyError) as error:
        raise UnreadableDirectoryError(
            "file_unreadable", "Die Datei ist keine Excel-Mappe (XLSX) oder beschädigt."
        ) from error
    raise UnreadableDirectoryError(
        "layout_unknown",
        "Kein Blatt der Mappe hat die Spalten „Satzart“, „Regionalschlüssel“ und „Gemeindename“ "
        "des Gemeindeverzeichnisses.",
    )


def _check_size(body: bytes) -> None:
    """Unpack a workbook and count: what it says of its own sizes is not believed."""
    left = MAXIMUM_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = archive.infolist()
        if len(entries) > MAXIMUM_ENTRIES:
            raise _too_large(f"{len(entries)} Dateien")
        for entry in entries:
            with archive.open(entry) as file:
                while piece := file.read(_CHUNK_BYTES):
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(f"mehr als {MAXIMUM_UNPACKED_BYTES // 1024**2} MB")


def _too_large(size: str) -> UnreadableDirectoryError:
    return UnreadableDirectoryError(
        "file_too_large",
        f"Ausgepackt hat die Mappe {size}; so groß ist kein Gemeindeverzeichnis.",
    )


def _stand(rows: list[list[str]]) -> date:
    for row in rows[:20]:
        for cell in row:
            found = _STAND.search(cell)
            if found:
                day, month, year = (int(part) for part in found.groups())
                try:
                    return date(year, month, day)
                except ValueError:
                    raise UnreadableDirectoryError(
                        "stand_impossible", f"Den Tag im „{found[0]}“ gibt es nicht."
                    ) from None
    raise UnreadableDirectoryError(
        "stand_missing", "Über den Spalten fehlt die Angabe „Gebietsstand am TT.MM.JJJJ“."
    )


def _entry(level: str, row: list[str], above: dict[str, Entry]) -> Entry:
    land, district, kreis, association, municipality = row[2:7]
    name = " ".join(row[7].split())
    if level == "land":
        return Entry(land, None, level, name, FEDERAL[0])
    if level == "regierungsbezirk":
        words = _FORMER.sub("", name).replace("Reg.-Bez.", "Regierungsbezirk")
        return Entry(land + district, None, level, words, land)
    if level == "kreis":
        parent = land + district if land + district in above else land
        return Entry(land + district + kreis, None, level, _kreis_name(name, row[1]), parent)
    key = land + district + kreis
    return Entry(
        code=key + municipality,
        ars=key + association + municipality,
        kind=level,
        name=name,
        # the German-Luxembourgish condominium lies in no Kreis
        parent=key if key in above else land,
        area_km2=_number(row[8]),
        residents=None if (residents := _number(row[9])) is None else int(residents),
    )


def _kreis_name(name: str, designation: str) -> str:
    """A name that tells a Kreis from the town of the same name: both are called „Kleve“."""
    if designation in _KREISFREI:
        return f"{name.split(',')[0]}, {_KREISFREI[designation]}"
    words = ("kreis", "region", "verband")
    if designation in _KREIS and not any(word in name.lower() for word in words):
        return f"{_KREIS[designation]} {name}"
    return name


def _number(cell: str) -> float | None:
    try:
        number = float(cell.replace(" ", "").replace(",", "."))
    except ValueError:
        return None
    # neither "nan" nor what no municipality has
    return number if abs(number) < _LARGEST else None


def columns_of(entries: tuple[Entry, ...]) -> dict[str, list[Any]]:
    """The entries as columns, for a statement over arrays."""
    return {
        "codes": [entry.code for entry in entries],
        "arss": [entry.ars for entry in entries],
        "kinds": [entry.kind for entry in entries],
        "names": [entry.name for entry in entries],
        "parents": [entry.parent for entry in entries],
        "areas": [entry.area_km2 for entry in entries],
        "residents": [entry.residents for entry in entries],
    }
