"""Finding the columns that break figures down, or name the measure, among those left over."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from services.indicator_api.deliveries.mapping.document import BreakdownColumn, MeasureSource
from services.indicator_api.deliveries.mapping.measure_words import MeasureWords
from services.indicator_api.deliveries.mapping.profiles import Column
from services.indicator_api.deliveries.mapping.words import (
    IDENTIFIER_NAMES,
    attribute_of,
    is_total,
    variable_of,
)

_MOST_ATTRIBUTES = 150
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Splitting:
    """What the columns left over say: breakdowns, perhaps the measure; `unused` say nothing new."""

    breakdowns: tuple[BreakdownColumn, ...]
    measure: MeasureSource | None
    unused: tuple[Column, ...]
    unknown_measures: tuple[str, ...] = ()


def split_columns(
    columns: Sequence[Column], keys: Sequence[Column], sample: pl.DataFrame, words: MeasureWords
) -> Splitting:
    """Sort the columns left over; `keys` are those that say where and when.

    A column is not needed where it is constant, tells no more than a key does (the area's name),
    or no more than another column does (a number beside its text).
    """
    measure_column = _measure_column(columns, words)
    needed = [
        column
        for column in columns
        if column is not measure_column
        and 1 < column.distinct <= _MOST_ATTRIBUTES
        and not _follows(column, keys, sample)
    ]
    # of two that say the same, the one with words is kept
    needed.sort(key=lambda column: (_is_number_of(column), -column.distinct, column.place))
    kept: list[Column] = []
    groups: dict[str, Column] = {}
    for column in needed:
        finer = next((other for other in kept if _follows(column, [other], sample)), None)
        if finer is None:
            kept.append(column)
        elif not _is_number_of(column) and column.distinct < finer.distinct:
            groups.setdefault(finer.name, column)
    kept.sort(key=lambda column: column.place)
    measure = None
    unknown: tuple[str, ...] = ()
    if measure_column is not None:
        measure, unknown = _measure_source(measure_column, words)
    breakdowns = []
    for column in kept:
        breakdown, told = _breakdown(column, groups.get(column.name), sample, words)
        breakdowns.append(breakdown)
        measure = measure or told
    used = {breakdown.column for breakdown in breakdowns}
    if measure_column is not None:
        used.add(measure_column.name)
    unused = tuple(column for column in columns if column.name not in used)
    return Splitting(tuple(breakdowns), measure, unused, unknown)


def _is_number_of(column: Column) -> bool:
    return column.holds_codes or IDENTIFIER_NAMES.search(column.folded) is not None


def _follows(column: Column, others: Sequence[Column], sample: pl.DataFrame) -> bool:
    """Whether any one of the others settles a column's text."""
    for other in others:
        pairs = sample.select(f"c{other.place}", f"c{column.place}").unique().height
        if pairs == sample[f"c{other.place}"].n_unique():
            return True
    return False


def _measure_column(columns: Sequence[Column], words: MeasureWords) -> Column | None:
    """The column most of whose texts are measures for certain."""
    best, best_share = None, _ENOUGH
    for column in columns:
        found = sum(_certain(text, words) is not None for text in column.texts)
        share = found / max(len(column.texts), 1)
        if share > best_share or (share == best_share and best is None and found > 0):
            best, best_share = column, share
    return best


def _certain(text: str, words: MeasureWords) -> str | None:
    guess = words.find(text)
    return guess.code if guess is not None and guess.is_certain else None


def _measure_source(column: Column, words: MeasureWords) -> tuple[MeasureSource, tuple[str, ...]]:
    codes, unknown = {}, []
    for text in column.texts:
        code = _certain(text, words)
        if code is None:
            unknown.append(text)
        elif code != text:
            codes[text] = code
    if len(column.texts) == 1 and not unknown:
        return MeasureSource(fixed=codes.get(column.texts[0], column.texts[0])), ()
    return MeasureSource(column=column.name, codes=codes), tuple(unknown)


def _breakdown(
    column: Column, group: Column | None, sample: pl.DataFrame, words: MeasureWords
) -> tuple[BreakdownColumn, MeasureSource | None]:
    """How a column splits figures; and the measure, where one of its texts is one.

    Where another column groups its texts („Einwohner nach Alter“: „00 - < 03“, …), each group is
    a variable of its own.
    """
    of_group = {}
    if group is not None:
        pairs = sample.select(f"c{column.place}", f"c{group.place}").unique()
        of_group = {text: variable_of(name) for text, name in pairs.iter_rows()}
    codes: dict[str, str] = {}
    totals: list[str] = []
    measure = None
    variables = set()
    for text in column.texts:
        attribute = attribute_of(text)
        exact = words.find(text)
        if is_total(text):
            totals.append(text)
        elif attribute is not None:
            codes[text] = "=".join(attribute)
            variables.add(attribute[0])
        elif exact is not None and exact.certainty == 1.0 and measure is None:
            totals.append(text)
            measure = MeasureSource(fixed=exact.code)
        elif text in of_group:
            codes[text] = f"{of_group[text]}={text.replace('|', '/').replace('=', '-')}"
    variable = variable_of(column.name)
    if len(variables) == 1 and not of_group:
        variable = variables.pop()
        codes = {text: code.partition("=")[2] for text, code in codes.items()}
    return (
        BreakdownColumn(column=column.name, variable=variable, codes=codes, totals=totals),
        measure,
    )
