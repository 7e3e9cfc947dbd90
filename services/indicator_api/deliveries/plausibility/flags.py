"""Cells that a rule speaks against, and how figures are told."""

from collections.abc import Callable, Sequence

import polars as pl
from babel.numbers import format_decimal

from services.indicator_api.deliveries.findings import (
    MAXIMUM_STORED_PER_CODE,
    FindingList,
)

FLAG_SCHEMA = {
    "code": pl.String,
    "row": pl.UInt32,
    "breakdown": pl.Int32,
    "area_id": pl.Int32,
    "value": pl.Float64,
    "value_column": pl.UInt16,
    "hint": pl.String,
    "hint_en": pl.String,
}
Told = Callable[[dict[str, float]], tuple[str, str]]


def german(value: float) -> str:
    """A figure as German texts write it."""
    return str(format_decimal(value, format="#,##0.##", locale="de_DE"))


def english(value: float) -> str:
    """A figure as English texts write it."""
    return str(format_decimal(value, format="#,##0.##", locale="en_GB"))


def figures(value: float) -> tuple[str, str]:
    """A figure in both languages."""
    return german(value), english(value)


def flags(code: str, cells: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Flags for cells as in `SLICE_SCHEMA`, with what else `told` needs.

    `told` gives the hint in German and English; those beyond what is stored get none.
    """
    cells = cells.sort("row")
    hints = [told(item) for item in cells.head(MAXIMUM_STORED_PER_CODE).iter_rows(named=True)]
    hints += [("", "")] * (cells.height - len(hints))
    return cells.select(
        pl.lit(code).alias("code"),
        pl.col("row").cast(pl.UInt32),
        pl.col("breakdown").cast(pl.Int32),
        pl.col("area_id").cast(pl.Int32),
        pl.col("value").cast(pl.Float64),
        pl.col("value_column"),
        pl.Series("hint", [hint for hint, _ in hints], dtype=pl.String),
        pl.Series("hint_en", [hint for _, hint in hints], dtype=pl.String),
    )


def no_flags() -> pl.DataFrame:
    """A frame of no flag."""
    return pl.DataFrame(schema=FLAG_SCHEMA)


def note(findings: FindingList, flagged: pl.DataFrame, columns: Sequence[str]) -> None:
    """Add the findings of flags, each kind in the order of the file's rows.

    `columns` are the sender's names for the columns of values, by their places.
    """
    for (code,), rows in flagged.sort("row").group_by("code", maintain_order=True):
        told = [
            "-" if value is None else german(value)
            for value in rows["value"].head(MAXIMUM_STORED_PER_CODE)
        ]
        told += [""] * (rows.height - len(told))
        told_rows = rows.select(
            "row",
            "hint",
            "hint_en",
            pl.Series("value", told, dtype=pl.String),
            pl.Series("column", [columns[place] for place in rows["value_column"]]),
        )
        findings.add_rows(str(code), columns[0], told_rows)
