"""Reads the cells of one worksheet of an .xlsx file as text, with the standard library."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_rows(path: Path, sheet: int) -> Iterator[dict[str, str]]:
    """Yield each row as {column letter: text as stored}; empty cells are left out.

    `sheet` counts from 1 in the order of the file's parts. Numbers keep the digits of the file
    ("40.909999999999997"): rounding is for the caller, who knows how many are meant.
    """
    with zipfile.ZipFile(path) as archive:
        # The workbook is a known official file, so the plain parser is safe here.
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314
        texts = [
            "".join(part.text or "" for part in item.iter(f"{_NAMESPACE}t"))
            for item in shared.iter(f"{_NAMESPACE}si")
        ]
        root = ElementTree.fromstring(  # noqa: S314
            archive.read(f"xl/worksheets/sheet{sheet}.xml")
        )
    for row in root.iter(f"{_NAMESPACE}row"):
        yield dict(_cells(row, texts))


def _cells(row: ElementTree.Element, texts: list[str]) -> Iterator[tuple[str, str]]:
    for cell in row.iter(f"{_NAMESPACE}c"):
        value = cell.find(f"{_NAMESPACE}v")
        if value is None or not value.text:
            continue
        column = re.sub(r"\d", "", cell.get("r", ""))
        text = texts[int(value.text)] if cell.get("t") == "s" else value.text
        if text:
            yield column, text
