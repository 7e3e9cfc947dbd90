"""The periods, measures and breakdowns that a file names, each distinct text read once."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.checking.registers import MeasureEntry
from services.indicator_api.deliveries.checking.texts import Numbers, TextNumbers
from services.indicator_api.facts.breakdowns import canonical
from services.indicator_api.periods.rules import Period, parse_period

UNREAD = 0
_EPOCH = date(1970, 1, 1)


class Periods:
    """The periods of a file: by each text's number its `ids` (`UNREAD` if it names none), the
    last days in `ends` (days since 1970), and all periods `read`, by code."""

    def __init__(self) -> None:
        self._texts = TextNumbers()
        self.ids = np.empty(0, dtype=np.int32)
        self.ends = np.empty(0, dtype=np.int32)
        self.read: dict[str, Period] = {}

    def numbers(self, column: pl.Series) -> Numbers:
        """The number of each row's text."""
        numbers = self._texts.numbers(column)
        unseen = self._texts.texts[len(self.ids) :]
        if unseen:
            found = [parse_period(text) for text in unseen]
            self.read |= {period.code: period for period in found if period is not None}
            ids = [UNREAD if period is None else period.id for period in found]
            ends = [0 if period is None else (period.end_on - _EPOCH).days for period in found]
            self.ids = np.concatenate([self.ids, np.array(ids, dtype=np.int32)])
            self.ends = np.concatenate([self.ends, np.array(ends, dtype=np.int32)])
        return numbers


class Measures:
    """The measures of a file: by each text's number the `ids` (`UNREAD` if there is no such
    measure) and whether it counts something (`is_count`); the `names` of those found, by text."""

    def __init__(self, measures: dict[str, MeasureEntry]) -> None:
        self._texts = TextNumbers()
        self._register = measures
        self.ids = np.empty(0, dtype=np.int32)
        self.is_count = np.empty(0, dtype=np.bool_)
        self.names: dict[str, str] = {}

    def numbers(self, column: pl.Series) -> Numbers:
        """The number of each row's text."""
        numbers = self._texts.numbers(column)
        unseen = self._texts.texts[len(self.ids) :]
        if unseen:
            found = [self._register.get(text) for text in unseen]
            self.names |= {
                text: entry.name
                for text, entry in zip(unseen, found, strict=True)
                if entry is not None
            }
            ids = [UNREAD if entry is None else entry.id for entry in found]
            counts = [entry is not None and entry.kind == "count" for entry in found]
            self.ids = np.concatenate([self.ids, np.array(ids, dtype=np.int32)])
            self.is_count = np.concatenate([self.is_count, np.array(counts, dtype=np.bool_)])
        return numbers


class Breakdowns:
    """The breakdowns of a file: by each text's number its place among the `codes` in their
    canonical form, or -1; the codes stand in the order in which they first appear."""

    def __init__(self) -> None:
        self._texts = TextNumbers()
        self.places = np.empty(0, dtype=np.int32)
        self.codes: dict[str, int] = {}
        self._labels: dict[str, str] = {}

    def numbers(self, column: pl.Series, labels: pl.Series) -> Numbers:
        """The number of each row's text; a text's label is that of its first row."""
        numbers = self._texts.numbers(column)
        seen = len(self.places)
        unseen = self._texts.texts[seen:]
        if unseen:
            _, first_rows = np.unique(numbers, return_index=True)
            label_of = {int(numbers[row]): labels[int(row)] for row in first_rows}
            added = [
                self._place(text, label_of[number]) for number, text in enumerate(unseen, seen)
            ]
            self.places = np.concatenate([self.places, np.array(added, dtype=np.int32)])
        return numbers

    def _place(self, text: str, label: str) -> int:
        code = canonical(text)
        if code is None:
            return -1
        self._labels.setdefault(code, label)
        return self.codes.setdefault(code, len(self.codes))

    def in_order(self) -> tuple[dict[str, str], NDArray[np.int32]]:
        """The labels by code, sorted by code; and the new place for each place used so far."""
        ordered = sorted(self.codes)
        new_places = np.empty(len(ordered), dtype=np.int32)
        for new_place, code in enumerate(ordered):
            new_places[self.codes[code]] = new_place
        return {code: self._labels[code] for code in ordered}, new_places
