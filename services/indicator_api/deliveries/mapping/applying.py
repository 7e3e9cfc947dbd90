"""Reading a table as its mapping says: wide tables become long, own words become codes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.mapping.area_columns import AreaWords
from services.indicator_api.deliveries.mapping.document import (
    AreaSource,
    BreakdownColumn,
    Mapping,
    MeasureSource,
    PeriodPart,
    PeriodSource,
    ValueColumn,
)
from services.indicator_api.deliveries.mapping.period_texts import (
    canonical_period,
    period_of_parts,
)
from services.indicator_api.deliveries.reading.delivered import COLUMNS, Delivered
from services.indicator_api.deliveries.reading.raw import ROWS_PER_BATCH, RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

FORMAT = "mapped"
FORMAT_LABEL = "Eigene Tabelle, nach Zuordnung gelesen"
# what the parts of a mapping are called to those who make one
PART_NAMES = {
    "area": "das Gebiet",
    "period": "der Zeitraum",
    "measure": "die Messgröße",
    "values": "mindestens eine Spalte mit Werten",
}
_SHOWN_NAMES = 40
_SCHEMA = [(name, pl.UInt32() if name == "row" else pl.String()) for name in COLUMNS]
_BETWEEN = "\x1f"
_SEPARATORS = {"|": "/", "=": "-"}


def fault_of(
    names: tuple[str, ...], mapping: Mapping, *, may_be_incomplete: bool = False
) -> Finding | None:
    """Why a mapping cannot be used for a table with these columns, if so."""
    missing = mapping.missing()
    if missing and not may_be_incomplete:
        parts = ", ".join(PART_NAMES[part] for part in missing)
        return Finding("mapping_incomplete", hint=f"Noch offen: {parts}.")
    unknown = [name for name in dict.fromkeys(mapping.columns()) if name not in names]
    if not unknown:
        return None
    shown = ", ".join(f"„{name}“" for name in names[:_SHOWN_NAMES])
    more = len(names) - _SHOWN_NAMES
    there = f"{shown} und {more} weitere" if more > 0 else shown
    lost = ", ".join(f"„{name}“" for name in unknown)
    return Finding(
        "mapping_column_missing",
        column=unknown[0],
        value=unknown[0],
        hint=f"In der Datei fehlt: {lost}. Ihre Spalten sind: {there}.",
    )


def apply_mapping(table: RawTable, mapping: Mapping, registers: Registers) -> Delivered:
    """The rows of a table as its mapping says; the registers know the names of areas.

    Where a unit is multiplied the batches have one more column, `factor` (Float64). Raises
    `UnreadableError` if the mapping is incomplete or names a column that the table has not.
    """
    fault = fault_of(table.names, mapping)
    if fault is not None:
        raise UnreadableError(fault)
    return read_as_mapped(table, mapping, registers)


def read_as_mapped(table: RawTable, mapping: Mapping, registers: Registers) -> Delivered:
    """The rows as far as a mapping says what they are; all its columns must be there."""
    reader = _MappedReader(table, mapping, registers)
    count = len(mapping.values)
    return Delivered(
        format=FORMAT,
        format_label=FORMAT_LABEL,
        notes=table.notes,
        columns=_sender_columns(mapping),
        total_rows=None if table.total_rows is None else table.total_rows * count,
        faults=table.faults,
        read=reader.batches,
    )


def _sender_columns(mapping: Mapping) -> dict[str, str]:
    """The sender's names, for findings; where a column's head says it, that column's name."""
    value = mapping.values[0].column if mapping.values else ""
    sources = {
        "area": mapping.area,
        "period": mapping.period,
        "measure": mapping.measure,
        "status": mapping.status,
        "quality": mapping.quality,
    }
    named = {
        part: value if source is None or source.column is None else source.column
        for part, source in sources.items()
    }
    breakdown = mapping.breakdowns[0].column if mapping.breakdowns else value
    return named | {"breakdown": breakdown, "value": value}


