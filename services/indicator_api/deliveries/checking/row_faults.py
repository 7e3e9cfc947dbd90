"""Findings about the rows of one batch: where a mask says so, row, column and text are noted."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.findings import FindingList

_EPOCH = date(1970, 1, 1)
_TEXTS = {
    "area": "area_key",
    "period": "period_raw",
    "measure": "measure_key",
    "breakdown": "breakdown",
    "value": "value_raw",
    "quality": "quality_raw",
}


class RowFaults:
    """Adds findings about a batch's rows; `columns` names the sender's columns."""

    def __init__(
        self, findings: FindingList, batch: pl.DataFrame, columns: Mapping[str, str]
    ) -> None:
        self._findings = findings
        self._batch = batch
        self._columns = columns

    def note(
        self,
        code: str,
        what: str,
        is_faulty: NDArray[np.bool_],
        hints: Sequence[str] | None = None,
    ) -> None:
        """A finding for each row so marked; `hints` are one for each of these rows."""
        if not is_faulty.any():
            return
        faulty = self._batch.filter(pl.Series(is_faulty)).select(
            "row", *self._place_columns(), value=pl.col(_TEXTS[what])
        )
        if hints is not None:
            faulty = faulty.with_columns(hint=pl.Series(hints, dtype=pl.String))
        if what != "value" or "value_column" not in faulty.columns:
            self._findings.add_rows(code, self._columns[what], faulty)
            return
        for (name,), rows in faulty.group_by("value_column", maintain_order=True):
            self._findings.add_rows(code, str(name) or self._columns["value"], rows)

    def _place_columns(self) -> list[str]:
        # in a wide table the value columns have names of their own
        return ["value_column"] if "value_column" in self._batch.columns else []

    def ended(self, is_faulty: NDArray[np.bool_], valid_to: NDArray[np.int32]) -> None:
        """A value for an area that was no more at the end of the period."""
        self.note("area_ended", "area", is_faulty, _told(valid_to[is_faulty]))

    def not_yet(self, is_doubtful: NDArray[np.bool_], valid_from: NDArray[np.int32]) -> None:
        """A value for an area that was not yet at the end of the period."""
        self.note("area_not_yet", "area", is_doubtful, _told(valid_from[is_doubtful]))

    def unreadable_values(self, values: pl.DataFrame) -> None:
        """What stands in a value's place and is none; `values` as `NumberReader` gives them."""
        problems: pl.Series = values["problem"]
        if problems.null_count() == problems.len():
            return
        for code in sorted(problems.drop_nulls().unique().to_list()):
            what = "quality" if code == "quality_unknown" else "value"
            is_faulty: NDArray[Any] = (problems == code).fill_null(value=False).to_numpy()
            self.note(code, what, is_faulty)


def _told(days: NDArray[np.int32]) -> list[str]:
    """Days since 1970 as dates."""
    return [f"{_EPOCH + timedelta(days=day):%d.%m.%Y}" for day in days.tolist()]
