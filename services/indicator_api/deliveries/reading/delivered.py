"""A recognised delivery: whatever the file looked like, rows of the same texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.reading.raw import RawTable

COLUMNS = (
    "row",
    "area_key",
    "period_raw",
    "measure_key",
    "breakdown",
    "breakdown_label",
    "value_raw",
    "status_raw",
    "quality_raw",
    "value_column",
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as rows of texts, in which format it came, and what was assumed.

    `columns` leads from `area`, `period`, `measure`, `breakdown`, `value`, `status` and `quality`
    to the sender's names of these columns, for findings. `total_rows` is an upper bound of the
    rows, where it is known. `faults` are complete when the batches have been read to their end,
    see `RawTable`.
    """

    format: str
    format_label: str
    notes: tuple[Finding, ...]
    columns: dict[str, str]
    total_rows: int | None
    faults: FindingList
    read: Callable[[], Iterator[pl.DataFrame]] = field(repr=False)

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows some at a time, with `COLUMNS`; `row` (UInt32) is the line in the file.

        A line of a table with several columns of values gives several rows: `value_column` names
        the column of each, "" where there is but one. All other columns are texts, "" if empty.
        """
        return self.read()


def from_table(
    table: RawTable,
    name: str,
    label: str,
    columns: dict[str, str],
    rows_of: Callable[[pl.DataFrame], pl.DataFrame],
    *,
    cells_per_row: int = 1,
) -> Delivered:
    """A delivery whose batches are made of the table's, one by one."""

    def read() -> Iterator[pl.DataFrame]:
        return (rows_of(batch).select(COLUMNS) for batch in table.batches())

    total = None if table.total_rows is None else table.total_rows * cells_per_row
    return Delivered(name, label, table.notes, columns, total, table.faults, read)
