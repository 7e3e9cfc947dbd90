"""The human-readable GENESIS CSV (datencsv) as a delivery."""

import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.datencsv_layout import (
    MONTHS,
    TOTALS,
    DatencsvLayout,
    Dimension,
    find_datencsv,
    quarter_mark,
)
from services.indicator_api.deliveries.reading.delivered import Delivered, from_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

_LOOKED_AT = 50_000


def recognise_datencsv(table: RawTable, *, area: str | None = None) -> Delivered | None:
    """The delivery if the table is a datencsv with a regular header; the measure is its label.

    `area` is the one it is about, if it has no column of areas and its title does not say.
    Raises `UnreadableError` if no area is known.
    """
    layout = find_datencsv(table, _LOOKED_AT)
    if layout is None:
        return None
    fixed = area or layout.area or ""
    if layout.area_column is None and not fixed:
        raise UnreadableError(Finding("area_not_given", row=table.head_row))

    def rows_of(batch: pl.DataFrame) -> pl.DataFrame:
        return _rows(batch, layout, fixed, table)

    names = table.names
    down = names[layout.down[0][0]] if layout.down else names[layout.values[0]]
    value = names[layout.values[0]]
    columns = {
        "area": "" if layout.area_column is None else names[layout.area_column],
        "period": names[layout.time],
        "measure": value,
        "breakdown": down,
        "value": value,
        "status": value,
        "quality": value,
    }
    return from_table(
        table,
        "datencsv",
        "GENESIS-Tabelle (datencsv)",
        columns,
        rows_of,
        cells_per_row=len(layout.values),
    )


def _rows(batch: pl.DataFrame, layout: DatencsvLayout, area: str, table: RawTable) -> pl.DataFrame:
    batch = batch.with_columns(pl.exclude("row").str.strip_chars())
    common = batch.select(
        "row",
        (pl.lit(area) if layout.area_column is None else pl.col(f"c{layout.area_column}")).alias(
            "area_key"
        ),
        _period(layout).alias("period_raw"),
        pl.lit(layout.measure).alias("measure_key"),
        pl.lit("").alias("status_raw"),
        pl.lit("").alias("quality_raw"),
        *(_part(place, dimension) for place, dimension in layout.down),
        *(_label(place, dimension) for place, dimension in layout.down),
    )
    codes = {dimension.code: pl.col(f"part{place}") for place, dimension in layout.down}
    labels = [pl.col(f"label{place}") for place, _ in layout.down]
    frames = []
    for place in layout.values:
        parts, told = dict(codes), list(labels)
        for row, dimension in enumerate(layout.across):
            attribute = table.header[row][place]
            parts[dimension.code] = pl.lit(dimension.part(attribute), dtype=pl.String)
            if attribute and attribute not in TOTALS:
                told.append(pl.lit(f"{dimension.label}: {attribute}"))
        frames.append(
            common.select(
                "row",
                "area_key",
                "period_raw",
                "measure_key",
                _joined([parts[code] for code in sorted(parts)], "|").alias("breakdown"),
                _joined(told, ", ").alias("breakdown_label"),
                batch[f"c{place}"].alias("value_raw"),
                "status_raw",
                "quality_raw",
                pl.lit(table.names[place]).alias("value_column"),
            )
        )
    return pl.concat(frames)


def _joined(parts: list[pl.Expr], separator: str) -> pl.Expr:
    if not parts:
        return pl.lit("")
    return pl.concat_str(parts, separator=separator, ignore_nulls=True)


def _period(layout: DatencsvLayout) -> pl.Expr:
    time = pl.col(f"c{layout.time}")
    if layout.part_of_year is None:
        return time
    marks = MONTHS | {f"{n}. {word}": quarter_mark(f"{n}. {word}") or ""
                      for n in range(1, 5) for word in ("Quartal", "quarter")}  # fmt: skip
    part = pl.col(f"c{layout.part_of_year}")
    return time + part.replace_strict(marks, default=" ?", return_dtype=pl.String)


def _part(place: int, dimension: Dimension) -> pl.Expr:
    """The column's part of the breakdown, null for totals."""
    return (
        pl.col(f"c{place}")
        .map_batches(lambda column: _translated(column, dimension), return_dtype=pl.String)
        .alias(f"part{place}")
    )


def _translated(column: pl.Series, dimension: Dimension) -> pl.Series:
    parts = {label: dimension.part(label) for label in column.unique().to_list()}
    return column.replace_strict(parts, return_dtype=pl.String)


def _label(place: int, dimension: Dimension) -> pl.Expr:
    cell = pl.col(f"c{place}")
    is_total = cell.is_in([*TOTALS, ""])
    return pl.when(~is_total).then(pl.lit(f"{dimension.label}: ") + cell).alias(f"label{place}")
