"""GENESIS flat files as deliveries."""

import re

import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.delivered import Delivered, from_table
from services.indicator_api.deliveries.reading.ffcsv_layout import (
    FfcsvLayout,
    Variable,
    find_ffcsv,
)
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.facts.breakdowns import TOTAL

# Variables of GENESIS whose attributes are area keys, the finest level first.
_AREA_VARIABLES = (
    re.compile(r"GEMEIN\w*|GEOGM\d"),
    re.compile(r"GEOVB\d|VERBAND\w*"),
    re.compile(r"KREISE\w*|GEOLK\d"),
    re.compile(r"REGBEZ\w*|GEORB\d"),
    re.compile(r"DLAND|GEOBL\d"),
    re.compile(r"DINSG|GEODL\d"),
)
# Parts of a year, which stand beside the year as a variable of their own: {variable: mark}.
_PARTS_OF_YEAR = {"QUARTG": "-Q", "MONAT": "-"}
_LABELS = {
    True: ("ffcsv_2025", "GENESIS Flat File (ab 2025)"),
    False: ("ffcsv_2024", "GENESIS Flat File (bis 2024)"),
}
_LOOKED_AT = 5_000


def is_area_variable(code: str) -> bool:
    """Whether a variable's attributes are areas; the origin of persons (HERKLD) is none."""
    return _level(code) is not None


def _level(code: str) -> int | None:
    for level, pattern in enumerate(_AREA_VARIABLES):
        if pattern.fullmatch(code):
            return level
    return None


def recognise_ffcsv(table: RawTable, *, area: str | None = None) -> Delivered | None:
    """The delivery if the table is a flat file; `area` is the one it is about if it names none.

    Raises `UnreadableError` if columns are missing, or no area is known.
    """
    layout = find_ffcsv(table)
    if layout is None:
        return None
    head = table.head(_LOOKED_AT)
    place = _area_variable(layout, head)
    if place is None and area is None:
        raise UnreadableError(Finding("area_not_given", row=table.head_row))
    part = next(
        (v for v in layout.variables if _first(head, v.code) in _PARTS_OF_YEAR),
        None,
    )
    others = [v for v in layout.variables if v not in (place, part)]
    reader = _FfcsvRows(layout, place, area or "", part, others, table.names)
    name, label = _LABELS[layout.is_new]
    return from_table(
        table,
        name,
        label,
        reader.columns(),
        reader.rows_of,
        cells_per_row=len(layout.values),
    )


def _first(head: pl.DataFrame, place: int) -> str:
    return str(head[f"c{place}"].first() or "").strip()


def _area_variable(layout: FfcsvLayout, head: pl.DataFrame) -> Variable | None:
    """The variable that holds areas and nothing else; of several, the one of the finest level."""
    found: list[tuple[int, int, Variable]] = []
    for variable in layout.variables:
        codes = head[f"c{variable.code}"].unique().to_list()
        levels = [_level(code.strip()) for code in codes]
        known = [level for level in levels if level is not None]
        if known and len(known) == len(levels):
            found.append((min(known), variable.number, variable))
    return min(found)[2] if found else None


class _FfcsvRows:
    """Makes rows of a flat file's lines."""

    def __init__(
        self,
        layout: FfcsvLayout,
        place: Variable | None,
        area: str,
        part: Variable | None,
        others: list[Variable],
        names: tuple[str, ...],
    ) -> None:
        self._layout = layout
        self._place = place
        self._area = area
        self._part = part
        self._others = others
        self._names = names

    def columns(self) -> dict[str, str]:
        """The names in the sender's file."""
        layout, names = self._layout, self._names
        value = names[layout.values[0].place]
        first = self._others[0] if self._others else self._place
        return {
            "area": names[self._place.attribute_code] if self._place else "",
            "period": names[layout.time],
            "measure": value if layout.measure is None else names[layout.measure],
            "breakdown": names[first.attribute_code] if first else "",
            "value": value,
            "status": value,
            "quality": value if layout.quality is None else names[layout.quality],
        }

    def rows_of(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The rows of some lines, one a value column."""
        layout = self._layout
        variables = [v for v in layout.variables if v is not self._place]
        batch = batch.with_columns(
            pl.col(f"c{place}").str.strip_chars()
            for v in variables
            for place in (v.code, v.attribute_code, v.attribute_label)
        )
        quality = pl.lit("") if layout.quality is None else pl.col(f"c{layout.quality}")
        common = batch.select(
            "row",
            self._area_key().alias("area_key"),
            self._period().alias("period_raw"),
            self._breakdown(batch).alias("breakdown"),
            self._breakdown_label().alias("breakdown_label"),
            pl.lit("").alias("status_raw"),
            quality.alias("quality_raw"),
        )
        is_one = len(layout.values) == 1
        frames = []
        for value in layout.values:
            frames.append(
                common.with_columns(
                    batch[f"c{value.place}"].alias("value_raw"),
                    (
                        pl.lit(value.measure)
                        if layout.measure is None
                        else batch[f"c{layout.measure}"].str.strip_chars()
                    ).alias("measure_key"),
                    pl.lit("" if is_one else self._names[value.place]).alias("value_column"),
                )
            )
        return frames[0] if is_one else pl.concat(frames)

    def _area_key(self) -> pl.Expr:
        if self._place is None:
            return pl.lit(self._area)
        return pl.col(f"c{self._place.attribute_code}").str.strip_chars()

    def _period(self) -> pl.Expr:
        """The period; where parts of a year are a variable of their own, both together."""
        time = pl.col(f"c{self._layout.time}").str.strip_chars()
        if self._part is None:
            return time
        code = pl.col(f"c{self._part.code}")
        attribute = pl.col(f"c{self._part.attribute_code}")
        mark = code.replace_strict(_PARTS_OF_YEAR, default="?", return_dtype=pl.String)
        number = attribute.str.extract(r"(\d{1,2})$", 1).fill_null("?")
        return pl.when(attribute == "").then(time).otherwise(time + mark + number)

    def _breakdown(self, batch: pl.DataFrame) -> pl.Expr:
        """The canonical breakdown from the variables that are neither area nor time."""
        if not self._others:
            return pl.lit(TOTAL)
        parts = {
            v.number: pl.when(pl.col(f"c{v.attribute_code}") != "").then(
                pl.col(f"c{v.code}") + "=" + pl.col(f"c{v.attribute_code}")
            )
            for v in self._others
        }
        codes = {v.number: batch[f"c{v.code}"].unique().to_list() for v in self._others}
        if all(len(found) == 1 for found in codes.values()):
            ordered = sorted(parts, key=lambda number: codes[number][0])
            return pl.concat_str(
                [parts[number] for number in ordered], separator="|", ignore_nulls=True
            )
        return pl.concat_list(list(parts.values())).list.drop_nulls().list.sort().list.join("|")

    def _breakdown_label(self) -> pl.Expr:
        if not self._others:
            return pl.lit("")
        parts = [
            pl.when(pl.col(f"c{v.attribute_code}") != "").then(
                pl.col(f"c{v.label}") + ": " + pl.col(f"c{v.attribute_label}")
            )
            for v in self._others
        ]
        return pl.concat_str(parts, separator=", ", ignore_nulls=True)
