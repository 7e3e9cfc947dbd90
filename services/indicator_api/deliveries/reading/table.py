"""From bytes to a table of texts: nothing is interpreted yet, no zero is lost."""

import io
import zipfile
import zlib
from dataclasses import dataclass

import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

MAXIMUM_UNZIPPED = 512 * 1024 * 1024
_SEPARATORS = (";", "\t", ",")
BINARY = "Sie enthält Binärdaten."
WITHOUT_ROWS = "Sie enthält keine Zeilen."
_KNOWN_BINARIES = {b"%PDF": "Es ist ein PDF.", b"\x89PNG": "Es ist ein Bild."}


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts with the column `row` (line in the file, the head is line 1)."""

    frame: pl.DataFrame
    notes: tuple[Finding, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The names in the head, in the file's order."""
        return [name for name in self.frame.columns if name != "row"]


def _unreadable(hint: str, code: str = "no_table", row: int | None = None) -> UnreadableError:
    return UnreadableError(Finding(code, row=row, hint=hint))


def unzip(data: bytes) -> bytes:
    """The one file in a zip archive; raises `UnreadableError` for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) != 1:
                raise _unreadable(f"Das Archiv enthält {len(members)} Dateien statt einer.")
            if members[0].file_size > MAXIMUM_UNZIPPED:
                raise _unreadable("Die Datei im Archiv ist zu groß.")
            return archive.read(members[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _unreadable("Das Archiv ist beschädigt oder verschlüsselt.") from None


def _decode(data: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    for signature, hint in _KNOWN_BINARIES.items():
        if data.startswith(signature):
            raise _unreadable(hint)
    if b"\x00" in data:
        raise _unreadable(BINARY)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        return text.encode(), (Finding("encoding_guessed", hint="Windows-1252"),)
    return data, ()


def read_csv(data: bytes) -> TextTable:
    """Read CSV whose separator is the one most used in its head."""
    data, notes = _decode(data)
    head = data.split(b"\n", 1)[0].decode(errors="replace").rstrip("\r")
    if not head.strip():
        raise _unreadable("Die erste Zeile ist leer.")
    separator = max(_SEPARATORS, key=head.count)
    if head.count(separator) == 0:
        raise _unreadable("In der ersten Zeile steht kein Trennzeichen.", "header_unknown", 1)
    try:
        frame = pl.read_csv(
            data,
            separator=separator,
            infer_schema=False,
            empty_string_is_null=False,
            extra_columns="raise",
            missing_columns="raise",
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise _ragged(data, separator) from None
    # The reader fills short rows up with empty cells: tell them from cells that are empty.
    if frame.height and (frame[frame.columns[-1]] == "").any():
        _refuse_short_rows(data, separator)
    if "row" in frame.columns:
        hint = "Unbekannt sind die Spalten: row."
        raise _unreadable(hint, "header_unknown", 1)
    frame = _with_lines(frame, has_quotes=b'"' in data)
    if frame.is_empty():
        raise _unreadable(WITHOUT_ROWS)
    return TextTable(frame, notes)


def _with_lines(frame: pl.DataFrame, *, has_quotes: bool) -> pl.DataFrame:
    """Add `row`, the line in the file; rows whose cells are all empty are left out."""
    numbered = frame.with_row_index("row", offset=2)
    if has_quotes:
        # a quoted cell may run over several lines
        breaks = pl.sum_horizontal(pl.exclude("row").str.count_matches("\n", literal=True))
        behind = breaks.cum_sum().shift(1, fill_value=0).cast(pl.UInt32)
        numbered = numbered.with_columns(pl.col("row") + behind)
    if (frame[frame.columns[0]] == "").any():
        return numbered.filter(pl.any_horizontal(pl.exclude("row") != ""))
    return numbered


def _refuse_short_rows(data: bytes, separator: str) -> None:
    fault = _ragged_line(data, separator)
    if fault is not None:
        raise UnreadableError(fault)


def _ragged(data: bytes, separator: str) -> UnreadableError:
    """Why a text is no table: the first line of another width than the head, if there is one."""
    fault = _ragged_line(data, separator)
    if fault is not None:
        return UnreadableError(fault)
    return _unreadable("Anführungszeichen oder Trennzeichen sind nicht paarig.")


def _ragged_line(data: bytes, separator: str) -> Finding | None:
    """The first line that has not as many cells as the head; lines with quotes are not judged."""
    lines = data.decode(errors="replace").splitlines()
    expected = lines[0].count(separator) + 1
    for number, line in enumerate(lines[1:], start=2):
        found = line.count(separator) + 1
        if line.strip() and '"' not in line and found != expected:
            hint = f"Zeile {number} hat {found} Spalten, die Kopfzeile {expected}."
            return Finding("row_malformed", row=number, hint=hint)
    return None
