"""What kind of file it is by its first bytes, and the one file in an archive."""

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from services.indicator_api.deliveries.reading.damaged import told_as_damaged
from services.indicator_api.deliveries.reading.unreadable import unreadable
from services.indicator_api.deliveries.reading.zip_directory import refuse_large_directory

# Beyond this a packed file is refused; GENESIS tables shrink to about a twelfth.
MAXIMUM_UNPACKED = 2 << 30
MAXIMUM_RATIO = 400
_RATIO_COUNTS_FROM = 16 << 20
_CHUNK = 1 << 20
_ZIP, _GZIP, _OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EMPTY_ZIP = b"PK\x05\x06"
_OTHERS = {
    b"%PDF": "Es ist ein PDF.",
    b"\x89PNG": "Es ist ein Bild.",
    b"\xff\xd8\xff": "Es ist ein Bild.",
    b"7z\xbc\xaf": "Es ist ein 7z-Archiv; gelesen werden ZIP-Archive.",
    b"Rar!": "Es ist ein RAR-Archiv; gelesen werden ZIP-Archive.",
    b"PAR1": "Es ist eine Parquet-Datei.",
    b"<!DOCTYPE html": "Es ist eine Internetseite.",
    b"<html": "Es ist eine Internetseite.",
    b"<?xml": "Es ist eine XML-Datei.",
}
_DAMAGED_ARCHIVE = "Das Archiv ist beschädigt oder verschlüsselt."
_ENCRYPTED_SHEET = "EncryptedPackage".encode("utf-16-le")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file out of its wrapping: where it is, and its kind: xlsx, xls, ods, or text."""

    path: Path
    kind: str


def unpack(path: Path, depth: int = 0) -> Unpacked:
    """Recognise a file and take it out of a ZIP archive or gzip, beside the file.

    Raises `UnreadableError` for what is no table and for archives of none or several files.
    """
    with path.open("rb") as file:
        head = file.read(64)
    for signature, hint in _OTHERS.items():
        if head.startswith(signature):
            raise unreadable(hint)
    if head.startswith(_OLE):
        return _ole(path)
    if head.startswith(_GZIP):
        _refuse_nesting(depth)
        return unpack(_gunzipped(path), depth + 1)
    if not head.startswith((_ZIP, _EMPTY_ZIP)):
        return Unpacked(path, "text")
    refuse_large_directory(path)
    with told_as_damaged(_DAMAGED_ARCHIVE), zipfile.ZipFile(path) as archive:
        kind = _workbook_kind(archive)
        if kind is not None:
            return Unpacked(path, kind)
        _refuse_nesting(depth)
        member = _only_member(archive)
        target = path.with_name(f"{path.name}.{depth}.unpacked")
        with archive.open(member) as packed:
            _copy(packed, target, member.compress_size)
    return unpack(target, depth + 1)


def _refuse_nesting(depth: int) -> None:
    if depth > 1:
        raise unreadable("In dem Archiv steckt wieder ein Archiv.")


def _workbook_kind(archive: zipfile.ZipFile) -> str | None:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "xl/workbook.bin" in names:
            raise unreadable("Es ist eine binäre Arbeitsmappe (XLSB); speichern Sie sie als XLSX.")
        raise unreadable("Es ist ein Office-Dokument, aber keine Arbeitsmappe.")
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as said:
            # of an archive that is a trap this part may be gigabytes
            is_ods = said.read(len(_ODS) + 16).strip().startswith(_ODS)
        if is_ods:
            return "ods"
        raise unreadable("Es ist ein OpenDocument, aber keine Tabelle.")
    return None


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one table; what an operating system or a publisher adds beside it does not count."""
    members = [info for info in archive.infolist() if not info.is_dir()]
    members = [info for info in members if not _is_beside(PurePosixPath(info.filename))]
    if len(members) != 1:
        raise unreadable(f"Das Archiv enthält {len(members)} Dateien statt einer.")
    return members[0]


def _is_beside(name: PurePosixPath) -> bool:
    return "__MACOSX" in name.parts or name.name.startswith(".") or name.name == "Thumbs.db"


def _gunzipped(path: Path) -> Path:
    target = path.with_name(f"{path.name}.gunzipped")
    with told_as_damaged(_DAMAGED_ARCHIVE), gzip.open(path) as packed:
        _copy(packed, target, path.stat().st_size)
    return target


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, packed_size: int) -> None:
    """Unpack in pieces; what grows beyond all measure is no table."""
    size = 0
    with target.open("wb") as made:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            is_bomb = size > _RATIO_COUNTS_FROM and size > packed_size * MAXIMUM_RATIO
            if size > MAXIMUM_UNPACKED or is_bomb:
                raise unreadable("Die Datei im Archiv ist zu groß.")
            made.write(chunk)


def _ole(path: Path) -> Unpacked:
    """Excel before 2007; workbooks with a password are wrapped so as well."""
    with path.open("rb") as file:
        size = path.stat().st_size
        parts = file.read(1 << 20)
        file.seek(max(0, size - (1 << 20)))
        parts += file.read()
    if _ENCRYPTED_SHEET in parts:
        raise unreadable("Die Arbeitsmappe ist mit einem Kennwort geschützt.")
    return Unpacked(path, "xls")
