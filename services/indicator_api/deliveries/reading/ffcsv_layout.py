"""The columns of GENESIS flat files: the schema since 2025 and the one before, in both languages.

Since 2025 each row has one value and the code of what it is in `value_variable_code`; before, each
measure had a column of its own, `CODE__Label__Unit`. Variables come in groups of four columns
(code and label of the variable, code and label of its attribute); some English files of the old
schema call three of the four alike, so that only their order tells them apart.
"""

import re
from dataclasses import dataclass

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

_TIME_NAMES = ("time", "zeit")
_FIRST_NAMES = ("statistics_code", "statistik_code")
_GROUP = re.compile(r"(\d+)_(variable|merkmal|auspraegung)_\w+")
_VALUE_NAMES = ("value", "value_variable_code")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's four columns, as places in the table."""

    number: int
    code: int
    label: int
    attribute_code: int
    attribute_label: int


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of values; of the old schema its name begins with the measure's code."""

    place: int
    measure: str


@dataclass(frozen=True, slots=True)
class FfcsvLayout:
    """Where a flat file has what. `measure` is a column only since 2025."""

    is_new: bool
    time: int
    variables: tuple[Variable, ...]
    values: tuple[ValueColumn, ...]
    measure: int | None
    quality: int | None


def find_ffcsv(table: RawTable) -> FfcsvLayout | None:
    """The layout if the table's head is one of a flat file.

    Raises `UnreadableError` for a flat file that lacks columns.
    """
    if len(table.header) != 1:
        return None
    names = [name.strip().lower() for name in table.header[0]]
    if not names or names[0] not in _FIRST_NAMES:
        return None
    if not any(_GROUP.fullmatch(name) or "__" in name for name in names):
        return None
    time = next((n for n, name in enumerate(names) if name in _TIME_NAMES), None)
    variables = _variables(names)
    measure: int | None = None
    values: tuple[ValueColumn, ...] = ()
    if "value_variable_code" in names or "value" in names:
        missing = [name for name in ("time", *_VALUE_NAMES) if name not in names]
        if not missing:
            measure = names.index("value_variable_code")
            values = (ValueColumn(names.index("value"), ""),)
    else:
        values = tuple(
            ValueColumn(n, name.split("__")[0])
            for n, name in enumerate(table.header[0])
            if name.count("__") >= 2
        )
        missing = ([] if time is not None else ["time"]) + ([] if values else ["value"])
    if variables is None or missing or time is None:
        told = ", ".join(missing) or "vier je Merkmal"
        hint = f"Der GENESIS-Tabelle fehlen die Spalten: {told}."
        raise UnreadableError(Finding("header_unknown", row=table.head_row, hint=hint))
    quality = names.index("value_q") if "value_q" in names else None
    return FfcsvLayout(measure is not None, time, variables, values, measure, quality)


def _variables(names: list[str]) -> tuple[Variable, ...] | None:
    """The groups of four columns whose names begin with the same number."""
    places: dict[int, list[int]] = {}
    for place, name in enumerate(names):
        match = _GROUP.fullmatch(name)
        if match is not None:
            places.setdefault(int(match[1]), []).append(place)
    if any(len(group) != 4 for group in places.values()):
        return None
    return tuple(Variable(number, *group) for number, group in sorted(places.items()))
