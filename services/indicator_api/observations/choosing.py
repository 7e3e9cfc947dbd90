"""Which slices meet, and which of them a question is about; no input or output."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.indicator_api.observations.plan import (
    FigureDefinition,
    Pair,
    PartDefinition,
    Slice,
    Step,
)
from services.indicator_api.observations.planning import Known
from services.indicator_api.observations.question import ALL, Question
from services.indicator_api.periods.rules import Period, parse_period
from services.indicator_api.releases.rules import AUDIENCES
from services.shared.problems import FieldError, Invalid

_AUDIENCE_ORDER: dict[str, int] = {audience: order for order, audience in enumerate(AUDIENCES)}
RANGE = ".."


def definitions_of(known: Known, question: Question) -> tuple[FigureDefinition, ...]:
    """The definitions asked for, in the order of the question, one for each breakdown."""
    order = {code: place for place, code in enumerate((*question.indicators, *question.measures))}
    rows = sorted(
        known.figures,
        key=lambda row: (order.get(row["code"], 0), row["position"], row["code"]),
    )
    return tuple(
        _definition(row, breakdown_id, known)
        for row in rows
        for breakdown_id in _breakdowns_of(row, known, question)
    )


def _breakdowns_of(row: dict[str, Any], known: Known, question: Question) -> list[int]:
    if not question.breakdowns:
        return [row["numerator_breakdown_id"]]
    if ALL in question.breakdowns:
        measure = row["numerator_measure_id"]
        found = {item[1] for item in known.slices if item[0] == measure}
        return sorted(found or {row["numerator_breakdown_id"]}, key=known.breakdowns.__getitem__)
    ids = {code: id_ for id_, code in known.breakdowns.items()}
    return [ids[code] for code in dict.fromkeys(question.breakdowns)]


def _definition(row: dict[str, Any], breakdown_id: int, known: Known) -> FigureDefinition:
    denominator = None
    if row["denominator_measure_id"] is not None:
        denominator = PartDefinition(
            row["denominator_measure_id"],
            row["denominator_breakdown_id"],
            row["denominator_dataset_id"],
            row["denominator_kind"],
        )
    return FigureDefinition(
        **{
            name: row[name]
            for name in ("code", "name", "unit", "kind", "decimals", "polarity", "question")
        },
        factor=float(row["factor"]),
        numerator=PartDefinition(
            row["numerator_measure_id"],
            breakdown_id,
            row["numerator_dataset_id"],
            row["numerator_kind"],
        ),
        denominator=denominator,
        takes_nearest_denominator=bool(row["takes_nearest"]),
        version=row["version"],
        breakdown=known.breakdowns[breakdown_id],
        breakdown_label=known.breakdown_labels[breakdown_id],
        is_measure=row["is_measure"],
        breaks=tuple((item["on"], item["detail"]) for item in row["breaks"]),
    )


def pairs_of(
    figure: int, definition: FigureDefinition, known: Known, pinned_dataset: int | None
) -> list[Pair]:
    """Each numerator slice with the denominators that it meets, the newest first.

    There are several where several datasets hold the denominator, each for other areas.
    `pinned_dataset` is that of a release that is asked for by its id.
    """
    numerators = _slices_of(definition.numerator, known, pinned_dataset)
    if definition.denominator is None:
        return [Pair(figure, numerator, None) for numerator in numerators]
    denominators = _slices_of(definition.denominator, known, pinned_dataset)
    if pinned_dataset is not None and bool(numerators) != bool(denominators):
        # the release asked for holds one part; the other one stands in another dataset
        numerators = numerators or _slices_of(definition.numerator, known, None)
        denominators = denominators or _slices_of(definition.denominator, known, None)
    takes_nearest = definition.takes_nearest_denominator
    return [
        Pair(figure, numerator, denominator)
        for numerator in numerators
        for denominator in _meeting(numerator, denominators, takes_nearest=takes_nearest)
    ]


def _meeting(
    numerator: Slice, denominators: Sequence[Slice], *, takes_nearest: bool
) -> list[Slice]:
    if not takes_nearest:
        return [item for item in denominators if item.period_id == numerator.period_id]
    day = numerator.end_on
    nearest = min((abs((item.end_on - day).days) for item in denominators), default=0)
    return [item for item in denominators if abs((item.end_on - day).days) == nearest]


def _slices_of(part: PartDefinition, known: Known, pinned_dataset: int | None) -> list[Slice]:
    """The slices of a part: of each dataset the narrowest audience's release, newest first."""
    is_pinned = pinned_dataset is not None and part.dataset_id in (None, pinned_dataset)
    found = []
    for measure_id, breakdown_id, series_id, number, period_id, kinds, of_pinned in known.slices:
        if (measure_id, breakdown_id) != (part.measure_id, part.breakdown_id):
            continue
        series = known.series.get((series_id, number))
        if series is None or of_pinned != is_pinned:
            continue
        if part.dataset_id in (None, series.dataset_id):
            period = known.periods[period_id]
            found.append(
                Slice(
                    series,
                    period_id,
                    period["code"],
                    period["kind"],
                    period["start_on"],
                    period["end_on"],
                    kinds,
                )
            )
    narrowest: dict[int, int] = {}
    for item in found:
        order = _AUDIENCE_ORDER[item.series.audience]
        dataset = item.series.dataset_id
        narrowest[dataset] = min(order, narrowest.get(dataset, order))
    kept = [
        item
        for item in found
        if _AUDIENCE_ORDER[item.series.audience] == narrowest[item.series.dataset_id]
    ]
    return sorted(
        kept, key=lambda item: (item.end_on, item.period_id, -item.series.id), reverse=True
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """Which kinds of areas figures can be had for: from own cells, or from those of others.

    `ranks` is the rank of each kind, the smaller areas the greater; `composed` says for which
    kinds and days figures come together through events and sets.
    """

    ranks: dict[str, int]
    composed: Sequence[tuple[str, str, date]]
    valid_on: date

    def is_own(self, pair: Pair, levels: Iterable[str]) -> bool:
        """Whether areas of these levels have cells of their own."""
        return any(level in pair.numerator.kinds for level in levels)

    def is_derivable(self, pair: Pair, levels: Iterable[str], definition: FigureDefinition) -> bool:
        """Whether areas of these levels may have figures from the cells of other areas."""
        if pair.additivity != "not_additive" and adds(definition):
            smallest = max((self.ranks[kind] for kind in pair.numerator.kinds), default=0)
            if any(self.ranks.get(level, 1000) < smallest for level in levels):
                return True
        wanted = set(levels)
        day = pair.numerator.end_on
        return any(
            kind in wanted
            and (
                way == "set"
                or (way == "earlier" and day < until)
                or (way == "later" and self.valid_on < until)
            )
            for kind, way, until in self.composed
        )


def adds(definition: FigureDefinition) -> bool:
    """Whether its parts may be added: a rate that was delivered ready never is."""
    return all(part.kind != "rate" for part in definition.parts)


def choose(
    pairs: Sequence[Pair], question: Question, definition: FigureDefinition, reach: Reach
) -> list[Pair]:
    """The pairs of the periods asked for, else of the newest one, else of all for a series."""
    levels = question.choice.levels
    fitting = list(pairs)
    if levels:
        fitting = [
            pair
            for pair in pairs
            if reach.is_own(pair, levels) or reach.is_derivable(pair, levels, definition)
        ]
    if question.periods:
        wanted = [period_test(raw) for raw in question.periods]
        return [pair for pair in fitting if any(test(pair.numerator) for test in wanted)]
    if question.choice.codes:
        return fitting
    # the newest one that was delivered for the level comes before a newer one that is derived
    best = [pair for pair in fitting if reach.is_own(pair, levels)] or fitting
    return [pair for pair in fitting if pair.numerator.period_id == best[0].numerator.period_id]


def period_test(raw: str) -> Callable[[Slice], bool]:
    """Whether a slice is of the period, or lies in the range, that a text names."""
    first, is_range, last = raw.partition(RANGE)
    if not is_range:
        asked = period_of(raw)
        return lambda item: item.period_id == asked.id
    start = period_of(first).start_on if first.strip() else date.min
    end = period_of(last).end_on if last.strip() else date.max
    if start > end:
        detail = f"„{raw}“ endet, bevor es beginnt. Gemeint ist vielleicht „{last}{RANGE}{first}“."
        raise Invalid(
            "period_reversed", detail, errors=[FieldError("period", "period_reversed", detail)]
        )
    return lambda item: start <= item.start_on and item.end_on <= end


def period_of(raw: str, parameter: str = "period") -> Period:
    """The period that a text names; raises `Invalid` that points at the parameter."""
    period = parse_period(raw)
    if period is None:
        detail = f"„{raw}“ ist keine Zeitangabe, die gelesen wird."
        raise Invalid(
            "period_unreadable", detail, errors=[FieldError(parameter, "period_unreadable", detail)]
        )
    return period


def steps_of(
    chosen: Sequence[Pair], pairs: Sequence[Pair], question: Question
) -> tuple[list[Step], list[Pair]]:
    """For figures derived from other periods: which ones, and the pairs that are needed for it."""
    of_figure: dict[int, dict[int, Slice]] = {}
    for pair in pairs:
        of_figure.setdefault(pair.figure, {}).setdefault(pair.numerator.period_id, pair.numerator)
    steps: dict[tuple[int, int], Step] = {}
    for pair in chosen:
        key = (pair.figure, pair.numerator.period_id)
        if key not in steps:
            others = _other_periods(pair.numerator, of_figure[pair.figure].values(), question)
            slices = (pair.numerator, *others)
            steps[key] = Step(
                pair.figure,
                tuple(item.period_id for item in slices),
                tuple(_label(item.period) for item in slices),
            )
    needed = {(step.figure, period_id) for step in steps.values() for period_id in step.period_ids}
    kept = [pair for pair in pairs if (pair.figure, pair.numerator.period_id) in needed]
    return list(steps.values()), kept


def _label(code: str) -> str:
    period = parse_period(code)
    return code if period is None else period.label


def _other_periods(own: Slice, others: Iterable[Slice], question: Question) -> list[Slice]:
    """The periods that a figure is derived from, its own aside; fewer where one is missing."""
    alike = [item for item in others if item.period_kind == own.period_kind]
    if question.derive == "rolling3":
        days = [_years_before(own.end_on, years) for years in (1, 2)]
        return [item for day in days for item in alike if item.end_on == day]
    if question.change_from is not None:
        start = period_of(question.change_from, "change_from")
        return [item for item in others if item.period_id == start.id != own.period_id]
    earlier = [item for item in alike if item.end_on < own.end_on]
    return [max(earlier, key=lambda item: item.end_on)] if earlier else []


def _years_before(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - years, 2, 28)
    return day.replace(year=day.year - years)
