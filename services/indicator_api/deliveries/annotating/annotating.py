"""The sender's own file with what the check found beside its rows."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from services.indicator_api.deliveries.annotating.csv_file import annotate_csv
from services.indicator_api.deliveries.annotating.json_file import annotate_json
from services.indicator_api.deliveries.annotating.ods_file import annotate_ods
from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.annotating.xls_file import annotate_xls
from services.indicator_api.deliveries.annotating.xlsx_file import annotate_xlsx
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.unpacking import unpack

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {
    "csv": ("text/csv", ".csv"),
    "json": ("application/json", ".json"),
    "xlsx": (XLSX, ".xlsx"),
    "xls": (XLSX, ".xlsx"),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", ".ods"),
}
_MARK = {"de": "geprueft", "en": "checked"}


@dataclass(frozen=True, slots=True)
class HowToOpen:
    """How the file was opened when it was checked."""

    content_type: str
    filename: str | None
    sheet: str | None = None
    header_rows: int | None = None
    skip_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Annotated:
    """What the annotated file is and is called."""

    content_type: str
    filename: str


def how_to_open(delivery: dict[str, Any]) -> HowToOpen:
    """How a delivery's file was opened, from its row."""
    mapping = delivery["mapping"] or {}
    return HowToOpen(
        delivery["content_type"],
        delivery["filename"],
        delivery["options"].get("sheet") or mapping.get("sheet"),
        mapping.get("header_rows"),
        mapping.get("skip_rows"),
    )


def annotate(path: Path, how: HowToOpen, remarks: Remarks, target: Path) -> Annotated:
    """Write the file at `path` with status columns to `target`; out of an archive, the file in it.

    CSV keeps its encoding and separator, XLSX and ODS all that is in them, XLS becomes XLSX, JSON
    gets its findings beside its rows. Raises `UnreadableError` for what is no table.
    """
    table = open_table(
        path,
        how.content_type,
        how.filename,
        sheet=how.sheet,
        header_rows=how.header_rows,
        skip_rows=how.skip_rows,
    )
    unpacked = unpack(path).path
    if table.kind == "json":
        annotate_json(unpacked, target, remarks)
    elif table.kind == "csv":
        annotate_csv(
            unpacked, target, remarks, header_rows=how.header_rows, skip_rows=how.skip_rows
        )
    else:
        write = {"xlsx": annotate_xlsx, "xls": annotate_xls, "ods": annotate_ods}[table.kind]
        write(unpacked, target, table, remarks)
    content_type, suffix = _TYPES[table.kind]
    stem = PurePath(how.filename or "lieferung").stem
    for packed in (".csv", ".json", ".xlsx", ".ods", ".xls"):
        stem = stem.removesuffix(packed)
    stem = stem.removesuffix(f"_{_MARK[remarks.language]}")
    return Annotated(content_type, f"{stem}_{_MARK[remarks.language]}{suffix}")
