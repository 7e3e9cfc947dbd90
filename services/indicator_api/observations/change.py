"""SQL for figures derived from those of other periods: pooled years, differences, growth.

Each is made from the figures of an area as they are shown, so that it never says more than they
do: where one of them is hidden it is hidden, where one is missing there is none.
"""

from typing import Any

from services.indicator_api.facts.status import Quality, Status
from services.indicator_api.observations.cells import DIFFERENCE, RATIO
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.uncertainty import Interval, newcombe, poisson, wilson

_HIDDEN, _MISSING = int(Status.HIDDEN), int(Status.NOT_AVAILABLE)
_YEARS = 3
_SAME = """
    q.area_id, q.code, q.name, q.kind, q.figure, q.moment, q.period, q.end_on
"""


def change_values(plan: FigurePlan) -> dict[str, Any]:
    """What `change_query` binds: for each period wanted the periods it is made from."""
    rows = [
        (number, step.figure, step.period_ids[0], period_id, code)
        for number, step in enumerate(plan.steps)
        for period_id, code in zip(step.period_ids, step.periods, strict=True)
    ]
    names = ("step", "figure", "moment", "period_id", "period")
    return {f"step_{name}": [row[place] for row in rows] for place, name in enumerate(names)}


def change_query(plan: FigurePlan, base: str) -> str:
    """A query with the columns of `figure_query`, over a query `base` of the figures needed."""
    derive = {"rolling3": _pooled, "change": _difference, "growth": _growth}[plan.derive or ""]
    return f"""
        WITH q AS MATERIALIZED ({base}),
        step AS (
            SELECT * FROM unnest(
                CAST(:step_step AS integer[]), CAST(:step_figure AS integer[]),
                CAST(:step_moment AS integer[]), CAST(:step_period_id AS integer[]),
                CAST(:step_period AS text[])
            ) AS s (step, figure, moment, period_id, period)
        )
        {derive()}
    """


def _pooled() -> str:
    """Numerators and denominators of three consecutive years together.

    Counts without a denominator become their yearly mean. The Schwankungsbereich is that of the
    pooled parts: three years' cases say more than one's.
    """
    lower_share, upper_share = wilson("y.numerator", "y.denominator")
    lower_count, upper_count = poisson("y.numerator")
    scale = f"""
        CASE q.formula WHEN {RATIO} THEN q.factor / NULLIF(y.denominator, 0)
            ELSE q.factor / {_YEARS} END
    """
    return f"""
        SELECT {_SAME}, f.status,
            CASE WHEN f.status = 0 THEN CASE q.formula
                WHEN {RATIO} THEN y.numerator * q.factor / y.denominator
                WHEN {DIFFERENCE} THEN (y.numerator - y.denominator) * q.factor / {_YEARS}
                ELSE y.numerator * q.factor / {_YEARS} END
            END AS value,
            y.quality::integer AS quality,
            CASE WHEN f.status = 0 THEN y.numerator END AS numerator,
            CASE WHEN f.status = 0 THEN y.denominator END AS denominator,
            CASE WHEN f.status = 0 THEN CASE y.interval
                WHEN {Interval.WILSON:d} THEN {lower_share} * q.factor
                WHEN {Interval.POISSON:d} THEN {lower_count} * {scale} END
            END AS lower_bound,
            CASE WHEN f.status = 0 THEN CASE y.interval
                WHEN {Interval.WILSON:d} THEN {upper_share} * q.factor
                WHEN {Interval.POISSON:d} THEN {upper_count} * {scale} END
            END AS upper_bound,
            q.pair, 'rolling3' AS method, y.is_estimated, q.parts, q.parts_expected, q.parts_kind,
            CASE
                WHEN y.hidden > 0 THEN 'Kein Mittel: Die Zahl eines der Jahre ist geheim'
                WHEN y.years = {_YEARS} AND y.without = 0 AND f.status <> 0
                    THEN 'Kein Mittel: Der Nenner ist in allen drei Jahren null'
                WHEN f.status <> 0 THEN 'Kein Mittel: Es fehlen Zahlen eines der drei Jahre'
                ELSE 'Aus ' || y.periods || ' zusammen' END
                || COALESCE('; ' || q.detail, '') AS detail
        FROM q
        JOIN (
            SELECT q.code, s.figure, s.moment, count(*) AS years,
                count(*) FILTER (WHERE q.status NOT IN (0, 1) AND NOT q.is_without_base)
                    AS without,
                count(*) FILTER (WHERE q.status = {_HIDDEN}) AS hidden,
                sum(q.numerator) AS numerator, sum(q.denominator) AS denominator,
                bit_or(q.quality) AS quality, bool_or(q.is_estimated) AS is_estimated,
                min(q.interval) AS interval,
                string_agg(s.period, ', ' ORDER BY s.period) AS periods
            FROM step AS s JOIN q ON q.figure = s.figure AND q.moment = s.period_id
            GROUP BY q.code, s.figure, s.moment
        ) AS y ON y.code = q.code AND y.figure = q.figure AND y.moment = q.moment
        CROSS JOIN LATERAL (
            SELECT CASE WHEN y.hidden > 0 THEN {_HIDDEN}
                WHEN y.years < {_YEARS} OR y.without > 0 THEN {_MISSING}
                WHEN q.formula = {RATIO} AND y.denominator = 0 THEN {_MISSING}
                ELSE 0 END AS status
        ) AS f
    """


