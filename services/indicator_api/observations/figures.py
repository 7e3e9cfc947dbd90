"""The SQL that makes figures from released cells; the one place where they are computed.

A cell of the numerator meets the cell of the denominator in the same area. Where either is
hidden the figure is hidden; where either is missing, it is missing in the same way. Aggregates
are never means of rates: a rate is only ever made from its parts.
"""

from typing import Any

from services.indicator_api.facts.status import QUALITY_SQL, STATUS_SQL, Quality, Status
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice

# Two-sided 95 % of the standard normal distribution.
Z = 1.959963984540054


def area_condition(choice: AreaChoice) -> tuple[str, dict[str, Any]]:
    """The condition on `a` (indicator.area), and its values."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if choice.codes:
        conditions.append("a.code = ANY(:area_codes)")
        values["area_codes"] = list(choice.codes)
    if choice.levels:
        conditions.append("a.kind = ANY(:levels)")
        values["levels"] = list(choice.levels)
    if choice.within is not None:
        conditions.append(
            "a.lineage && ARRAY(SELECT w.id FROM indicator.area AS w WHERE w.code = :within)"
        )
        values["within"] = choice.within
    if not choice.names_place:
        conditions.append("NOT a.is_fictional")
    return " AND ".join(conditions) or "true", values


_PAIRED_CELLS = """
    SELECT c.area_id, w.pair,
        max(c.period_id) FILTER (WHERE w.is_numerator) AS period_id,
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
        AND (NOT c.is_blocked OR w.shows_blocked)
    GROUP BY c.area_id, w.pair
    HAVING bool_or(w.is_numerator)
"""


def figure_query(plan: FigurePlan, areas: str) -> str:
    """A query for `area_id, code, name, kind, period, end_on, value, status, quality,
    numerator, denominator, lower_bound, upper_bound`; one row an area and period.

    `areas` is the condition of `area_condition`. Numerator and denominator meet by grouping,
    not by a join: at most one of each stands in an area, and the planner cannot misjudge it.
    Where several datasets hold a figure of the same area and period, one with both parts comes
    first, then the order of the plan's pairs.
    """
    has_denominator = plan.definition.denominator is not None
    status = _rate_status() if has_denominator else "c.numerator_status"
    # multiplied first: with whole parts the quotient alone is rounded
    value = "c.numerator * :factor"
    if has_denominator:
        value += " / c.denominator"
    return f"""
        SELECT DISTINCT ON (a.code, p.end_on, c.period_id)
            a.id AS area_id, a.code, a.name, a.kind, p.code AS period, p.end_on, f.status,
            CASE WHEN f.status IN (0, 1) THEN {value} END AS value,
            c.quality & {~int(Quality.FINAL) & 0x7FFF} AS quality,
            CASE WHEN f.status <> {int(Status.HIDDEN)} THEN c.numerator END AS numerator,
            CASE WHEN f.status <> {int(Status.HIDDEN)} THEN c.denominator END AS denominator,
            u.lower_bound, u.upper_bound
        FROM ({_PAIRED_CELLS}) AS c
        JOIN indicator.area AS a ON a.id = c.area_id AND {areas}
        JOIN indicator.period AS p ON p.id = c.period_id
        CROSS JOIN LATERAL (SELECT {status} AS status) AS f
        {_wilson(plan)}
        WHERE a.valid_to IS NULL OR f.status IN (0, 1)
        ORDER BY a.code, p.end_on, c.period_id, (c.denominator_status IS NULL), c.pair
    """


def _rate_status() -> str:
    missing = int(Status.NOT_AVAILABLE)
    return f"""
        CASE
            WHEN c.numerator_status = {int(Status.HIDDEN)}
                OR c.denominator_status = {int(Status.HIDDEN)} THEN {int(Status.HIDDEN)}
            WHEN c.numerator_status NOT IN (0, 1) THEN c.numerator_status
            WHEN COALESCE(c.denominator_status, {missing}) NOT IN (0, 1)
                THEN COALESCE(c.denominator_status, {missing})
            WHEN c.denominator = 0 THEN {missing}
            ELSE {int(Status.VALUE)}
        END
    """


def _wilson(plan: FigurePlan) -> str:
    """Wilson's score interval of a proportion, in the figure's unit, 95 %.

    Source: E. B. Wilson (1927), JASA 22, 209-212, as recommended for proportions in Public
    Health England, „Technical Guide: Confidence Intervals“ (2018). Not for a sample survey:
    its figures are projected, their number of cases is another.
    """
    if plan.definition.kind != "rate" or plan.definition.denominator is None or plan.is_sample:
        return (
            "CROSS JOIN (SELECT NULL::double precision AS lower_bound,"
            " NULL::double precision AS upper_bound) AS u"
        )
    half = f"{Z} * sqrt(x.p * (1 - x.p) / x.n + {Z * Z} / (4 * x.n * x.n)) / (1 + {Z * Z} / x.n)"
    centre = f"(x.p + {Z * Z} / (2 * x.n)) / (1 + {Z * Z} / x.n)"
    return f"""
        LEFT JOIN LATERAL (
            SELECT greatest({centre} - {half}, 0) * :factor AS lower_bound,
                least({centre} + {half}, 1) * :factor AS upper_bound
            FROM (
                -- PostgreSQL divides before it looks at the condition below
                SELECT c.numerator / NULLIF(c.denominator, 0) AS p, NULLIF(c.denominator, 0) AS n
            ) AS x
            WHERE x.p BETWEEN 0 AND 1 AND x.n > 0
        ) AS u ON f.status IN (0, 1)
    """


def figure_values(plan: FigurePlan) -> dict[str, Any]:
    """The values that `figure_query` binds, but for those of the areas."""
    definition = plan.definition
    slices = []
    for number, (numerator, denominator) in enumerate(plan.pairs):
        slices.append((number, numerator, definition.numerator, True))
        if denominator is not None and definition.denominator is not None:
            slices.append((number, denominator, definition.denominator, False))
    return {
        "factor": definition.factor,
        "slice_series": [item.series_id for _, item, _, _ in slices],
        "slice_numbers": [item.number for _, item, _, _ in slices],
        "slice_periods": [item.period_id for _, item, _, _ in slices],
        "slice_measures": [part.measure_id for _, _, part, _ in slices],
        "slice_breakdowns": [part.breakdown_id for _, _, part, _ in slices],
        "slice_pairs": [number for number, _, _, _ in slices],
        "slice_shows_blocked": [item.shows_blocked for _, item, _, _ in slices],
        "slice_is_numerator": [is_numerator for _, _, _, is_numerator in slices],
    }


STATUS_NAME = STATUS_SQL.format(column="q.status")
QUALITY_NAMES_ARRAY = QUALITY_SQL.format(column="q.quality")
