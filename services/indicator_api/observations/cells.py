"""SQL for the released cells of a plan: numerator and denominator of an area, met by grouping.

Statuses are those of `facts.status`. A part "speaks" if its holder said something about the
area: a value, nothing, hidden, unknown, unreliable, blocked; "later" and "not available" leave
room for a figure that is made from other areas.
"""

from typing import Any

from services.indicator_api.facts.status import Status
from services.indicator_api.observations.choosing import adds
from services.indicator_api.observations.plan import (
    ADDITIVITIES,
    FigureDefinition,
    FigurePlan,
    Pair,
)
from services.indicator_api.observations.uncertainty import interval_of

# how a value is made from its parts
PLAIN, RATIO, DIFFERENCE = 0, 1, 2
SILENT = f"({int(Status.LATER)}, {int(Status.NOT_AVAILABLE)})"

_PAIRED = """
    SELECT c.area_id, w.pair,
        max(c.value) FILTER (WHERE w.is_numerator) AS numerator,
        max(c.status) FILTER (WHERE w.is_numerator) AS numerator_status,
        max(c.value) FILTER (WHERE NOT w.is_numerator) AS denominator,
        max(c.status) FILTER (WHERE NOT w.is_numerator) AS denominator_status,
        bit_or(c.quality) AS quality
    FROM unnest(
        CAST(:slice_series AS integer[]), CAST(:slice_numbers AS integer[]),
        CAST(:slice_periods AS integer[]), CAST(:slice_measures AS integer[]),
        CAST(:slice_breakdowns AS integer[]), CAST(:slice_pairs AS integer[]),
        CAST(:slice_is_numerator AS boolean[]), CAST(:slice_shows_blocked AS boolean[])
    ) AS w (series_id, number, period_id, measure_id, breakdown_id, pair, is_numerator,
        shows_blocked)
    JOIN indicator.released_cell AS c
        ON c.measure_id = w.measure_id AND c.period_id = w.period_id
        AND c.breakdown_id = w.breakdown_id AND c.series_id = w.series_id
        AND c.released_from <= w.number AND c.released_to > w.number
        AND (NOT c.is_blocked OR w.shows_blocked) {areas}
    GROUP BY c.area_id, w.pair
    HAVING bool_or(w.is_numerator)
"""
_TRAIT_TYPES = {
    "pair": "integer",
    "figure": "integer",
    "moment": "integer",
    "day": "date",
    "factor": "double precision",
    "formula": "integer",
    "interval": "integer",
    "caution": "integer",
    "adds": "boolean",
}


def traits(plan: FigurePlan) -> str:
    """A relation `t` with one row a pair: its figure, its period, how its value is made."""
    if len(plan.pairs) == 1:
        # a row of constants, which the planner folds away
        columns = ", ".join(
            f"(CAST(:trait_{name} AS {kind}[]))[1] AS {name}" for name, kind in _TRAIT_TYPES.items()
        )
        return f"(SELECT {columns}) AS t"
    arrays = ", ".join(f"CAST(:trait_{name} AS {kind}[])" for name, kind in _TRAIT_TYPES.items())
    return f"unnest({arrays}) AS t ({', '.join(_TRAIT_TYPES)})"


def has_rivals(plan: FigurePlan) -> bool:
    """Whether several datasets may hold a figure of the same area and period."""
    return len({(pair.figure, pair.numerator.period_id) for pair in plan.pairs}) < len(plan.pairs)


def best_of(cells_query: str, *, prefers_adding: bool = False) -> str:
    """Of rows of `paired_cells` one an area, figure and period.

    One with both parts comes first, then the order of the plan's pairs; among parts of a sum
    those that may be added come before all others.
    """
    adding = "c.adds DESC," if prefers_adding else ""
    return f"""
        SELECT DISTINCT ON (c.figure, c.moment, c.area_id) c.* FROM ({cells_query}) AS c
        ORDER BY c.figure, c.moment, c.area_id, {adding} c.is_partial, c.pair
    """


def cells(plan: FigurePlan, areas: str = "", *, prefers_adding: bool = False) -> str:
    """A query like `paired_cells`, with one row an area, figure and period."""
    query = paired_cells(plan, areas)
    return best_of(query, prefers_adding=prefers_adding) if has_rivals(plan) else query


def paired_cells(plan: FigurePlan, areas: str = "") -> str:
    """A query for `area_id, pair, figure, moment, numerator, denominator, status, quality` and
    the traits; one row an area and pair of the plan.

    `status` is that of the parts together; a denominator of zero is not looked at yet, since it
    may be one of several parts. `areas` is a further condition on the cells `c`.
    """
    return f"""
        SELECT g.area_id, g.pair, t.figure, t.moment, g.numerator, g.denominator,
            t.day, {_status()} AS status, g.quality, t.factor, t.formula, t.interval, t.caution,
            t.adds, g.denominator_status IS NULL AS is_partial
        FROM ({_PAIRED.format(areas=areas)}) AS g
        JOIN {traits(plan)} ON t.pair = g.pair
    """


def _status() -> str:
    hidden, missing = int(Status.HIDDEN), int(Status.NOT_AVAILABLE)
    return f"""
        CASE
            WHEN t.formula = {PLAIN} THEN g.numerator_status
            WHEN g.numerator_status = {hidden} OR g.denominator_status = {hidden} THEN {hidden}
            WHEN g.numerator_status NOT IN (0, 1) THEN g.numerator_status
            WHEN COALESCE(g.denominator_status, {missing}) NOT IN (0, 1)
                THEN COALESCE(g.denominator_status, {missing})
            ELSE {int(Status.VALUE)}
        END
    """


def cell_values(plan: FigurePlan) -> dict[str, Any]:
    """The values that `cells` and `traits` bind."""
    slices = []
    for number, pair in enumerate(plan.pairs):
        definition = plan.definitions[pair.figure]
        slices.append((number, pair.numerator, definition.numerator, True))
        if pair.denominator is not None and definition.denominator is not None:
            slices.append((number, pair.denominator, definition.denominator, False))
    rows = [_traits_of(number, pair, plan) for number, pair in enumerate(plan.pairs)]
    return {
        "slice_series": [item.series.id for _, item, _, _ in slices],
        "slice_numbers": [item.series.number for _, item, _, _ in slices],
        "slice_periods": [item.period_id for _, item, _, _ in slices],
        "slice_measures": [part.measure_id for _, _, part, _ in slices],
        "slice_breakdowns": [part.breakdown_id for _, _, part, _ in slices],
        "slice_pairs": [number for number, _, _, _ in slices],
        "slice_shows_blocked": [item.series.shows_blocked for _, item, _, _ in slices],
        "slice_is_numerator": [is_numerator for _, _, _, is_numerator in slices],
    } | {f"trait_{name}": [row[place] for row in rows] for place, name in enumerate(_TRAIT_TYPES)}


def _traits_of(number: int, pair: Pair, plan: FigurePlan) -> tuple[Any, ...]:
    definition = plan.definitions[pair.figure]
    return (
        number,
        pair.figure,
        pair.numerator.period_id,
        pair.numerator.end_on,
        definition.factor,
        formula_of(definition),
        int(interval_of(definition, is_sample=pair.is_sample)),
        ADDITIVITIES.index(pair.additivity),
        pair.additivity != "not_additive" and adds(definition),
    )


def formula_of(definition: FigureDefinition) -> int:
    """How a value of the definition is made from its parts."""
    if definition.denominator is None:
        return PLAIN
    return DIFFERENCE if definition.kind == "difference" else RATIO
