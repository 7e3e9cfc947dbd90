"""Proposing how a table is to be read, from its names and contents, with what must be asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.mapping.area_columns import (
    AreaGuess,
    AreaWords,
    find_area,
)
from services.indicator_api.deliveries.mapping.breakdown_columns import (
    Splitting,
    split_columns,
)
from services.indicator_api.deliveries.mapping.document import (
    AreaSource,
    ColumnSource,
    Mapping,
    MeasureSource,
    PeriodSource,
    ValueColumn,
)
from services.indicator_api.deliveries.mapping.measure_words import MeasureGuess, MeasureWords
from services.indicator_api.deliveries.mapping.period_parts import find_part
from services.indicator_api.deliveries.mapping.period_texts import period_in
from services.indicator_api.deliveries.mapping.profiles import Column, profiles_of
from services.indicator_api.deliveries.mapping.questions import (
    Question,
    is_measure_meant,
    questions_about,
    what_splits,
    which_areas,
    which_measures,
)
from services.indicator_api.deliveries.mapping.value_columns import (
    ValueHead,
    find_values,
    says_nothing,
    settle_rests,
)
from services.indicator_api.deliveries.mapping.words import (
    PERIOD_NAMES,
    QUALITY_NAMES,
    STATISTICS,
    STATUS_NAMES,
)
from services.indicator_api.deliveries.reading.raw import RawTable

_PERIODS = 0.9
_MOST_YEARS = 80
_STATISTIC = re.compile(r"(?<!\d)(\d{5})(?!\d)")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known beside the table: what the sender said, what the dataset holds so far."""

    filename: str | None = None
    area: str | None = None
    period: str | None = None
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping as far as it could be found. Without questions it can be used as it is."""

    mapping: Mapping
    questions: tuple[Question, ...] = field(default=())

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.mapping.missing()


def propose(table: RawTable, registers: Registers, hints: Hints) -> Proposal:
    """How the table is to be read, as far as names and the first rows tell."""
    return _Proposer(table, registers, hints).proposal()


class _Proposer:
    def __init__(self, table: RawTable, registers: Registers, hints: Hints) -> None:
        self._table = table
        self._hints = hints
        self._columns, self._sample = profiles_of(table)
        self._areas = AreaWords(registers)
        self._measures = MeasureWords(registers.measures)
        self._questions: list[Question] = []

    def proposal(self) -> Proposal:
        left = list(self._columns)
        status = _take_named(left, STATUS_NAMES)
        quality = _take_named(left, QUALITY_NAMES)
        period_column = None if self._hints.period else self._take_period(left)
        part = None if period_column is None else find_part(period_column, left)
        if part is not None:
            left.remove(part.column)
        area = None if self._hints.area else find_area(left, self._areas, self._sample)
        if area is not None:
            left.remove(area.column)
        heads = self._values(left)
        figures = {head.column.name for head in heads}
        left = [column for column in left if column.name not in figures]
        places = (
            period_column,
            part.column if part is not None else None,
            area.column if area is not None else None,
        )
        keys = [column for column in places if column is not None]
        split = split_columns(left, keys, self._sample, self._measures)
        measure = self._measure(heads, split)
        period = self._period(period_column, heads)
        if period is not None and part is not None:
            period = period.model_copy(update={"part": part.source})
        mapping = Mapping(
            sheet=self._table.sheet if len(self._table.sheets) > 1 else None,
            header_rows=self._table.header_rows,
            skip_rows=self._table.skip_rows,
            area=self._area(area),
            period=period,
            measure=measure,
            values=[_value_column(head, measure, period) for head in heads],
            breakdowns=list(split.breakdowns),
            status=status,
            quality=quality,
            unit_factor=_factors(heads, measure),
            left_out=[column.name for column in split.unused],
        )
        self._ask_what_is_missing(mapping, area, split)
        self._ask_about_doubles(mapping, keys, split)
        return Proposal(mapping, tuple(self._questions))

    def _take_period(self, left: list[Column]) -> Column | None:
        """The column of periods, taken from those left."""
        rated = []
        for column in left:
            if column.period_share < _PERIODS or column.distinct > 5_000:
                continue
            is_named = PERIOD_NAMES.search(column.folded) is not None
            is_plain = column.holds_numbers
            if is_named or not is_plain or column.distinct <= _MOST_YEARS < 2 * len(column.texts):
                rated.append((is_named, not is_plain, -column.place, column))
            elif column.distinct <= _MOST_YEARS:
                rated.append((False, False, -column.place, column))
        if not rated:
            return None
        best: Column = max(rated, key=lambda item: item[:3])[3]
        left.remove(best)
        return best

    def _values(self, left: Sequence[Column]) -> list[ValueHead]:
        heads = find_values(left, self._measures)
        settle_rests(heads)
        return heads

    def _area(self, guess: AreaGuess | None) -> AreaSource | None:
        if self._hints.area:
            return AreaSource(fixed=self._hints.area)
        return None if guess is None else guess.source

    def _period(self, column: Column | None, heads: Sequence[ValueHead]) -> PeriodSource | None:
        if self._hints.period:
            return PeriodSource(fixed=self._hints.period)
        if column is not None:
            return PeriodSource(column=column.name)
        periods = {head.period for head in heads}
        if len(periods) == 1 and (period := next(iter(periods))) is not None:
            return PeriodSource(fixed=period)
        if None not in periods:
            return None
        for text in self._surroundings():
            found = period_in(text)
            if found is not None:
                return PeriodSource(fixed=found[0])
        return None

    def _measure(self, heads: Sequence[ValueHead], split: Splitting) -> MeasureSource | None:
        """One measure for the whole table, if there is; None where the heads say it."""
        if split.measure is not None:
            return split.measure
        found = [head.measure for head in heads if head.measure is not None]
        codes = {guess.code for guess in found}
        if len(found) == len(heads) and len(codes) > 1:
            self._ask_about_doubts(heads)
            return None
        if len(codes) == 1 and all(says_nothing(head) or head.measure for head in heads):
            best = max(found, key=lambda guess: guess.certainty)
            self._ask_if_doubtful(best, heads[0].column.name)
            return MeasureSource(fixed=best.code)
        if codes or not all(says_nothing(head) or len(heads) == 1 for head in heads):
            return None
        return self._measure_from_surroundings()

    def _measure_from_surroundings(self) -> MeasureSource | None:
        best: tuple[MeasureGuess, str] | None = None
        for text in self._surroundings():
            named = (STATISTICS.get(number, number) for number in _STATISTIC.findall(text))
            for words in (text, *named, *re.split(r"[_\s:.]+", text)):
                guess = self._measures.find(words)
                if guess is not None and (best is None or guess.certainty > best[0].certainty):
                    best = (guess, text)
        if best is None:
            of_dataset = set(self._hints.measures)
            return MeasureSource(fixed=of_dataset.pop()) if len(of_dataset) == 1 else None
        self._ask_if_doubtful(*best)
        return MeasureSource(fixed=best[0].code)

    def _surroundings(self) -> list[str]:
        """Titles, sheet and file name: what is said around the table, the nearest first."""
        name = (self._hints.filename or "").rpartition(".")[0]
        table = self._table
        return [*reversed(table.titles), *([table.sheet] if table.sheet else []), name]

    def _ask_if_doubtful(self, guess: MeasureGuess, text: str) -> None:
        if not guess.is_certain:
            self._ask(is_measure_meant(text, guess.code))

    def _ask_about_doubts(self, heads: Sequence[ValueHead]) -> None:
        for head in heads:
            if head.measure is not None:
                self._ask_if_doubtful(head.measure, head.column.name)

    def _ask(self, question: Question) -> None:
        if question not in self._questions:
            self._questions.append(question)

    def _ask_what_is_missing(
        self, mapping: Mapping, area: AreaGuess | None, split: Splitting
    ) -> None:
        for question in questions_about(mapping):
            self._ask(question)
        if area is not None and area.unknown:
            self._ask(which_areas(area.column.name, area.unknown))
        if split.unknown_measures:
            self._ask(which_measures(split.unknown_measures))

    def _ask_about_doubles(
        self, mapping: Mapping, keys: Sequence[Column], split: Splitting
    ) -> None:
        """Two rows that say the same of the same: something that splits them was not seen."""
        if mapping.missing() or not self._sample.height:
            return
        places = {column.name: column.place for column in self._columns}
        used = [column.place for column in keys]
        used += [places[item.column] for item in split.breakdowns]
        if mapping.measure is not None and mapping.measure.column is not None:
            used.append(places[mapping.measure.column])
        rows = self._sample.select(pl.struct(*(f"c{place}" for place in used)) if used else "row")
        doubled = rows.to_series().is_duplicated().sum()
        if doubled:
            self._ask(what_splits(int(doubled)))


def _take_named(left: list[Column], names: re.Pattern[str]) -> ColumnSource | None:
    for column in left:
        if names.search(column.folded):
            left.remove(column)
            return ColumnSource(column=column.name)
    return None


def _value_column(
    head: ValueHead, measure: MeasureSource | None, period: PeriodSource | None
) -> ValueColumn:
    """What only this column's head says."""
    return ValueColumn(
        column=head.column.name,
        measure=head.measure.code if measure is None and head.measure is not None else None,
        period=head.period if period is None else None,
        breakdown=head.breakdown,
    )


def _factors(heads: Sequence[ValueHead], measure: MeasureSource | None) -> dict[str, float]:
    factors: dict[str, float] = {}
    for head in heads:
        code = head.measure.code if head.measure is not None else None
        if measure is not None and measure.fixed is not None:
            code = measure.fixed
        if head.is_in_thousands and code is not None:
            factors[code] = 1000.0
    return factors
