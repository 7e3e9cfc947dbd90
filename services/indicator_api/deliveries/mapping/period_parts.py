"""Finding the column of months or quarters that belongs to a column of years."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.indicator_api.deliveries.mapping.document import PeriodPart
from services.indicator_api.deliveries.mapping.period_texts import part_number, period_in
from services.indicator_api.deliveries.mapping.profiles import Column
from services.indicator_api.deliveries.mapping.words import is_total

_MONTH_HEAD = re.compile(r"\b(?:monat|monate|month|mon)\b")
_QUARTER_HEAD = re.compile(r"\b(?:quartal|quartale|quarter|vierteljahr|vj)\b")
_YEAR = re.compile(r"\d{4}")
# how many of a column's texts must be months or quarters
_NEARLY_ALL = 0.9
_MOST = 13


@dataclass(frozen=True, slots=True)
class FoundPart:
    """The column, and how it belongs to that of the years."""

    column: Column
    source: PeriodPart


def find_part(years: Column, others: Iterable[Column]) -> FoundPart | None:
    """The column that says which month or quarter of the year a row is about, if there is one.

    Numbers are months or quarters only under a head that says so; names of months are it anyway.
    """
    if not all(_YEAR.fullmatch((period_in(text) or ("", ""))[0]) for text in years.texts):
        return None
    for column in others:
        texts = [text for text in column.texts if not is_total(text)]
        if not texts or column.distinct > _MOST:
            continue
        is_wordy = not any(text.strip(". ").isdigit() for text in texts)
        if _are("month", texts) and (is_wordy or _MONTH_HEAD.search(column.folded)):
            return FoundPart(column, PeriodPart(column=column.name, kind="month"))
        if _are("quarter", texts) and _QUARTER_HEAD.search(column.folded):
            return FoundPart(column, PeriodPart(column=column.name, kind="quarter"))
    return None


def _are(kind: Literal["month", "quarter"], texts: list[str]) -> bool:
    """Whether nearly all texts name a month or quarter."""
    found = sum(part_number(text, kind) is not None for text in texts)
    return found >= _NEARLY_ALL * len(texts)
