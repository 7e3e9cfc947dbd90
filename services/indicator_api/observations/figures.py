"""The SQL that makes figures from released cells; the one place where they are computed.

A cell of the numerator meets the cell of the denominator in the same area. Where either is
hidden the figure is hidden; where either is missing, it is missing in the same way. Aggregates
are never means of rates: a rate is only ever made from its parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.indicator_api.facts.status import QUALITY_SQL, STATUS_SQL, Quality, Status
from services.indicator_api.observations.plan import FigurePlan

# Two-sided 95 % of the standard normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """Which areas: those named, or those of a level (within an area).

    Fictional areas belong to no list or rank of real ones: they are shown only where the
    choice names them or an area above them.
    """

    level: str | None = None
    within: str | None = None
    codes: Sequence[str] = ()


def area_condition(choice: AreaChoice) -> tuple[str, dict[str, Any]]:
    """The condition on `a` (indicator.area), and its values."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if choice.codes:
        conditions.append("a.code = ANY(:area_codes)")
        values["area_codes"] = list(choice.codes)
    if choice.level is not None:
        conditions.append("a.kind = :level")
        values["level"] = choice.level
    if choice.within is not None:
        conditions.append(
            "a.lineage && ARRAY(SELECT w.id FROM indicator.area AS w WHERE w.code = :within)"
        )
        values["within"] = choice.within
    if not choice.codes and choice.within is None:
        conditions.append("NOT a.is_fictional")
    return " AND ".join(conditions) or "true", values


def _cells(slices: str) -> str:
    """The cells of slices given as arrays (series, release number, period, pair)."""
    return f"""
        SELECT c.area_id, c.value, c.status, c.quality, w.pair, c.period_id
        FROM unnest(CAST(:{slices}_series AS integer[]), CAST(:{slices}_number AS integer[]),
                    CAST(:{slices}_period AS integer[]), CAST(:{slices}_pair AS integer[]))
            AS w (series_id, number, period_id, pair)
        JOIN indicator.released_cell AS c
            ON c.measure_id = :{slices}_measure AND c.breakdown_id = :{slices}_breakdown
            AND c.period_id = w.period_id AND c.series_id = w.series_id
            AND c.released_from <= w.number AND c.released_to > w.number
    """


def figure_query(plan: FigurePlan, areas: str) -> str:
    """A query for `area_id, code, name, kind, rank, period_id, value, status, quality,
    numerator, denominator, lower_bound, upper_bound`; one row an area and period.

    `areas` is the condition of `area_condition`. Where several datasets hold a figure of the
    same area and period, the one whose slice comes first is taken.
    """
    has_denominator = plan.definition.denominator is not None
    denominator = (
        f"LEFT JOIN ({_cells('d')}) AS d ON d.area_id = n.area_id AND d.pair = n.pair"
        if has_denominator
        else "CROSS JOIN (SELECT 1.0::double precision AS value, 0 AS status, 0 AS quality) AS d"
    )
    return f"""
        SELECT DISTINCT ON (a.code, p.end_on, n.period_id)
            a.id AS area_id, a.code, a.name, a.kind, n.period_id, p.code AS period,
            p.end_on, f.status,
            CASE WHEN f.status IN (0, 1) THEN n.value / d.value * :factor END AS value,
            (n.quality | COALESCE(d.quality, 0)) & {~int(Quality.FINAL) & 0x7FFF} AS quality,
            CASE WHEN f.status <> {int(Status.HIDDEN)} THEN n.value END AS numerator,
            CASE WHEN f.status <> {int(Status.HIDDEN)} AND {str(has_denominator).lower()}
                THEN d.value END AS denominator,
            u.lower_bound, u.upper_bound
        FROM ({_cells("n")}) AS n
        JOIN indicator.area AS a ON a.id = n.area_id AND {areas}
        JOIN indicator.period AS p ON p.id = n.period_id
        {denominator}
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN {int(Status.HIDDEN)} IN (n.status, d.status) THEN {int(Status.HIDDEN)}
                WHEN n.status NOT IN (0, 1) THEN n.status
                WHEN COALESCE(d.status, {int(Status.NOT_AVAILABLE)}) NOT IN (0, 1)
                    THEN COALESCE(d.status, {int(Status.NOT_AVAILABLE)})
                WHEN d.value = 0 THEN {int(Status.NOT_AVAILABLE)}
                WHEN {str(has_denominator).lower()} THEN {int(Status.VALUE)}
                ELSE n.status END AS status
        ) AS f
        {_wilson(plan)}
        WHERE a.valid_to IS NULL OR f.status IN (0, 1)
        ORDER BY a.code, p.end_on, n.period_id, n.pair
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
    half = (
        f"{Z} * sqrt(x.p * (1 - x.p) / d.value + {Z * Z} / (4 * d.value * d.value))"
        f" / (1 + {Z * Z} / d.value)"
    )
    centre = f"(x.p + {Z * Z} / (2 * d.value)) / (1 + {Z * Z} / d.value)"
    return f"""
        LEFT JOIN LATERAL (
            SELECT greatest({centre} - {half}, 0) * :factor AS lower_bound,
                least({centre} + {half}, 1) * :factor AS upper_bound
            FROM (SELECT n.value / d.value AS p) AS x
            WHERE x.p BETWEEN 0 AND 1
        ) AS u ON f.status IN (0, 1) AND d.value > 0
    """


def figure_values(plan: FigurePlan) -> dict[str, Any]:
    """The values that `figure_query` binds, but for those of the areas."""
    definition = plan.definition
    values: dict[str, Any] = {"factor": definition.factor}
    for name, part, place in (
        ("n", definition.numerator, 0),
        ("d", definition.denominator, 1),
    ):
        if part is None:
            continue
        slices = [(number, pair[place]) for number, pair in enumerate(plan.pairs)]
        present = [(number, item) for number, item in slices if item is not None]
        values |= {
            f"{name}_measure": part.measure_id,
            f"{name}_breakdown": part.breakdown_id,
            f"{name}_series": [item.series_id for _, item in present],
            f"{name}_number": [item.number for _, item in present],
            f"{name}_period": [item.period_id for _, item in present],
            f"{name}_pair": [number for number, _ in present],
        }
    return values


STATUS_NAME = STATUS_SQL.format(column="q.status")
QUALITY_NAMES_ARRAY = QUALITY_SQL.format(column="q.quality")
