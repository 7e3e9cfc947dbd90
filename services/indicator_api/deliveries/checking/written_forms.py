"""Numbers that the whole file settles: is the point in „1.234“ a decimal mark or not?"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.checking.cell_store import CellStore
from services.indicator_api.deliveries.findings import MAXIMUM_STORED_PER_CODE, FindingList
from services.indicator_api.deliveries.reading.numbers import Form, Notation

_THOUSAND = 1000


class WrittenForms:
    """Keeps, of the values that are not settled yet, the first texts that a finding may show."""

    def __init__(self) -> None:
        self._texts: dict[Form, list[pl.DataFrame]] = {Form.OPEN: [], Form.POINT: []}
        self._kept = dict.fromkeys(self._texts, 0)

    def note(self, batch: pl.DataFrame, forms: NDArray[np.uint8]) -> None:
        """Take the rows of a batch into account whose cells are kept; a form for each."""
        if not forms.any():
            return
        for form, texts in self._texts.items():
            missing = MAXIMUM_STORED_PER_CODE - self._kept[form]
            places = np.flatnonzero(forms == form)[:missing]
            if len(places):
                has_names = "value_column" in batch.columns
                name = pl.col("value_column") if has_names else pl.lit("")
                texts.append(batch[places].select("row", value="value_raw", value_column=name))
                self._kept[form] += len(places)

    def settle(
        self, cells: CellStore, notation: Notation, findings: FindingList, column: str
    ) -> None:
        """Read what was left open as the file's other numbers are written, or say what is not.

        `column` is the sender's name of the column of values, where there is but one.
        """
        if not notation.is_certain:
            self._refuse("number_ambiguous", Form.OPEN, cells, findings, column)
        if notation.point_is_decimal:
            return
        is_open = cells["form"] == Form.OPEN
        cells["value"][is_open] = np.round(cells["value"][is_open] * _THOUSAND)
        self._refuse("number_invalid", Form.POINT, cells, findings, column)

    def _refuse(
        self, code: str, form: Form, cells: CellStore, findings: FindingList, column: str
    ) -> None:
        rows = cells["row"][cells["form"] == form]
        if not len(rows):
            return
        shown = pl.concat(self._texts[form])
        for (name,), texts in shown.group_by("value_column", maintain_order=True):
            findings.add_rows(code, str(name) or column, texts.drop("value_column"))
        others = rows[shown.height :]
        findings.add_rows(code, column, pl.DataFrame({"row": others, "value": [""] * len(others)}))