def _difference() -> str:
    """The figure less that of the other period, in the figure's unit (points for a share)."""
    lower, upper = newcombe("one", "other")
    return f"""
        SELECT {_SAME}, f.status,
            CASE WHEN f.status = 0 THEN q.value - b.value END AS value, {_both()},
            CASE WHEN {_IS_NEWCOMBE} THEN ({lower}) * q.factor END AS lower_bound,
            CASE WHEN {_IS_NEWCOMBE} THEN ({upper}) * q.factor END AS upper_bound,
            q.pair, 'change' AS method, q.is_estimated OR COALESCE(b.is_estimated, false)
                AS is_estimated, q.parts, q.parts_expected, q.parts_kind,
            {_detail("'Veränderung gegenüber '")} AS detail
        {_with_base()}
        CROSS JOIN LATERAL (SELECT {_shares("q")}) AS one
        CROSS JOIN LATERAL (SELECT {_shares("b")}) AS other
        CROSS JOIN LATERAL (SELECT {_status_of_both("false")} AS status) AS f
    """


_IS_NEWCOMBE = (
    f"f.status = 0 AND q.interval = {Interval.WILSON:d} AND b.interval = {Interval.WILSON:d}"
)


def _shares(row: str) -> str:
    return f"""
        {row}.value / NULLIF({row}.factor, 0) AS share,
        {row}.lower_bound / NULLIF({row}.factor, 0) AS lower_share,
        {row}.upper_bound / NULLIF({row}.factor, 0) AS upper_share
    """


def _growth() -> str:
    """By how many per cent the figure is above that of the other period; none from zero."""
    return f"""
        SELECT {_SAME}, f.status,
            CASE WHEN f.status = 0 THEN (q.value - b.value) * 100 / b.value END AS value, {_both()},
            NULL::double precision AS lower_bound, NULL::double precision AS upper_bound,
            q.pair, 'growth' AS method, q.is_estimated OR COALESCE(b.is_estimated, false)
                AS is_estimated, q.parts, q.parts_expected, q.parts_kind,
            CASE WHEN q.status IN (0, 1) AND b.value <= 0
                THEN 'Kein Wachstum in Prozent: Der Ausgangswert ' || s.period || ' ist '
                    || CASE WHEN b.value = 0 THEN 'null' ELSE 'kleiner als null' END
                ELSE {_detail("'Veränderung in Prozent gegenüber '")} END AS detail
        {_with_base()}
        CROSS JOIN LATERAL (SELECT {_status_of_both("b.value <= 0")} AS status) AS f
    """


def _with_base() -> str:
    """`q` the figure, `b` that of the other period, which may be missing, `s` what it is."""
    return """
        FROM q
        JOIN step AS w ON w.figure = q.figure AND w.moment = q.moment AND w.period_id = q.moment
        LEFT JOIN step AS s ON s.step = w.step AND s.period_id <> s.moment
        LEFT JOIN q AS b ON b.code = q.code AND b.figure = q.figure AND b.moment = s.period_id
    """


def _both() -> str:
    return f"""
        (q.quality | COALESCE(b.quality, 0)) & {int(~Quality.FINAL) & 0x7FFF} AS quality,
        CASE WHEN f.status <> {_HIDDEN} THEN q.numerator END AS numerator,
        CASE WHEN f.status <> {_HIDDEN} THEN q.denominator END AS denominator
    """


def _status_of_both(no_base: str) -> str:
    return f"""
        CASE WHEN q.status = {_HIDDEN} OR b.status = {_HIDDEN} THEN {_HIDDEN}
            WHEN q.status NOT IN (0, 1) THEN q.status
            WHEN COALESCE(b.status, {_MISSING}) NOT IN (0, 1) THEN COALESCE(b.status, {_MISSING})
            WHEN {no_base} THEN {_MISSING} ELSE 0 END
    """


def _detail(words: str) -> str:
    return f"""
        CASE WHEN s.period IS NULL THEN 'Kein Vergleich: Es gibt keinen früheren Zeitraum'
            WHEN q.is_without_base THEN 'Kein Vergleich: Der Nenner ist null'
            WHEN b.is_without_base
                THEN 'Kein Vergleich: Für ' || s.period || ' ist der Nenner null'
            WHEN b.status = {_HIDDEN}
                THEN 'Kein Vergleich: Die Zahl von ' || s.period || ' ist geheim'
            WHEN COALESCE(b.status, {_MISSING}) NOT IN (0, 1)
                THEN 'Kein Vergleich: Für ' || s.period || ' liegt keine Zahl vor'
            ELSE {words} || s.period END || COALESCE('; ' || q.detail, '')
    """
