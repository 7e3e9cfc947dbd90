"""Recognising a workbook of ours that comes back, whichever program saved it."""

import zipfile
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.mapping.document import Mapping, PeriodSource
from services.indicator_api.deliveries.reading.damaged import told_as_damaged
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.reading.workbook_limits import refuse_huge
from services.indicator_api.deliveries.reading.zip_directory import refuse_large_directory
from services.indicator_api.deliveries.workbook import layout

FORMAT = "template"
FORMAT_LABEL = "Vorlage von Quartierblick"


@dataclass(frozen=True, slots=True)
class ReturnedTemplate:
    """A workbook of ours: how it is read (with the period that was filled in, if any), and for
    which dataset it was made."""

    mapping: Mapping
    dataset_code: str


def find_template(file: Path, *, period: str | None) -> ReturnedTemplate | None:
    """The template that a file is; None for any other file.

    `period` stands in where none was filled in. Raises `UnreadableError` if there is neither, or
    the sheet to be filled in is gone.
    """
    opened = _opened(file)
    if opened is None:
        return None
    reader, hidden = opened
    said = [row[0] for row in hidden if row and row[0]]
    if len(said) < 5 or said[0] != layout.MARK:
        return None
    try:
        mapping = Mapping.model_validate_json(b64decode("".join(said[4:]), validate=True))
    except ValueError:
        raise UnreadableError(Finding("template_damaged", hint=_HIDDEN_CHANGED)) from None
    if said[1] != layout.VERSION or said[3] not in reader.sheet_names:
        raise UnreadableError(Finding("template_damaged", hint=_SHEET_GONE.format(said[3])))
    with told_as_damaged(_DAMAGED):
        rows = _cells(reader, said[3])
    head = next((n for n, row in enumerate(rows) if row and row[0] == layout.KEY_HEAD), None)
    if head is None:
        raise UnreadableError(Finding("template_damaged", hint=_HEAD_GONE))
    filled_in = _period(rows[:head])
    if not filled_in and not period:
        raise UnreadableError(Finding("template_without_period", column=layout.PERIOD_LABEL))
    changes = {
        "period": PeriodSource(fixed=filled_in or period),
        "skip_rows": head,
        "sheet": said[3],
    }
    return ReturnedTemplate(mapping.model_copy(update=changes), said[2])


def _opened(file: Path) -> tuple[fastexcel.ExcelReader, list[list[str]]] | None:
    """A workbook of ours and its hidden sheet; None for anything else.

    Raises `UnreadableError` for a workbook that is too large.
    """
    try:
        with told_as_damaged(_DAMAGED):
            kind = _kind_of(file)
    except UnreadableError:
        # what kind of file it is instead, its own reader says
        return None
    if kind is None:
        return None
    refuse_huge(file, kind)
    try:
        with told_as_damaged(_DAMAGED):
            reader = fastexcel.read_excel(file)
            if layout.HIDDEN_SHEET not in reader.sheet_names:
                return None
            return reader, _cells(reader, layout.HIDDEN_SHEET)
    except UnreadableError:
        return None


def _kind_of(file: Path) -> str | None:
    """The kind of workbook that a file is, by its first bytes and names; None if it is none."""
    with file.open("rb") as opened:
        mark = opened.read(8)
    if mark == _COMPOUND:
        return "xls"
    if not mark.startswith(b"PK") or not zipfile.is_zipfile(file):
        return None
    refuse_large_directory(file)
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "ods" if "content.xml" in names else None


_LONGEST_PERIOD = 200
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = "Die Arbeitsmappe ist beschädigt."
_HIDDEN_CHANGED = "Das ausgeblendete Blatt, an dem sie erkannt wird, wurde verändert."
_SHEET_GONE = "Das Blatt „{}“ fehlt, oder die Vorlage ist für eine andere Fassung gemacht."
_HEAD_GONE = f"Die Kopfzeile mit „{layout.KEY_HEAD}“ fehlt."


def _cells(reader: fastexcel.ExcelReader, name: str) -> list[list[str]]:
    sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if not sheet.height or not sheet.width:
        return []
    frame = pl.DataFrame(sheet.to_polars()).fill_null("")
    return [[cell.strip() for cell in row] for row in frame.rows()]


def _period(rows: list[list[str]]) -> str:
    """What was filled in beside „Zeitraum:“."""
    for row in rows:
        if row and row[0] == layout.PERIOD_LABEL:
            return next((cell[:_LONGEST_PERIOD] for cell in row[1:] if cell), "")
    return ""
