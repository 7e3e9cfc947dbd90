"""The SQL that makes figures from released cells; the one place where they are computed.

A cell of the numerator meets the cell of the denominator in the same area. Where either is
hidden the figure is hidden; where either is missing, it is missing in the same way. Aggregates
are never means of rates: a rate is only ever made from its parts, be they those of one area, of
several (see `derivation`) or of several years (see `change`).
"""

from typing import Any

from services.indicator_api.facts.status import QUALITY_SQL, STATUS_SQL, Quality, Status
from services.indicator_api.observations.cells import (
    DIFFERENCE,
    RATIO,
    cell_values,
    cells,
)
from services.indicator_api.observations.change import change_query, change_values
from services.indicator_api.observations.derivation import derived_cells, valid
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.uncertainty import Interval, poisson, wilson

_UNDERIVED = (
    "NULL::text AS method, false AS is_estimated, NULL::bigint AS parts,"
    " NULL::bigint AS parts_expected, NULL::text AS parts_kind, NULL::text AS detail"
)
_HIDDEN, _MISSING = int(Status.HIDDEN), int(Status.NOT_AVAILABLE)
_NO_VALUE_OF_ZERO = "Kein Wert, denn der Nenner ist null"


def area_condition(choice: AreaChoice) -> tuple[str, dict[str, Any]]:
    """The condition on `a` (indicator.area), and its values.

    Lists hold the areas that are valid on the day asked for; of named ones every version.
    """
    values: dict[str, Any] = {"valid_on": choice.day, "own_only": list(choice.own_only)}
    conditions: list[str] = []
    if choice.codes:
        conditions.append("a.code = ANY(CAST(:area_codes AS text[]))")
        values["area_codes"] = list(choice.codes)
    else:
        conditions.append(valid("a", "CAST(:valid_on AS date)"))
    if choice.levels:
        conditions.append("a.kind = ANY(CAST(:levels AS text[]))")
        values["levels"] = list(choice.levels)
    if choice.within is not None:
        conditions.append(
            "a.lineage && ARRAY(SELECT w.id FROM indicator.area AS w WHERE w.code = :within)"
        )
        values["within"] = choice.within
    if choice.parent is not None:
        conditions.append(
            "a.parent_id IN (SELECT w.id FROM indicator.area AS w WHERE w.code = :parent)"
        )
        values["parent"] = choice.parent
    if choice.set_code is not None:
        conditions.append(
            "a.id IN (SELECT u.part_area_id FROM indicator.area_set_part AS u"
            " JOIN indicator.area AS w ON w.id = u.set_area_id WHERE w.code = :set_code)"
        )
        values["set_code"] = choice.set_code
    if not choice.names_place:
        conditions.append("NOT a.is_fictional")
    return " AND ".join(conditions), values


def figure_query(plan: FigurePlan, choice: AreaChoice) -> tuple[str, dict[str, Any]]:
    """A query for one row an area, figure and period, and the values that it binds.

    Columns: `area_id, code, name, kind, figure` (place among the plan's definitions), `moment`
    (id of the period), `period, end_on, status, value, quality, numerator, denominator,
    lower_bound, upper_bound, pair` (place among the plan's pairs), and how it was derived:
    `method, is_estimated, parts, parts_expected, parts_kind, detail`.
    """
    condition, values = area_condition(choice)
    values |= cell_values(plan)
    base = _base(plan, choice, condition)
    if plan.derive is not None:
        # what is made of several figures says for itself which of them has nobody to relate to
        return change_query(plan, _valued(base, "c.detail")), values | change_values(plan)
    detail = f"""
        CASE WHEN f.is_without_base THEN concat_ws('; ', '{_NO_VALUE_OF_ZERO}', c.detail)
            ELSE c.detail END
    """
    return _valued(base, detail), values


def _base(plan: FigurePlan, choice: AreaChoice, condition: str) -> str:
    """Cells with their areas: own ones, and where the plan says so, derived ones."""
    if not plan.is_derived:
        return _own_cells(plan, choice, condition)
    query = derived_cells(plan, condition, is_named=bool(choice.codes), is_wide=plan.is_wide)
    if plan.only_complete:
        query = (
            f"SELECT x.* FROM ({query}) AS x"
            " WHERE x.method IS DISTINCT FROM 'sum' OR x.parts = x.parts_expected"
        )
    return query


