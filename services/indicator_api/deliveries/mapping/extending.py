"""A saved mapping for a table that has gained columns: those of a further year.

Tables that are kept from year to year grow to the right. What was said of a column holds for the
column with the same head and another period.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.indicator_api.deliveries.mapping.document import (
    ColumnSource,
    Mapping,
    ValueColumn,
)
from services.indicator_api.deliveries.mapping.period_texts import period_in


@dataclass(frozen=True, slots=True)
class Extended:
    """A mapping with the columns of further periods: their codes, and the columns of values."""

    mapping: Mapping
    periods: tuple[str, ...]
    columns: tuple[str, ...]


def extend(saved: Mapping, names: Iterable[str]) -> Extended | None:
    """A saved mapping for a table with these columns, if it lacks only those of further periods.

    None if a column that it reads is gone, or if there is a new one whose head is not, but for
    the period, that of one it knows.
    """
    there = list(names)
    mapping = _with_period_by_column(saved)
    known = {*mapping.columns(), *mapping.left_out}
    added = [name for name in there if name not in known]
    if not added or not set(mapping.columns()) <= set(there):
        return None
    new = _New(mapping, added)
    values = new.values()
    left_out = [name for name in added if new.is_left_out(name)]
    used = {item.column for item in values}
    used |= {item.status.column for item in values if item.status is not None}
    if not values or {*used, *left_out} != set(added):
        return None
    periods = sorted({item.period for item in values if item.period is not None})
    changes = {
        "values": [*mapping.values, *values],
        "left_out": [*mapping.left_out, *left_out],
    }
    return Extended(
        mapping.model_copy(update=changes), tuple(periods), tuple(item.column for item in values)
    )


def _with_period_by_column(mapping: Mapping) -> Mapping:
    """Where all heads name the one period that was fixed for the table, each says it itself."""
    fixed = mapping.period.fixed if mapping.period is not None else None
    heads = [period_in(item.column) for item in mapping.values]
    if fixed is None or any(head is None or head[0] != fixed for head in heads):
        return mapping
    values = [item.model_copy(update={"period": fixed}) for item in mapping.values]
    return mapping.model_copy(update={"period": None, "values": values})


class _New:
    """The new columns of a table, held against those that a mapping knows."""

    def __init__(self, mapping: Mapping, added: list[str]) -> None:
        self._added = {head: name for name in added if (head := period_in(name)) is not None}
        self._left_out = {
            head[1] for name in mapping.left_out if (head := period_in(name)) is not None
        }
        # only columns whose period is that of their head; the newest stands for its like
        self._known: dict[str, ValueColumn] = {}
        for item in mapping.values:
            head = period_in(item.column)
            if head is not None and head[0] == item.period:
                self._known[head[1]] = item

    def values(self) -> list[ValueColumn]:
        """The columns of values among the new ones, in the order of the table."""
        found = []
        for (period, rest), name in self._added.items():
            alike = self._known.get(rest)
            if alike is not None:
                status = self._status(alike.status, period)
                changes = {"column": name, "period": period, "status": status}
                found.append(alike.model_copy(update=changes))
        return found

    def _status(self, alike: ColumnSource | None, period: str) -> ColumnSource | None:
        """The column of signs of the same period, if the column alike had one."""
        head = period_in(alike.column) if alike is not None else None
        name = self._added.get((period, head[1])) if head is not None else None
        return ColumnSource(column=name) if name is not None else None

    def is_left_out(self, name: str) -> bool:
        """Whether a column like this one, of another period, was left out."""
        head = period_in(name)
        return head is not None and head[1] in self._left_out
