"""JSON deliveries: a list of flat objects, each a row."""

from collections.abc import Iterator, Set
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.reading.csv_file import WITHOUT_ROWS
from services.indicator_api.deliveries.reading.encoding import BINARY
from services.indicator_api.deliveries.reading.json_items import WrittenNumber, items_of
from services.indicator_api.deliveries.reading.raw import (
    STATUS_COLUMNS,
    RawTable,
    without_empty_rows,
)
from services.indicator_api.deliveries.reading.unreadable import UnreadableError, unreadable

MAXIMUM_NAMES = 500
# What a mapping can name.
MAXIMUM_NAME_SIGNS = 500
_HALF_CHARACTER = (
    "Ein Text enthält ein halbes Schriftzeichen (\\ud800 bis \\udfff ohne sein Gegenstück)."
)
_TOO_DEEP = "Ein Wert ist zu tief verschachtelt."
_BATCH_SIGNS = 32 << 20
_MOST_PLACES = 400


def begins_as_json(path: Path) -> bool:
    """Whether the first sign of a text file begins a JSON list or object."""
    with path.open("rb") as file:
        head = file.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b"{", b"["))


def open_json(path: Path) -> RawTable:
    """Open a JSON file: one pass for the names of its columns, in the order of appearance.

    Raises `UnreadableError` for what is no list of objects, see `items_of`.
    """
    seen: dict[str, None] = {}
    count = 0
    for item in items_of(path):
        count += 1
        if not item.keys() <= seen.keys():
            _refuse_names(item.keys() - seen.keys(), count)
            seen |= dict.fromkeys(item)
        if len(seen) > MAXIMUM_NAMES:
            hint = f"Die Einträge haben mehr als {MAXIMUM_NAMES} verschiedene Namen."
            raise unreadable(hint, row=count)
    names = tuple(name for name in seen if name not in STATUS_COLUMNS)
    if not names:
        raise unreadable(WITHOUT_ROWS)

    def read(size: int, _: FindingList) -> Iterator[pl.DataFrame]:
        return _batches(path, names, size)

    return RawTable(
        kind="json",
        header=(names,),
        names=names,
        head_row=1,
        first_row=1,
        read=read,
        encoding="UTF-8",
        total_rows=count,
    )


def _refuse_names(names: Set[str], row: int) -> None:
    """Raise `UnreadableError` for names that no column can have."""
    for name in names:
        if len(name) > MAXIMUM_NAME_SIGNS:
            hint = f"Ein Name hat mehr als {MAXIMUM_NAME_SIGNS} Zeichen."
            raise unreadable(hint, row=row)
        if "\x00" in name:
            raise unreadable(BINARY, row=row)
        try:
            name.encode()
        except UnicodeEncodeError:
            # half of a surrogate pair: JSON can write one, UTF-8 cannot
            raise unreadable(_HALF_CHARACTER, row=row) from None


def _batches(path: Path, names: tuple[str, ...], size: int) -> Iterator[pl.DataFrame]:
    items = items_of(path)
    first = 1
    while chosen := _chosen(items, size):
        columns = {
            f"c{number}": _column([item.get(name) for item in chosen], first)
            for number, name in enumerate(names)
        }
        frame = pl.DataFrame(columns)
        _refuse_zero_bytes(frame, first)
        rows = pl.int_range(first, first + len(chosen), dtype=pl.UInt32, eager=True)
        first += len(chosen)
        yield without_empty_rows(frame.insert_column(0, rows.alias("row")))


def _column(values: list[Any], first: int) -> pl.Series:
    """The values as texts; `first` is the row of the first one."""
    try:
        return pl.Series([_text(value) for value in values], dtype=pl.String)
    except (UnicodeEncodeError, TypeError, RecursionError):
        raise _fault_of(values, first) from None


def _fault_of(values: list[Any], first: int) -> UnreadableError:
    """Which value it is that cannot be a text."""
    for row, value in enumerate(values, start=first):
        try:
            _text(value).encode()
        except UnicodeEncodeError:
            return unreadable(_HALF_CHARACTER, row=row)
        except (TypeError, RecursionError) as error:
            # orjson tells both as the same kind of error
            is_half = "surrogate" in str(error)
            return unreadable(_HALF_CHARACTER if is_half else _TOO_DEEP, row=row)
    return unreadable(_HALF_CHARACTER, row=first)


def _chosen(items: Iterator[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Up to `size` entries, fewer where they are long."""
    chosen: list[dict[str, Any]] = []
    room = _BATCH_SIGNS
    for item in islice(items, size):
        chosen.append(item)
        room -= sum(len(value) for value in item.values() if isinstance(value, str | list | dict))
        if room < 0:
            break
    return chosen


def _refuse_zero_bytes(frame: pl.DataFrame, first: int) -> None:
    has_zero = frame.select(
        pl.any_horizontal(pl.all().str.contains("\x00", literal=True))
    ).to_series()
    if has_zero.any():
        raise unreadable(BINARY, row=first + int(has_zero.arg_max() or 0))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, WrittenNumber):
        return _digits(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) and not any(
        isinstance(part, dict | list) for part in value.values()
    ):
        # {"GES": "GESW"}, as one would write a breakdown
        return "|".join(f"{name}={_text(part)}" for name, part in value.items())
    return orjson.dumps(value).decode()


def _digits(number: str) -> str:
    """A number without exponent; its point, which in JSON is a decimal one, is told as such.

    One beyond all measure stays as it is written, which is no number to anybody.
    """
    if "e" in number or "E" in number:
        try:
            exact = Decimal(number)
        except InvalidOperation:
            # an exponent of more digits than even a decimal can have
            return number
        number = format(exact, "f") if abs(exact.adjusted()) < _MOST_PLACES else number
    return unmistakable(number)


def unmistakable(number: str) -> str:
    """With a fourth digit behind it nobody takes a decimal point for one that groups thousands."""
    return f"{number}0" if len(number.partition(".")[2]) == 3 else number
