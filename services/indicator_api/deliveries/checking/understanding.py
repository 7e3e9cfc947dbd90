"""What was understood of a file: what, where, when, how many; and its first rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.periods.rules import Period, parse_period

PREVIEW_ROWS = 10
_LONGEST_TEXT = 200
_COLUMNS = ["Zeile", "Gebiet", "Messgröße", "Zeitraum", "Aufgliederung", "Wert"]


class Understanding:
    """Gathers, batch by batch, what a file is about."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        areas = registers.areas
        highest = int(areas["area_id"].max() or 0) if areas.height else 0  # type: ignore[arg-type]
        self._is_there = np.zeros(highest + 1, dtype=np.bool_)
        self._first: list[pl.DataFrame] = []
        self._first_areas: list[int] = []

    def note(self, batch: pl.DataFrame, area_ids: NDArray[np.int32]) -> None:
        """Take a batch into account; `area_ids` are those of its rows, 0 for unknown ones."""
        self._is_there[area_ids] = True
        missing = PREVIEW_ROWS - len(self._first_areas)
        if missing > 0 and batch.height:
            self._first.append(batch.head(missing))
            self._first_areas += area_ids[:missing].tolist()

    def summary(
        self, periods: Mapping[str, Period], measure_names: Mapping[str, str]
    ) -> dict[str, Any]:
        """Names and numbers for the sender; `measure_names` by the keys that the file uses."""
        ids = np.flatnonzero(self._is_there)
        ids = ids[ids != 0]
        areas = self._registers.areas.unique("area_id").filter(
            pl.col("area_id").is_in(pl.Series(ids, dtype=pl.Int32).implode())
        )
        return {
            "measures": sorted(set(measure_names.values())),
            "periods": [
                period.label for period in sorted(periods.values(), key=lambda item: item.end_on)
            ],
            "levels": self._levels(areas),
            "areas": len(ids),
            "preview": self._preview(areas, measure_names),
        }

    def _levels(self, areas: pl.DataFrame) -> list[dict[str, Any]]:
        labels = self._registers.kind_labels
        counts = dict(areas.group_by("area_kind").len().iter_rows())
        return [
            {"kind": kind, "label": label, "count": counts[kind]}
            for kind, label in labels.items()
            if kind in counts
        ]

    def _preview(self, areas: pl.DataFrame, measure_names: Mapping[str, str]) -> dict[str, Any]:
        names = dict(areas.select("area_id", "area_name").iter_rows())
        shown = []
        rows = [row for batch in self._first for row in batch.iter_rows(named=True)]
        for row, area_id in zip(rows, self._first_areas, strict=True):
            name = names.get(area_id, "unbekannt")
            period = parse_period(row["period_raw"])
            shown.append(
                [
                    str(row["row"]),
                    f"{name} ({row['area_key']})",
                    measure_names.get(row["measure_key"], row["measure_key"]),
                    row["period_raw"] if period is None else period.label,
                    row["breakdown_label"] or row["breakdown"] or "Insgesamt",
                    row["value_raw"],
                ]
            )
        rows_shown = [[text and text[:_LONGEST_TEXT] for text in row] for row in shown]
        return {"columns": _COLUMNS, "rows": rows_shown}
