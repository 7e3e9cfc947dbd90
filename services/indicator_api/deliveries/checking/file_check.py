"""Checking a file batch by batch against the registers; pure, no input or output.

What a row alone tells is judged with its batch. What only the whole file tells (how numbers are
written, areas without any figure, rows that stand twice) is settled at the end over the compact
arrays that are kept of each row, see `settling`.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.checking.cell_store import CellStore, SortedCells
from services.indicator_api.deliveries.checking.places import NO_AREA, AreaKeys, Places
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.checking.row_faults import RowFaults
from services.indicator_api.deliveries.checking.settling import settle, without_faults
from services.indicator_api.deliveries.checking.texts import Numbers, TextNumbers
from services.indicator_api.deliveries.checking.understanding import Understanding
from services.indicator_api.deliveries.checking.vocabulary import (
    UNREAD,
    Breakdowns,
    Measures,
    Periods,
)
from services.indicator_api.deliveries.checking.written_forms import WrittenForms
from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.reading.numbers import NumberReader
from services.indicator_api.facts.status import Status
from services.indicator_api.periods.rules import Period

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the sender asked for: only one's own areas; the valid rows alone."""

    own_areas_only: bool = False
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The outcome. `cells` are empty where nothing may be taken.

    `breakdown` in the cells is the place of the breakdown in `breakdown_labels`, `value_column`
    that of the sender's name in `value_columns`. `counts`: `rows` that the file holds, `refused`
    because of a fault, `left_out` because they are about areas of others.
    """

    cells: SortedCells
    periods: dict[str, Period]
    breakdown_labels: dict[str, str]
    value_columns: tuple[str, ...]
    findings: FindingList
    counts: dict[str, int]
    understood: dict[str, Any] = field(default_factory=dict)

    @property
    def is_acceptable(self) -> bool:
        """Whether anything of it can be taken."""
        return self.cells.height > 0

    def with_findings(self, found: FindingList, *, is_partial: bool) -> "CheckedFile":
        """The outcome with what a later look at the cells has found."""
        self.findings.extend(found)
        cells, refused = without_faults(self.cells, self.findings, is_partial=is_partial)
        return replace(self, cells=cells, counts=self.counts | {"refused": refused})


class FileCheck:
    """The check of one file: `add` its batches in their order, then `finish`."""

    def __init__(
        self,
        columns: dict[str, str],
        registers: Registers,
        options: CheckOptions,
        expected_rows: int | None = None,
    ) -> None:
        self.findings = FindingList()
        self.rows = 0
        self._columns = columns
        self._options = options
        self._registers = registers
        self._left_out = 0
        self._cells = CellStore(expected_rows)
        self._periods = Periods()
        self._measures = Measures(registers.measures)
        self._breakdowns = Breakdowns()
        self._areas = AreaKeys(registers)
        self._value_columns = TextNumbers([""])
        self._numbers = NumberReader()
        self._forms = WrittenForms()
        self._understanding = Understanding(registers)

    def add(self, batch: pl.DataFrame) -> None:
        """Check the next rows; `reading.delivered` says which columns they have."""
        self.rows += batch.height
        keys = self._areas.numbers(batch["area_key"])
        periods = self._periods.numbers(batch["period_raw"])
        places = self._areas.places(keys, self._periods.ends[periods])
        if self._options.own_areas_only:
            is_own = self._is_own(keys, places)
            if not is_own.all():
                self._left_out += int((~is_own).sum())
                batch = batch.filter(pl.Series(is_own))
                keys, periods, places = keys[is_own], periods[is_own], places.only(is_own)
        measures = self._measures.numbers(batch["measure_key"])
        breakdowns = self._breakdowns.numbers(batch["breakdown"], batch["breakdown_label"])
        values = _in_unit(
            self._numbers.read(batch.select("value_raw", "status_raw", "quality_raw")), batch
        )
        self._understanding.note(batch, places.area_id)
        faults = RowFaults(self.findings, batch, self._columns)
        is_named = self._named(faults, periods, measures, breakdowns)
        is_placed = self._placed(faults, places, keys)
        is_readable = self._valued(
            faults, values, self._measures.is_count[measures], places, self._periods.ends[periods]
        )
        self._keep(
            batch,
            is_named & is_placed & is_readable,
            {
                "row": batch["row"].to_numpy(),
                "measure_id": self._measures.ids[measures],
                "period_id": self._periods.ids[periods],
                "breakdown": self._breakdowns.places[breakdowns],
                "area_id": places.area_id,
                "status": values["status"].to_numpy(),
                "quality": values["quality"].to_numpy(),
                "form": values["form"].to_numpy(),
                "value": values["value"].fill_null(float("nan")).to_numpy(),
            }
            | self._of_wide_table(batch),
        )

    def _of_wide_table(self, batch: pl.DataFrame) -> dict[str, NDArray[Any]]:
        """In which column each value stands, if the table has several of them."""
        if not batch.height or batch["value_column"][0] == "":
            return {}
        return {"value_column": self._value_columns.numbers(batch["value_column"])}

    def _keep(self, batch: pl.DataFrame, is_kept: Marks, columns: dict[str, NDArray[Any]]) -> None:
        if not is_kept.all():
            columns = {name: values[is_kept] for name, values in columns.items()}
            batch = batch.filter(pl.Series(is_kept))
        self._forms.note(batch, columns["form"])
        self._cells.append(columns)

    def _is_own(self, keys: Numbers, places: Places) -> Marks:
        """Rows that concern the sender: of its own areas, or of a key that would lie in them.

        An unknown key in a file about all of Germany belongs to others, unless it begins as
        one's own do: then it may be a slip.
        """
        roots = self._registers.roots
        could_be = np.array([not key or key.startswith(roots) for key in self._areas.texts])
        is_unknown = places.area_id == NO_AREA
        is_own: Marks = places.is_allowed | (is_unknown & could_be[keys])
        return is_own

    def _named(
        self, faults: RowFaults, periods: Numbers, measures: Numbers, breakdowns: Numbers
    ) -> Marks:
        """Rows whose period, measure and breakdown are understood; the others are found."""
        has_period = self._periods.ids[periods] != UNREAD
        has_measure = self._measures.ids[measures] != UNREAD
        has_breakdown = self._breakdowns.places[breakdowns] >= 0
        faults.note("period_unreadable", "period", ~has_period)
        faults.note("measure_unknown", "measure", ~has_measure)
        faults.note("breakdown_malformed", "breakdown", ~has_breakdown)
        is_named: Marks = has_period & has_measure & has_breakdown
        return is_named

    def _placed(self, faults: RowFaults, places: Places, keys: Numbers) -> Marks:
        """Rows about an area that is the sender's; the others are found."""
        is_known = places.area_id != NO_AREA
        is_foreign = is_known & ~places.is_allowed
        if not is_known.all():
            is_empty = np.array([key == "" for key in self._areas.texts])[keys]
            faults.note("area_missing", "area", ~is_known & is_empty)
            faults.note("area_unknown", "area", ~is_known & ~is_empty)
        faults.note("area_not_yours", "area", is_foreign & ~places.is_restored)
        if places.is_restored.any():
            for code, is_meant in (
                ("key_lost_zero", places.is_restored & is_foreign),
                ("key_zero_restored", places.is_restored & ~is_foreign),
            ):
                hints = [self._areas.restored[number] for number in keys[is_meant].tolist()]
                faults.note(code, "area", is_meant, hints)
        is_placed: Marks = is_known & ~is_foreign
        return is_placed

    def _valued(
        self,
        faults: RowFaults,
        values: pl.DataFrame,
        is_count: Marks,
        places: Places,
        period_ends: NDArray[np.int32],
    ) -> Marks:
        """Rows with a value or a sign that can be; the others are found."""
        faults.unreadable_values(values)
        negative = (values["value"] < 0).fill_null(value=False).to_numpy()
        faults.note("value_negative", "value", is_count & negative)
        has_value = (values["status"] == int(Status.VALUE)).to_numpy()
        faults.ended(has_value & (places.valid_to <= period_ends), places.valid_to)
        known_since = np.maximum(period_ends, self._areas.first_day)
        faults.not_yet(has_value & (places.valid_from > known_since), places.valid_from)
        is_readable: Marks = values["problem"].is_null().to_numpy()
        return is_readable

    def finish(self) -> CheckedFile:
        """Settle what the whole file tells: the cells that may be taken, and all findings."""
        if self._left_out:
            hint = f"{self._left_out:,}".replace(",", ".")
            self.findings.add(Finding("left_out", hint=hint))
        labels, places = self._breakdowns.in_order()
        self._cells["breakdown"][:] = places[self._cells["breakdown"]]
        self._forms.settle(
            self._cells, self._numbers.notation(), self.findings, self._columns["value"]
        )
        cells = settle(self._cells, self.findings, self._areas, self._columns["area"])
        cells, refused = without_faults(cells, self.findings, is_partial=self._options.is_partial)
        return CheckedFile(
            cells=cells,
            periods=self._periods.read,
            breakdown_labels=labels,
            value_columns=(self._columns["value"], *self._value_columns.texts[1:]),
            findings=self.findings,
            counts={
                "rows": self.rows,
                "checked_rows": self.rows,
                "refused": refused,
                "left_out": self._left_out,
            },
            understood=self._understanding.summary(self._periods.read, self._measures.names),
        )


def _in_unit(values: pl.DataFrame, batch: pl.DataFrame) -> pl.DataFrame:
    """Values in the measure's unit, where a mapping says that the table has another one."""
    if "factor" not in batch.columns:
        return values
    # 15 digits are exact, what lies behind them comes from multiplying
    exact = (pl.col("value") * batch["factor"]).round_sig_figs(15)
    return values.with_columns(value=exact)