@dataclass(slots=True)
class _Empty:
    """The empty cells that were left out: how many, and the first of them."""

    count: int = 0
    row: int | None = None
    column: str | None = None

    def note(self, rows: pl.Series, column: str) -> None:
        if rows.len():
            if self.row is None:
                self.row, self.column = int(rows[0]), column
            self.count += rows.len()

    def tell(self, findings: FindingList) -> None:
        if self.count:
            hint = f"{self.count:,}".replace(",", ".")
            findings.add(Finding("cells_empty", row=self.row, column=self.column, hint=hint))


@dataclass(slots=True)
class _MappedReader:
    table: RawTable
    mapping: Mapping
    registers: Registers
    _places: dict[str, int] = field(init=False)
    _areas: AreaWords = field(init=False)

    def __post_init__(self) -> None:
        if self.mapping.area is not None and self.mapping.area.by_name:
            self._areas = AreaWords(self.registers)
        self._places = {name: number for number, name in enumerate(self.table.names)}

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows, about as many at a time as other formats hand out."""
        size = max(1_000, ROWS_PER_BATCH // max(len(self.mapping.values), 1))
        empty = _Empty()
        has_rows = False
        for batch in self.table.batches(size):
            rows = self._rows(batch, empty)
            if rows.height:
                has_rows = True
                yield rows
        if not has_rows:
            self.table.faults.add(Finding("nothing_delivered"))
        empty.tell(self.table.faults)

    def _rows(self, batch: pl.DataFrame, empty: _Empty) -> pl.DataFrame:
        batch = batch.with_columns(pl.exclude("row").str.strip_chars())
        for only in self.mapping.only:
            wanted = [text.strip() for text in only.equals]
            batch = batch.filter(self._cell(only.column).is_in(wanted))
        area = self.mapping.area
        common = batch.select(
            "row",
            self._area(area, batch).alias("area_key") if area else pl.lit("").alias("area_key"),
            self._period(self.mapping.period, batch).alias("period_raw"),
            self._measure(self.mapping.measure).alias("measure_key"),
            *self._parts(),
            self._optional(self.mapping.status).alias("status_raw"),
            self._optional(self.mapping.quality).alias("quality_raw"),
        )
        frames = [self._values(common, batch, item, empty) for item in self.mapping.values]
        return pl.concat(frames) if frames else pl.DataFrame(schema=_SCHEMA)

    def _values(
        self, common: pl.DataFrame, batch: pl.DataFrame, item: ValueColumn, empty: _Empty
    ) -> pl.DataFrame:
        """The rows of one column of values."""
        frame = common.with_columns(batch[f"c{self._places[item.column]}"].alias("value_raw"))
        if item.status is not None:
            signs = batch[f"c{self._places[item.status.column]}"]
            frame = frame.with_columns(signs.alias("status_raw"))
        if self.mapping.empty == "left_out":
            is_empty = (frame["value_raw"] == "") & (frame["status_raw"] == "")
            if is_empty.any():
                empty.note(frame["row"].filter(is_empty), item.column)
                frame = frame.filter(~is_empty)
        constants = [f"{variable}={_plain(code)}" for variable, code in item.breakdown.items()]
        labels = [pl.lit(item.column)] if constants else []
        count = len(self.mapping.breakdowns)
        parts = [pl.col(f"part{number}") for number in range(count)]
        told = [pl.col(f"label{number}") for number in range(count)]
        frame = frame.with_columns(
            _joined([*map(pl.lit, constants), *parts], "|").alias("breakdown"),
            _joined([*labels, *told], ", ").alias("breakdown_label"),
            pl.lit(item.column if len(self.mapping.values) > 1 else "").alias("value_column"),
        )
        if item.period is not None:
            frame = frame.with_columns(period_raw=pl.lit(canonical_period(item.period)))
        if item.measure is not None:
            frame = frame.with_columns(measure_key=pl.lit(item.measure))
        if not self.mapping.unit_factor:
            return frame.select(COLUMNS)
        factor = pl.col("measure_key").replace_strict(
            self.mapping.unit_factor, default=1.0, return_dtype=pl.Float64
        )
        return frame.select(*COLUMNS, factor.alias("factor"))

    def _cell(self, name: str) -> pl.Expr:
        return pl.col(f"c{self._places[name]}")

    def _optional(self, source: object) -> pl.Expr:
        name = getattr(source, "column", None)
        return pl.lit("") if name is None else self._cell(name)

    def _area(self, source: AreaSource, batch: pl.DataFrame) -> pl.Expr:
        if source.column is None:
            return pl.lit(f"{source.prefix}{source.fixed}")
        text = self._cell(source.column)
        if source.by_name:
            texts = batch[f"c{self._places[source.column]}"].unique().to_list()
            keys = {name: self._areas.key_named(name, source.kind) or name for name in texts}
            return _coded(text, keys | source.codes, text)
        number = text
        if source.digits is not None:
            is_number = text.str.contains(r"^\d+$")
            number = pl.when(is_number).then(text.str.zfill(source.digits)).otherwise(text)
        key = pl.when(text == "").then(text).otherwise(pl.lit(source.prefix) + number)
        return _coded(text, source.codes, key)

    def _period(self, source: PeriodSource | None, batch: pl.DataFrame) -> pl.Expr:
        if source is None:
            return pl.lit("")
        if source.column is None:
            return pl.lit(canonical_period(str(source.fixed)))
        if source.part is not None:
            return self._period_of_parts(source.column, source.part, batch)
        cell = batch[f"c{self._places[source.column]}"]
        codes = {text: canonical_period(text) for text in cell.unique().to_list()}
        codes |= {text.strip(): code for text, code in source.codes.items()}
        return self._cell(source.column).replace_strict(
            codes, default=self._cell(source.column), return_dtype=pl.String
        )

    def _period_of_parts(self, column: str, part: PeriodPart, batch: pl.DataFrame) -> pl.Expr:
        """Year and month, or year and quarter, of two columns as one period."""
        year, within = self._cell(column), self._cell(part.column)
        both = pl.concat_str([year, within], separator=_BETWEEN)
        codes = {}
        for text in batch.select(both.unique()).to_series().to_list():
            told, _, within_year = text.partition(_BETWEEN)
            codes[text] = period_of_parts(told, within_year, part.kind)
        return both.replace_strict(codes, default=both, return_dtype=pl.String)

    def _measure(self, source: MeasureSource | None) -> pl.Expr:
        if source is None:
            return pl.lit("")
        if source.column is None:
            return pl.lit(source.fixed)
        cell = self._cell(source.column)
        return _coded(cell, source.codes, cell)

    def _parts(self) -> list[pl.Expr]:
        """For each breakdown column its part of the breakdown and its label, null for a total."""
        found = []
        for number, item in enumerate(self.mapping.breakdowns):
            cell = self._cell(item.column)
            is_total = cell.is_in(["", *(text.strip() for text in item.totals)])
            part = _coded(cell, _full_codes(item), _with_variable(item, cell))
            label = pl.lit(f"{item.column}: ") + cell
            found += [
                pl.when(~is_total).then(part).alias(f"part{number}"),
                pl.when(~is_total).then(label).alias(f"label{number}"),
            ]
        return found


def _coded(text: pl.Expr, codes: dict[str, str], otherwise: pl.Expr) -> pl.Expr:
    if not codes:
        return otherwise
    meant = {text.strip(): code for text, code in codes.items()}
    return text.replace_strict(meant, default=otherwise, return_dtype=pl.String)


def _full_codes(item: BreakdownColumn) -> dict[str, str]:
    return {
        text: code if "=" in code else f"{item.variable}={_plain(code)}"
        for text, code in item.codes.items()
    }


def _with_variable(item: BreakdownColumn, cell: pl.Expr) -> pl.Expr:
    """The text itself as the code, without the two signs that a breakdown is written with."""
    for sign, other in _SEPARATORS.items():
        cell = cell.str.replace_all(sign, other, literal=True)
    return pl.lit(f"{item.variable}=") + cell


def _plain(code: str) -> str:
    for sign, other in _SEPARATORS.items():
        code = code.replace(sign, other)
    return code


def _joined(parts: list[pl.Expr], separator: str) -> pl.Expr:
    if not parts:
        return pl.lit("")
    return pl.concat_str(parts, separator=separator, ignore_nulls=True)
