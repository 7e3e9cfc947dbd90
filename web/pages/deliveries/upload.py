"""A file from a form: what it is, the key that makes sending it twice act once, its pieces."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile

from web.format import file_size

_CHUNK_BYTES = 1 << 20
_MOST_NAME_CHARACTERS = 200

# By the ending, not by what the browser says: with Excel installed, Windows calls a CSV file
# „application/vnd.ms-excel“.
_CONTENT_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".txt": "text/csv",
    ".json": "application/json",
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
ACCEPTED_ENDINGS = ",".join((*_CONTENT_TYPES, ".gz", ".xlsm"))
# What the service recognises by its content, whatever the ending.
_UNNAMED_TYPE = "application/octet-stream"
_NO_TABLES = frozenset(
    {".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".html", ".htm", ".png", ".jpg",
     ".jpeg", ".gif", ".svg", ".tif", ".tiff", ".msg", ".eml"}
)  # fmt: skip


def uploaded_file(form: FormData, name: str) -> UploadFile | None:
    """The file chosen in a field, or None if none was."""
    value = form.get(name)
    return value if isinstance(value, UploadFile) and value.filename else None


def name_of(upload: UploadFile) -> str:
    """The file's own name without the folders some browsers send."""
    given = upload.filename or ""
    return PureWindowsPath(PurePosixPath(given).name).name[:_MOST_NAME_CHARACTERS]


def content_type_of(upload: UploadFile) -> str:
    """What to deliver the file as."""
    return _CONTENT_TYPES.get(_ending(upload), _UNNAMED_TYPE)


def refusal_of(upload: UploadFile) -> str | None:
    """Why the file is not sent on at all, in a sentence for its field; None if it is."""
    if _ending(upload) in _NO_TABLES:
        return (
            f"„{name_of(upload)}“ wird nicht gelesen: Darin steht keine Tabelle, die sich "
            "übernehmen lässt. Wählen Sie die Tabelle selbst, zum Beispiel die Excel-Datei."
        )
    if not upload.size:
        return f"„{name_of(upload)}“ ist leer. Wählen Sie eine Datei mit Inhalt."
    return None


def too_large(limit: int) -> str:
    """What is said of a file above the web's own limit, before it is sent."""
    return (
        f"Die Datei ist größer als {file_size(limit)}, mehr nimmt diese Seite nicht an. Größere "
        "Lieferungen nimmt die Schnittstelle an (POST /v1/deliveries), am einfachsten mit dem "
        "Befehl „quartierblick deliver DATEI“; oder teilen Sie die Datei, zum Beispiel nach Jahren."
    )


async def delivery_key(form_key: str, wish: str, upload: UploadFile) -> str:
    """The idempotency key: the same form with the same file and wish is one delivery.

    A form sent again with another file (by the browser's back button) is another one.
    """
    digest = await asyncio.to_thread(_digest, upload.file)
    named = f"{form_key}\n{wish}\n{name_of(upload)}\n{digest}"
    return hashlib.sha256(named.encode()).hexdigest()


async def pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    """The file's content from its beginning, a megabyte at a time."""
    await upload.seek(0)
    while chunk := await upload.read(_CHUNK_BYTES):
        yield chunk


def _ending(upload: UploadFile) -> str:
    return PurePosixPath(name_of(upload)).suffix.lower()


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
