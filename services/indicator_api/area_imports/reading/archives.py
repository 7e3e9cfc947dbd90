"""Zipped geodata: unpacked into a folder within limits, nothing else of it read.

What an archive says of itself is not believed: bytes are counted while they are unpacked.
"""

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from services.indicator_api.area_imports.findings import UnreadableError
from services.indicator_api.area_imports.words import listed

MAXIMUM_ENTRIES = 200
MAXIMUM_UNPACKED_BYTES = 512 * 1024 * 1024
MAXIMUM_RATIO = 200
# below this no ratio is worth a word
_SMALL_BYTES = 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_MAXIMUM_DEPTH = 4
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED_PARTS = {
    ".shp": "die Flächen",
    ".shx": "das Verzeichnis der Flächen",
    ".dbf": "die Schlüssel und Namen",
}
SINGLE_FILES = (".gpkg", ".geojson", ".json", ".fgb")


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpack the geodata of a ZIP archive into an empty folder; the files that can be opened.

    Raises `UnreadableError` for what is no archive, is damaged, encrypted, too large, packed too
    tightly, holds archives or leaves its folder, and for a shapefile that lacks a part.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked_entries(opened)
            return _unpack(opened, entries, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise UnreadableError(
            "file_unreadable", "Das ZIP-Archiv ist beschädigt oder unvollständig."
        ) from None
    except RuntimeError:
        raise UnreadableError(
            "archive_refused", "Das Archiv ist mit einem Kennwort geschützt."
        ) from None


def _checked_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not entries:
        raise UnreadableError("no_areas", "Das ZIP-Archiv ist leer.")
    if len(entries) > MAXIMUM_ENTRIES:
        raise _refused(f"Es enthält {len(entries)} Dateien; erlaubt sind {MAXIMUM_ENTRIES}.")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise _refused(f"Der Pfad „{entry.filename}“ führt aus dem Archiv hinaus.")
        if len(path.parts) > _MAXIMUM_DEPTH:
            raise _refused(f"Der Pfad „{entry.filename}“ ist zu tief verschachtelt.")
        if path.suffix.lower() in (".zip", ".gz", ".7z", ".rar", ".tar", ".kmz"):
            raise _refused(f"„{path.name}“ ist wiederum ein Archiv.")
        if entry.flag_bits & 0x1:
            raise _refused("Es ist mit einem Kennwort geschützt.")
    if sum(entry.file_size for entry in entries) > MAXIMUM_UNPACKED_BYTES:
        raise _too_large()
    return entries


def _unpack(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path) -> list[Path]:
    wanted = [
        entry
        for entry in entries
        if PurePosixPath(entry.filename).suffix.lower() in (*SHAPEFILE_PARTS, *SINGLE_FILES)
        # what macOS adds to each file
        and not entry.filename.startswith("__MACOSX/")
    ]
    if not any(
        PurePosixPath(entry.filename).suffix.lower() in (".shp", *SINGLE_FILES) for entry in wanted
    ):
        names = [PurePosixPath(entry.filename).name for entry in entries]
        raise UnreadableError(
            "format_unknown",
            f"Im Archiv liegt keine Datei mit Flächen (gefunden: {listed(names)}).",
        )
    left = MAXIMUM_UNPACKED_BYTES
    for entry in wanted:
        left -= _unpack_entry(archive, entry, folder, left)
    _refuse_incomplete(folder)
    return sorted(path for path in folder.iterdir() if path.suffix in (".shp", *SINGLE_FILES))


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one file under its own name (folders of the archive are left out); its bytes."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    target = folder / (name.stem + name.suffix.lower())
    if target.exists():
        raise _refused(f"„{name.name}“ liegt mehrfach darin.")
    written = 0
    with archive.open(entry) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > left:
                raise _too_large()
            if written > _SMALL_BYTES and written > MAXIMUM_RATIO * max(entry.compress_size, 1):
                raise _refused(
                    f"„{name.name}“ ist mehr als {MAXIMUM_RATIO}-fach verdichtet, wie es bei "
                    "Flächen nicht vorkommt."
                )
            sink.write(chunk)
    return written


def _refuse_incomplete(folder: Path) -> None:
    for shapes in folder.glob("*.shp"):
        missing = [
            f"{suffix} ({what})"
            for suffix, what in _NEEDED_PARTS.items()
            if not shapes.with_suffix(suffix).exists()
        ]
        if missing:
            raise UnreadableError(
                "shapefile_incomplete", f"Zu „{shapes.name}“ fehlt {listed(missing)}."
            )


def _too_large() -> UnreadableError:
    megabytes = MAXIMUM_UNPACKED_BYTES // 1024 // 1024
    return _refused(f"Ausgepackt wäre es größer als {megabytes} MB.")


def _refused(reason: str) -> UnreadableError:
    return UnreadableError("archive_refused", reason)
