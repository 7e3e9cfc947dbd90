"""Opening a delivered file: in which format it came, and its rows in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from services.indicator_api.deliveries.reading import formats

ROWS_PER_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class InBatches:
    """A delivery read whole, handed out in batches."""

    whole: formats.Delivered

    @property
    def columns(self) -> dict[str, str]:
        """The sender's names of the columns."""
        return self.whole.columns

    @property
    def format(self) -> str:
        """Code of the format."""
        return self.whole.format

    @property
    def format_label(self) -> str:
        """Name of the format."""
        return self.whole.format_label

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows, some at a time."""
        return iter(self.whole.rows.iter_slices(ROWS_PER_BATCH))


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be checked."""

    delivered: InBatches
    total_rows: int | None


def open_delivered(file: Path, delivery: dict[str, Any]) -> Opened:
    """Recognise the format; raises `UnreadableError` with the reason."""
    whole = formats.read_delivery(file.read_bytes(), delivery["content_type"])
    return Opened(InBatches(whole), whole.rows.height)
