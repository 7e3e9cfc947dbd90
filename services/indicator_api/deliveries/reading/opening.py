"""Open a delivered file as a table of texts, whatever it is."""

from pathlib import Path

from services.indicator_api.deliveries.reading.csv_file import open_csv
from services.indicator_api.deliveries.reading.json_file import begins_as_json, open_json
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unpacking import unpack
from services.indicator_api.deliveries.reading.workbook import open_workbook


def open_table(
    path: Path,
    content_type: str,
    filename: str | None,
    *,
    sheet: str | None = None,
    header_rows: int | None = None,
    skip_rows: int | None = None,
) -> RawTable:
    """Recognise a file by its content and open it; what it is said to be only tips the scales.

    `sheet` names the sheet of a workbook to read; `header_rows` and `skip_rows` say where the
    header is (of the CSV file or the sheet): left out, all three are found. What has to be
    unpacked or written in another encoding is put beside the file, in its folder, and must stay
    there while the table is read. Raises `UnreadableError` with the reason.
    """
    unpacked = unpack(path)
    if unpacked.kind != "text":
        return open_workbook(
            unpacked.path, unpacked.kind, sheet, header_rows=header_rows, skip_rows=skip_rows
        )
    is_called_json = "json" in content_type.lower() or (filename or "").lower().endswith(".json")
    if is_called_json or begins_as_json(unpacked.path):
        return open_json(unpacked.path)
    return open_csv(unpacked.path, header_rows=header_rows, skip_rows=skip_rows)
