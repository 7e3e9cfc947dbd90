"""Cuts the offices' recorded flat files down to North Rhine-Westphalia and Germany.

A line is kept or dropped whole; no byte of a kept line, of the header or of the byte order mark
changes. Kept are lines whose first variable (the region) is `DG` or a key that begins with 05.
1000A-2022 holds two tables in one, which repeat each other's totals: the first is kept.
"""

import base64
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "genesis"
TABLES = (
    "1000A-0000",
    "1000A-2022",
    "11111-02-01-4",
    "12211-Z-11",
    "12411-01-01-4",
    "13111-01-03-4",
    "73111-01-01-4",
    "AI-N-01-2-5",
)
_REGION_COLUMN = b"1_variable_attribute_code"
# {table: (column, value)}: of a file with several tables, the one to keep.
_KEPT_PART = {"1000A-2022": (b"3_variable_code", b"WDGAT2")}


def recorded_files(cassette: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every flat file in one recording of `pystatis`.

    The recordings are YAML; the replies in them are ZIP archives written as base64 blocks.
    """
    text = cassette.read_text(encoding="utf-8")
    for block in re.finditer(r"string: !!binary \|\n((?:        .*\n)+)", text):
        body = base64.b64decode(block.group(1))
        if not body.startswith(b"PK"):
            continue
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)


def german_file(cassette: Path) -> bytes:
    """The first German flat file of a recording, as the office sent it."""
    return next(body for name, body in recorded_files(cassette) if "_de_" in name)


def cut(body: bytes, table: str) -> bytes:
    """Keep the header and the lines of DG and of keys that begin with 05, in their order.

    The files hold neither quotes nor line breaks in fields, so lines can be cut as bytes.
    """
    if b'"' in body:
        raise ValueError("quoted fields: lines cannot be cut as bytes")
    header, *lines = body.splitlines(keepends=True)
    columns = header.strip().split(b";")
    region = columns.index(_REGION_COLUMN)
    column, value = _KEPT_PART.get(table, (columns[0], None))
    part = columns.index(column)
    kept = [
        line
        for line in lines
        if _is_kept(line.split(b";")[region]) and value in (None, line.split(b";")[part])
    ]
    return b"".join([header, *kept])


def _is_kept(key: bytes) -> bool:
    return key == b"DG" or key.startswith(b"05")


def main(package: Path) -> None:
    """Write `data/genesis/<table>.csv` for all tables from the unpacked `pystatis`."""
    DATA.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        body = cut(german_file(package / "tests" / "cassettes" / f"{table}.yaml"), table)
        (DATA / f"{table}.csv").write_bytes(body)
        print(f"{table}: {len(body.splitlines()) - 1} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
