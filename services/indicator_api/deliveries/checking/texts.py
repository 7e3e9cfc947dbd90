"""Distinct texts of a column as numbers, batch by batch: each text is read once in a file."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class TextNumbers:
    """Numbers the distinct texts of a column in the order in which they first appear.

    A cast to an enumeration finds the numbers in a fifth of the time that a join takes.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._kind = pl.Enum([])

    def numbers(self, column: pl.Series) -> Numbers:
        """The number of each text of a column without nulls; unseen texts get the next ones."""
        cast = column.cast(self._kind, strict=False)
        if cast.null_count():
            unseen = column.filter(cast.is_null()).unique(maintain_order=True)
            self.texts += unseen.to_list()
            self._kind = pl.Enum(self.texts)
            cast = column.cast(self._kind)
        return cast.to_physical().to_numpy().astype(np.int64)
