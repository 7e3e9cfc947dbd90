"""The real files of statistical offices, and what the standard library reads in them."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.periods.rules import parse_period

Key = tuple[str, str, str, str]
Cell = tuple[int, str, str]
# (area, period, measure's source code, breakdown) -> (line, value, quality)
Cells = dict[Key, Cell]
_AREAS = re.compile(r"DINSG|DLAND|REGBEZ|KREISE|GEMEIN|GEO\w\w\d")
_MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember")  # fmt: skip
NEW = (
    "1000A-0000_de.csv",
    "11111-02-01-4_de.csv",
    "12211-Z-11_de.csv",
    "12411-01-01-4_de.csv",
    "12411-01-01-4_de.zip",
    "12411-01-01-4_en.csv",
    "13111-01-03-4_de.csv",
    "2000S-2003_de.csv",
    "23311-0010_de.csv",
    "73111-01-01-4_de.csv",
    "AI-N-01-2-5_de_nrw.csv",
)
OLD = (
    "11111-02-01-4_de.csv",
    "12211-Z-11_de.csv",
    "12411-01-01-4_de.csv",
    "12411-01-01-4_en.csv",
    "13111-01-03-4_de.csv",
    "23311-0010_de.csv",
    "73111-01-01-4_de.csv",
)
DATENCSV = ("12612-0002.csv", "12613-0004.csv")
CSV_TABLES = ("koeln_bevoelkerung_stadtteile.csv", "landesdatenbank_13211-03ir_koeln.csv")
XLS_TABLES = ("A_Arbeitslosigkeit.xls", "A_ErwerbsfaehigeBevoelkerung.xls")
FLAT_FILES = tuple(f"new/{name}" for name in NEW) + tuple(f"old/{name}" for name in OLD)


def content_of(path: Path) -> bytes:
    """A file's bytes, unzipped."""
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def lines_of(
    path: Path, separator: str, encoding: str = "utf-8-sig"
) -> list[tuple[int, list[str]]]:
    """All rows of a CSV file with the line each begins in."""
    text = io.StringIO(content_of(path).decode(encoding), newline="")
    reader = csv.reader(text, delimiter=separator)
    rows = []
    number = 1
    for row in reader:
        rows.append((number, row))
        number = reader.line_num + 1
    return rows


def opened(path: Path, folder: Path, sheet: str | None = None) -> RawTable:
    """The file opened from a folder that may be written to."""
    copy = folder / path.name
    shutil.copyfile(path, copy)
    return open_table(copy, "application/octet-stream", path.name, sheet=sheet)


def flat_file_cells(path: Path) -> Cells:
    """The cells of a flat file by the places of its columns: the names alone are not unique."""
    cells: Cells = {}
    for key, cell in _flat_file_cells(path):
        assert key not in cells, key
        cells[key] = cell
    return cells


def _flat_file_cells(path: Path) -> Iterator[tuple[Key, Cell]]:
    (_, head), *rows = lines_of(path, ";")
    fixed = [name.lower() for name in head[:5]]
    assert fixed[0] in ("statistics_code", "statistik_code")
    assert fixed[4] in ("time", "zeit")
    numbered = [n for n, name in enumerate(head) if re.match(r"\d+_", name)]
    groups = [numbered[n : n + 4] for n in range(0, len(numbered), 4)]
    values = [n for n, name in enumerate(head) if name.count("__") == 2]
    areas = [g for g in groups if all(_AREAS.fullmatch(row[g[0]]) for _, row in rows)]
    (area,) = areas
    for number, row in rows:
        time, parts = row[4], []
        for group in groups:
            code, _, attribute, _ = (row[n].strip() for n in group)
            if code == "QUARTG":
                time = f"{time}-Q{attribute[-1]}"
            elif group != area and attribute:
                parts.append(f"{code}={attribute}")
        period = parse_period(time)
        assert period is not None
        place = (row[area[2]], period.code)
        if values:
            for n in values:
                key = (*place, head[n].split("__")[0], "|".join(sorted(parts)))
                yield key, (number, row[n], "")
        else:
            named = dict(zip(head, row, strict=True))
            key = (*place, named["value_variable_code"], "|".join(sorted(parts)))
            yield key, (number, named["value"], named.get("value_q", ""))


def datencsv_cells(path: Path) -> Cells:
    """The cells of one of the two tables for people, by what their headers are known to be."""
    return _births(path) if path.name == "12612-0002.csv" else _deaths(path)


def _births(path: Path) -> Cells:
    cells: Cells = {}
    for number, row in lines_of(path, ";"):
        if not re.fullmatch(r"\d{4}", row[0]):
            continue
        period = f"{row[0]}-{_MONTHS.index(row[1]) + 1:02}"
        for value, breakdown in zip(row[2:], ("GES=GESM", "GES=GESW", ""), strict=True):
            cells["DG", period, "Lebendgeborene", breakdown] = (number, value, "")
    return cells


def _deaths(path: Path) -> Cells:
    cells: Cells = {}
    columns = [
        (sex, nation) for sex in ("GES=GESM", "GES=GESW", "")
        for nation in ("NAT=NATD", "NAT=NATA", "")
    ]  # fmt: skip
    for number, row in lines_of(path, ";", "iso-8859-1"):
        if not re.fullmatch(r"\d{4}", row[0]):
            continue
        age = "" if row[1] == "Insgesamt" else f"Altersjahre={row[1]}"
        for value, (sex, nation) in zip(row[2:], columns, strict=True):
            breakdown = "|".join(part for part in (age, sex, nation) if part)
            cells["DG", row[0], "Gestorbene", breakdown] = (number, value, "")
    return cells