def _own_cells(plan: FigurePlan, choice: AreaChoice, condition: str) -> str:
    columns = f"""
        a.id AS area_id, a.code, a.name, a.kind, c.figure, c.moment, c.numerator, c.denominator,
        c.status, c.quality, c.pair, c.factor, c.formula, c.interval, {_UNDERIVED}
    """
    if not choice.codes:
        looked_up = (
            f"AND c.area_id = ANY(ARRAY(SELECT a.id FROM indicator.area AS a WHERE {condition}))"
        )
        return f"""
            SELECT {columns} FROM ({cells(plan, looked_up if plan.is_narrow else "")}) AS c
            JOIN indicator.area AS a ON a.id = c.area_id AND {condition}
        """
    named = (
        "AND c.area_id = ANY(ARRAY(SELECT v.id FROM indicator.area AS v"
        " WHERE v.code = ANY(CAST(:area_codes AS text[]))))"
    )
    return f"""
        SELECT DISTINCT ON (a.code, c.figure, c.moment) {columns}
        FROM ({cells(plan, named)}) AS c
        JOIN indicator.area AS a ON a.id = c.area_id AND {condition}
        WHERE a.valid_to IS NULL OR c.status IN (0, 1)
        ORDER BY a.code, c.figure, c.moment, (c.status IN (0, 1)) DESC,
            ({valid("a", "CAST(:valid_on AS date)")}) DESC, a.valid_from DESC NULLS LAST
    """


def _valued(base: str, detail: str) -> str:
    """Values and their Schwankungsbereich from the parts of `base`; `detail` says how it was made.

    `is_without_base`: both parts are there, but the denominator is zero.
    """
    lower_share, upper_share = wilson("c.numerator", "c.denominator")
    lower_count, upper_count = poisson("c.numerator")
    # multiplied first: with whole parts the quotient alone is rounded
    scale = f"CASE c.formula WHEN {RATIO} THEN c.factor / c.denominator ELSE c.factor END"
    return f"""
        SELECT c.area_id, c.code, c.name, c.kind, c.figure, c.moment, p.code AS period, p.end_on,
            f.status,
            CASE WHEN f.status IN (0, 1) THEN CASE c.formula
                WHEN {RATIO} THEN c.numerator * c.factor / c.denominator
                WHEN {DIFFERENCE} THEN (c.numerator - c.denominator) * c.factor
                ELSE c.numerator * c.factor END
            END AS value,
            c.quality & {~int(Quality.FINAL) & 0x7FFF} AS quality,
            CASE WHEN f.status <> {_HIDDEN} THEN c.numerator END AS numerator,
            CASE WHEN f.status <> {_HIDDEN} THEN c.denominator END AS denominator,
            CASE WHEN f.status IN (0, 1) THEN CASE c.interval
                WHEN {Interval.WILSON:d} THEN {lower_share} * c.factor
                WHEN {Interval.POISSON:d} THEN {lower_count} * {scale} END
            END AS lower_bound,
            CASE WHEN f.status IN (0, 1) THEN CASE c.interval
                WHEN {Interval.WILSON:d} THEN {upper_share} * c.factor
                WHEN {Interval.POISSON:d} THEN {upper_count} * {scale} END
            END AS upper_bound,
            c.pair, c.factor, c.formula, c.interval, c.method, c.is_estimated, c.parts,
            c.parts_expected, c.parts_kind, {detail} AS detail, f.is_without_base
        FROM ({base}) AS c
        JOIN indicator.period AS p ON p.id = c.moment
        CROSS JOIN LATERAL (
            SELECT z.is_without_base,
                CASE WHEN z.is_without_base THEN {_MISSING} ELSE c.status END AS status
            FROM (SELECT c.formula = {RATIO} AND c.status IN (0, 1)
                AND c.denominator IS NOT DISTINCT FROM 0 AS is_without_base) AS z
        ) AS f
    """


STATUS_NAME = STATUS_SQL.format(column="q.status")
QUALITY_NAMES_ARRAY = QUALITY_SQL.format(column="q.quality")
