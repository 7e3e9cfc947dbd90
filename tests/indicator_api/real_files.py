"""The real files of statistical offices, and what the standard library reads in them."""

import csv
import io
import shutil
import zipfile
from pathlib import Path

from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable

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
